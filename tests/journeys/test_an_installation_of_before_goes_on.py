"""What an earlier version left goes on under this one: every case is readable, its history told, and new ones flow."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis.clock import Clock, system_clock
from services.chassis.names import SERVICES
from services.chassis.own_system import default_keys
from services.chassis.settings import Settings
from services.system import Installation, installation, stale_read_models
from services.upkeep import rebuild_read_models, refill_stale
from tests.support.system.earlier_installations import left_by
from tests.support.system.health import failing, flow
from tests.support.system.system import System, eventually, running, sample_day

pytestmark = pytest.mark.slow

ANSWERED = {"acknowledged": 4, "accepted": 4}
"""What the desks of UNICEF and ACNUR had done when the earlier version was stopped."""
ARRIVED = {"ledger", "sealing", "altered", "parked", "read_models", "copying", "digesting", "following"}
"""Checks of flow that fail while an event has not arrived, or is not what was sealed."""


@pytest.mark.parametrize("version", ["first", pytest.param("previous", marks=pytest.mark.faults)], ids=str)
async def test_every_case_of_an_earlier_version_is_read_answered_and_told(version: str, tmp_path: Path) -> None:
    earlier = await left_by(version, tmp_path / "there")
    async with installation(Settings(data=earlier.data, port=0)) as here:
        assert (default_keys(earlier.data) / "intake" / "epochs.json").exists()
        assert not (earlier.data / "secrets.json").exists()
        assert await stale_read_models(here.settings)
        await refill_stale(here.settings)
        async with running(here, await clock_of_then(here)) as system:
            cases = await shelters_of(here)
            assert len(cases) == 24
            for case, shelter in cases.items():
                client = await system.signed_in(Role.SHELTER_WORKER, shelter)
                assert (await client.get(f"/api/v1/cases/{case}")).status_code == 200
            await system.audited()
            await every_history_is_told(system, list(cases))
            await desks_read_and_go_on(system)
            await a_new_case_flows(system)
            await system.audited()
            await until_sealed(system)
        for service in SERVICES:
            assert here.settings.postgres_dsn is not None
            found = await rebuild_read_models(here.settings.postgres_dsn.get_secret_value(), service, swap=False)
            assert not any(found.differing.values()), (service, found.differing)


async def clock_of_then(here: Installation) -> Clock:
    """A clock that goes on a second after the last event: what was due later is not due at once."""
    assert here.settings.postgres_dsn is not None
    connection = await asyncpg.connect(here.settings.postgres_dsn.get_secret_value())
    try:
        last = await connection.fetchval("select max(recorded_at) from referral.event")
    finally:
        await connection.close()
    back = system_clock() - last - timedelta(seconds=1)
    return lambda: system_clock() - back


async def shelters_of(here: Installation) -> dict[str, str]:
    assert here.settings.postgres_dsn is not None
    connection = await asyncpg.connect(here.settings.postgres_dsn.get_secret_value())
    try:
        rows = await connection.fetch("select case_id, shelter from intake.submission")
        return {str(row["case_id"]): row["shelter"] for row in rows}
    finally:
        await connection.close()


async def every_history_is_told(system: System, cases: list[str]) -> None:
    auditor = await system.signed_in(Role.AUDITOR, "*")
    for case in cases:
        answer = await auditor.get(f"/api/v1/audit/cases/{case}/history")
        assert answer.status_code == 200, answer.text
        assert answer.json()["entries"][0]["name"] == "intake.case_opened"
        assert all(entry["es"] for entry in answer.json()["entries"])


async def desks_read_and_go_on(system: System) -> None:
    """Each desk finds what it had answered, opens what was sealed then, and takes the next step."""
    states: list[str] = []
    for agency in ("UNICEF", "ACNUR"):
        officer = await system.signed_in(Role.OFFICER, agency)
        items = (await officer.get("/api/v1/referrals", params={"limit": 200})).json()["items"]
        states += [item["state"] for item in items]
        for item in items:
            if item["state"] == "acknowledged":
                told = await officer.get(f"/api/v1/referrals/{item['referral_id']}/disclosure")
                assert told.status_code == 200, told.text
                assert told.json()["disclosed"]
    assert {state: states.count(state) for state in ANSWERED} == ANSWERED


async def a_new_case_flows(system: System) -> None:
    document = sample_day()[40]
    shelter = await system.signed_in(Role.SHELTER_WORKER, document["shelter"])
    answer = await shelter.post("/api/v1/submissions", json=document)
    assert answer.status_code == 201, answer.text
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    assert await system.referrals_of(coordinator, answer.json()["case_id"])


async def until_sealed(system: System) -> None:
    """Until audit has sealed every log as far as it goes, and found nothing altered, parked or stale."""

    async def sealed() -> bool:
        wrong = {code for _, code, _ in failing((await flow(system))[1])}
        return not wrong & {
            "ledger",
            "sealing",
            "altered",
            "parked",
            "read_models",
            "copying",
            "digesting",
            "following",
        }

    await eventually(sealed)
