"""``canaliza account …`` and ``canaliza token …``: people and tokens made, listed and ended from a terminal."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from tests.support.system.logs import as_admin


@pytest.fixture
def canaliza(database: str, tmp_path: Path) -> Any:
    environment = {"CANALIZA_POSTGRES_DSN": database, "CANALIZA_DATA": str(tmp_path)}

    async def run(*words: str, operator: str | None = None) -> Result:
        of_operator = {} if operator is None else {"CANALIZA_OPERATOR": operator}
        return await asyncio.to_thread(CliRunner().invoke, app, list(words), env=environment | of_operator)

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


async def test_an_administrator_ends_sessions_of_one_person_or_of_everybody(canaliza: Any, database: str) -> None:
    for person in ("p-901", "p-902", "p-903"):
        assert (await canaliza("account", "create", person, "--role", "officer", "--org", "OIM")).exit_code == 0
    async with as_admin(database) as admin:
        await admin.execute(
            """insert into accounts.session (id, hash, person, stage, created_at, seen_at, expires_at)
            select gen_random_uuid(), sha256(person::bytea), person, 'full', now(), now(), now() + interval '1 hour'
            from accounts.person"""
        )
    for words in ((), ("p-901", "--everybody")):
        assert (await canaliza("account", "end-sessions", *words)).exit_code == 2
    assert (await canaliza("account", "end-sessions", "p-777")).exit_code == 1
    one = await canaliza("account", "end-sessions", "p-901")
    assert (one.exit_code, "1 sesiones" in one.stderr) == (0, True)
    rest = await canaliza("account", "end-sessions", "--everybody")
    assert (rest.exit_code, "2 sesiones" in rest.stderr) == (0, True)


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


async def test_what_a_terminal_does_is_recorded_with_whose_it_is(canaliza: Any, database: str) -> None:
    """Where the installation does not say whose terminal it is, it is the command line."""
    assert (await canaliza("account", "create", "p-003", "--role", "officer", "--org", "OIM")).exit_code == 0
    assert (await canaliza("account", "disable", "p-003", "--anyway", operator="p-001")).exit_code == 0
    made = await canaliza("token", "create", "--role", "officer", "--org", "OIM", "--json", operator="p-001")
    assert made.exit_code == 0, made.output
    async with as_admin(database) as admin:
        acts = [tuple(row) for row in await admin.fetch("select kind, actor from audit.act order by number")]
        stored = str([dict(row) for row in await admin.fetch("select * from audit.act")])
    assert acts == [
        ("account_created", "administrator:*:cli"),
        ("account_invited", "administrator:*:cli"),
        ("account_disabled", "administrator:*:p-001"),
        ("token_created", "administrator:*:p-001"),
    ]
    assert json.loads(made.stdout)["token"] not in stored


async def test_the_list_says_how_long_each_token_is_valid(canaliza: Any, database: str) -> None:
    assert (await canaliza("token", "create", "--role", "officer", "--org", "OIM", "--days", "10")).exit_code == 0
    async with as_admin(database) as admin:
        await admin.execute("""insert into accounts.token (hash, role, org, label, created_at, expires_at) values
            (sha256('a'), 'auditor', '*', 'old', now(), now() - interval '1 day'),
            (sha256('b'), 'integrator', 'ALB-TAP-01', 'x', now(), null)""")
    listed = (await canaliza("token", "list")).stdout
    assert "(9 d)" in listed
    assert "(vencida · expired)" in listed
    assert "sin fin · no end" in listed
