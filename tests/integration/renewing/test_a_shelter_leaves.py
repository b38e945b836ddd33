"""A shelter leaves the programme by one command; the others do not notice."""

import asyncio
import copy
import json
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.vocabulary import Role
from services.chassis.messaging import reauthorization
from services.chassis.names import shelter_user
from services.chassis.secrets.shelters import renew
from services.local import NatsServer
from services.rotation.leaving import open_cases
from tests.integration.renewing.test_passwords_are_renewed_under_load import connected
from tests.support.builders.device_records import Telephone
from tests.support.guides import blocks
from tests.support.system.sending import SHELTER
from tests.support.system.system import eventually, sample_day

LEAVING = "ALB-TAP-01"
HOLDING = "ALB-OAX-01"


async def canaliza(renewing: Any, *words: str) -> tuple[int | None, str, str]:
    """A command, given on the machine of the system: its exit code, and what it said on either stream."""
    settings = renewing.place.settings
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(settings.data),
        "CANALIZA_PORT": renewing.system.url.rpartition(":")[2],
        "CANALIZA_OPERATOR": "p-001",
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from services.cli import main; main()", *words, env=environment, stdout=pipe, stderr=pipe
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_a_shelters_program_as_in_the_guide_goes_on_with_its_new_password(
    renewing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [written] = [one.text for one in blocks("integrator.md") if "class Link" in one.text]
    settings, password = renewing.place.settings, tmp_path / "password"
    password.write_text(renewing.place.files.secrets().shelter_nats[LEAVING])
    monkeypatch.setenv("CANALIZA_NATS", settings.nats_url)
    monkeypatch.setenv("CANALIZA_NATS_PASSWORD_FILE", str(password))
    monkeypatch.setattr(Client, "_process_err", reauthorization.THEIRS)  # their program has nothing of ours
    names: dict[str, Any] = {}
    exec(compile(written, "integrator.md", "exec"), names)  # noqa: S102 - the guide's own
    link = names["Link"]()
    await link.connect()
    first = link.connection
    new = renew(settings.data, settings.keys, LEAVING)
    found = renewing.place.files.secrets()
    NatsServer(settings.data, found, (settings.namespace,), keys=settings.keys).renew_users(found)

    async def refused() -> bool:
        return bool(first.is_closed)

    async def goes_on() -> bool:
        return bool(link.connection is not first and link.connection.is_connected)

    await eventually(refused)
    password.write_text(new)
    await eventually(goes_on)
    await link.connection.flush()
    await link.end()


async def test_a_shelter_with_open_cases_is_not_closed_before_somebody_read_what_is_left_to_do(renewing: Any) -> None:
    system = renewing.system
    worker = await system.signed_in(Role.SHELTER_WORKER, HOLDING)
    document = copy.deepcopy(sample_day()[5]) | {"shelter": HOLDING}
    receipts = []
    for _ in range(2):
        document["submission_id"] = str(uuid4())
        answer = await worker.post("/api/v1/submissions", json=document)
        assert answer.status_code == 201
        receipts.append(answer.json()["receipt"])
        await system.referrals_of(worker, answer.json()["case_id"])
    with_slip = answer.json()["case_id"]
    slip = {"command_id": str(uuid4()), "word": "estrella"}

    async def issued() -> bool:  # it is offered once intake has heard what the rules made of the case
        return bool((await worker.post(f"/api/v1/cases/{with_slip}/slip", json=slip)).status_code == 201)

    await eventually(issued)

    async def both() -> bool:
        left = await open_cases(renewing.place.settings, HOLDING)
        return [one.receipt for one in left] == receipts and left[1].has_slip

    await eventually(both)
    code, listed, complained = await canaliza(renewing, "shelter", "close", HOLDING)
    assert code == 1
    first, second = listed.splitlines()
    assert receipts[0] in first
    assert "darle su hoja a la persona" in first
    assert receipts[1] in second
    assert "the next shelter takes it over" in second
    assert "2 casos abiertos" in complained
    assert (await worker.get("/api/v1/cases")).status_code == 200, "nothing was closed"
    code, said, _ = await canaliza(renewing, "shelter", "close", HOLDING, "--yes", "--json")
    assert code == 0
    assert [one["receipt"] for one in json.loads(said)["open_cases"]] == receipts
    assert (await worker.get("/api/v1/cases")).status_code == 401


async def test_a_shelters_people_programs_nats_user_and_telephones_are_closed_and_no_other_shelters(
    renewing: Any,
) -> None:
    place = renewing.place
    theirs = await renewing.system.signed_in(Role.SHELTER_COORDINATOR, LEAVING)
    program = await renewing.system.signed_in(Role.INTEGRATOR, LEAVING)
    others = await renewing.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    await Telephone.enrolled(theirs, await renewing.system.signed_in(Role.SHELTER_WORKER, LEAVING))
    secrets = place.files.secrets()
    user, password = shelter_user(LEAVING), secrets.shelter_nats[LEAVING]
    client = await connected(renewing, user, password)
    await client.close()
    exit_code, said, _ = await canaliza(renewing, "shelter", "close", LEAVING, "--json")
    assert exit_code == 0
    done = json.loads(said)
    assert done["accounts"] >= 2
    assert done["tokens"] >= 2
    assert done["telephones"] == 1
    async with renewing.system.service("intake").context.database.as_system() as connection:
        assert await connection.fetchval("select count(*) from device where revoked_at is null") == 0
    for gone in (theirs, program):
        assert (await gone.get("/api/v1/devices")).status_code == 401
    assert (await others.get("/api/v1/devices")).status_code == 200
    with pytest.raises(NatsError):
        await connected(renewing, user, password)
    other = await connected(renewing, shelter_user(SHELTER), secrets.shelter_nats[SHELTER])
    await other.close()
    assert (await canaliza(renewing, "shelter", "close", LEAVING))[0] == 0, "repeated, it closes nothing twice"


async def test_the_command_line_is_let_in_again_after_its_own_token_was_revoked(renewing: Any) -> None:
    assert (await canaliza(renewing, "parked", "list"))[0] == 0
    _, listed, _ = await canaliza(renewing, "token", "list", "--json")
    for own in (one for one in json.loads(listed) if one["label"] == "local"):
        _, _, advice = await canaliza(renewing, "token", "revoke", own["id"])
        assert "canaliza renew operator" in advice
    assert (await canaliza(renewing, "parked", "list"))[0] == 4
    code, said, complained = await canaliza(renewing, "renew", "operator")
    assert (code, said) == (0, "")
    assert renewing.place.files.secrets().operator_token not in complained
    assert (await canaliza(renewing, "parked", "list"))[0] == 0


async def test_a_word_that_is_no_secret_is_refused_with_those_there_are(renewing: Any) -> None:
    code, _, complained = await canaliza(renewing, "renew", "everything")
    assert code == 2
    assert "postgres, postgres-admin, nats" in complained
    code, _, complained = await canaliza(renewing, "renew", "operator", "--prepare")
    assert code == 2
    assert "nothing to bring" in complained


async def test_what_to_bring_where_is_said_in_words_and_for_a_program(renewing: Any) -> None:
    _, _, said = await canaliza(renewing, "renew", "accounts", "--prepare")
    assert "llevar intake/service.json" in said
    assert "bring intake/service.json" in said
    _, told, _ = await canaliza(renewing, "renew", "accounts", "--prepare", "--json")
    assert json.loads(told)["done"] is False
    assert (await canaliza(renewing, "renew", "accounts"))[0] == 0
