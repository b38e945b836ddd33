"""Whatever a service shows can be made again from the logs, beside what is shown and while people work."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS
from tests.support.system.system import System, eventually, sample_day

CASES = 12


@pytest.fixture
async def dsn(own_system: System) -> str:
    """A system in which some cases were sent, alerted and acknowledged."""
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    desk = await system.signed_in(Role.OFFICER, "UNICEF")
    for _ in range(CASES):
        await flag(system)

    async def alerted() -> bool:
        statuses = [
            (await shelter.get(f"/api/v1/cases/{item['case_id']}")).json()
            for item in (await desk.get("/api/v1/referrals")).json()["items"]
        ]
        return len(statuses) == CASES and all(
            any(referral["alerted_at"] for referral in one["referrals"]) for one in statuses
        )

    await eventually(alerted)
    items = (await desk.get("/api/v1/referrals")).json()["items"]
    for item in items[:5]:
        order = {"command_id": str(uuid4()), "expected_version": item["version"]}
        assert (await desk.post(f"/api/v1/referrals/{item['referral_id']}/acknowledge", json=order)).is_success

    async def answered() -> bool:
        alerts = (await desk.get("/api/v1/alerts")).json()["items"]
        return [alert["state"] for alert in alerts].count("answered") == 5

    await eventually(answered)
    assert system.installation.settings.postgres_dsn is not None
    return system.installation.settings.postgres_dsn.get_secret_value()


async def flag(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    answer = await shelter.post("/api/v1/submissions", json=sample_day()[5] | {"submission_id": str(uuid4())})
    assert answer.status_code == 201


@pytest.mark.parametrize("service", list(MODELS))
async def test_what_a_service_shows_is_what_a_replay_of_the_logs_gives(dsn: str, service: str) -> None:
    rebuilt = await rebuild(dsn, service, MODELS[service], swap=False)
    assert rebuilt.events > 0
    assert rebuilt.differing == {table: 0 for model in MODELS[service] for table in model.tables}


async def test_a_referral_shown_otherwise_than_it_happened_is_found_and_put_right(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("update referral.referral set state = 'confirmed' where state = 'acknowledged'")
        found = await rebuild(dsn, "referral", MODELS["referral"])
        assert found.differing == dict.fromkeys(found.differing, 0) | {"referral": 10}  # five rows on either side
        assert (await rebuild(dsn, "referral", MODELS["referral"])).differing == dict.fromkeys(found.differing, 0)
        left = await connection.fetchval("select count(*) from pg_namespace where nspname like '%rebuilt'")
        assert left == 0
    finally:
        await connection.close()


async def test_people_go_on_working_while_every_read_model_is_replaced(own_system: System, dsn: str) -> None:
    system = own_system
    desk = await system.signed_in(Role.OFFICER, "UNICEF")
    rebuilding = asyncio.gather(*(rebuild(dsn, service, MODELS[service]) for service in MODELS))
    flagged = 0
    while not rebuilding.done() or flagged < 5:
        await flag(system)
        flagged += 1
    for rebuilt in await rebuilding:
        assert rebuilt.swapped
        assert not any(rebuilt.differing.values())
    await flag(system)

    async def arrived() -> bool:
        alerts = (await desk.get("/api/v1/alerts", params={"limit": 500})).json()["items"]
        return len(alerts) == CASES + flagged + 1

    await eventually(arrived)
    for service in MODELS:
        assert not any((await rebuild(dsn, service, MODELS[service], swap=False)).differing.values())
