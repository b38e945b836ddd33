"""``canaliza account …`` and ``canaliza token …``: people and tokens made, listed and ended from a terminal."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from tests.harness.logs import as_admin


@pytest.fixture
def canaliza(database: str, tmp_path: Path) -> Any:
    environment = {"CANALIZA_POSTGRES_DSN": database, "CANALIZA_DATA": str(tmp_path)}

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, list(words), env=environment)

    return run


async def test_an_account_is_made_listed_reset_closed_and_opened(canaliza: Any, database: str) -> None:
    made = await canaliza("account", "create", "p-001", "--role", "supervisor", "--org", "OIM", "--json")
    assert made.exit_code == 0, made.output
    shown = json.loads(made.stdout)
    assert shown["second_factor_needed"] is True
    async with as_admin(database) as admin:  # the code is there as a hash, with an end
        (row,) = await admin.fetch("select hash, expires_at > created_at as ends from accounts.invitation")
    assert row["ends"]
    assert shown["first_time_code"].encode() not in bytes(row["hash"])
    assert (await canaliza("account", "create", "p-001", "--role", "officer", "--org", "OIM")).exit_code == 1
    assert (await canaliza("account", "create", "María", "--role", "officer", "--org", "OIM")).exit_code == 2
    assert (await canaliza("account", "create", "p-003", "--role", "officer", "--org", "INM")).exit_code == 2
    assert (await canaliza("account", "create", "p-003", "--role", "operator", "--org", "*")).exit_code == 2
    again = json.loads((await canaliza("account", "reset", "p-001", "--json")).stdout)
    assert again["first_time_code"] != shown["first_time_code"]
    assert (await canaliza("account", "create", "p-002", "--role", "supervisor", "--org", "OIM")).exit_code == 0
    assert (await canaliza("account", "disable", "p-002")).exit_code == 0
    last = await canaliza("account", "disable", "p-001")  # the only supervisor left
    assert last.exit_code == 1
    assert "OIM: " in last.stderr
    listed = {one["person"]: one["state"] for one in json.loads((await canaliza("account", "list", "--json")).stdout)}
    assert listed == {"p-001": "active", "p-002": "disabled"}
    assert (await canaliza("account", "disable", "p-001", "--anyway")).exit_code == 0
    assert (await canaliza("account", "enable", "p-002")).exit_code == 0
    assert (await canaliza("account", "enable", "p-777")).exit_code == 1


async def test_a_token_is_made_for_less_than_its_role_listed_without_being_shown_and_revoked(canaliza: Any) -> None:
    made = await canaliza("token", "create", "--role", "officer", "--org", "OIM", "--scope", "see_alerts", "--json")
    assert made.exit_code == 0, made.output
    token = json.loads(made.stdout)["token"]
    listed = (await canaliza("token", "list", "--json")).stdout
    assert token not in listed
    (one,) = [one for one in json.loads(listed) if one["role"] == "officer"]
    assert one["scopes"] == ["see_alerts"]
    assert (await canaliza("token", "revoke", one["id"])).exit_code == 0
    assert (await canaliza("token", "revoke", one["id"])).exit_code == 1
    assert "officer" not in (await canaliza("token", "list")).stdout
    of_nobody = await canaliza("token", "create", "--role", "officer", "--org", "OIM", "--person", "p-777")
    assert of_nobody.exit_code == 1
