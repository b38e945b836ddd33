"""An operator sees what waits and has it digested again."""

import asyncpg

from events.vocabulary import Role
from services.system import Installation
from tests.support.system.system import System, eventually, running, sample_day


async def test_a_parked_case_is_seen_and_digested_again_in_order(own_system: System) -> None:
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    auditor = await system.signed_in(Role.AUDITOR, "*")
    operator = await system.signed_in(Role.ADMINISTRATOR, "*")
    case = (await shelter.post("/api/v1/submissions", json=sample_day()[5])).json()["case_id"]

    async def names() -> list[str]:
        answer = await auditor.get(f"/api/v1/audit/cases/{case}/history")
        return [entry["name"] for entry in answer.json().get("entries", [])]

    async def told() -> bool:
        return "notifications.alert_raised" in await names()

    await eventually(told)
    whole = await names()
    assert system.installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        moved = await connection.execute(
            """with gone as (delete from audit.trace where log = 'referral' and case_id = $1 returning positions)
            insert into audit.parked select 'referral', unnest(positions), $1, 'x', 'Broken', now() from gone""",
            case,
        )
    finally:
        await connection.close()
    parked = int(moved.split()[-1])
    assert parked > 1

    assert len((await operator.get("/api/v1/operate/parked")).json()["items"]) == parked
    assert len(await names()) == len(whole) - parked
    retry = f"/api/v1/operate/parked/audit/{case}/retry"
    assert (await operator.post(retry)).json() == {"digested": parked}
    assert await names() == whole
    assert (await operator.post(retry)).json() == {"digested": 0}
    assert (await operator.get("/api/v1/operate/parked")).json()["items"] == []
    assert (await shelter.get("/api/v1/operate/parked")).status_code == 403


async def test_what_an_older_program_could_not_read_is_digested_once_a_newer_one_starts(
    installation: Installation,
) -> None:
    async with running(installation) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
        case = (await shelter.post("/api/v1/submissions", json=sample_day()[5])).json()["case_id"]
        await system.referrals_of(await system.signed_in(Role.OFFICER, "UNICEF"), case)
        await system.audited()
    assert installation.settings.postgres_dsn is not None
    parked_as = """with gone as (delete from audit.trace where log = $2 and case_id = $1 returning positions)
        insert into audit.parked select $2, unnest(positions), $1, 'x', $3, now() from gone"""
    connection = await asyncpg.connect(installation.settings.postgres_dsn.get_secret_value())
    try:
        await connection.execute(parked_as, case, "referral", "UnknownEventError")  # a version that it did not know
        await connection.execute(parked_as, case, "intake", "Broken")
        async with running(installation):

            async def left() -> bool:
                rows = await connection.fetch("select distinct upstream from audit.parked")
                return [row["upstream"] for row in rows] == ["intake"]

            await eventually(left)
            query = "select count(*) from audit.trace where log = 'referral' and case_id = $1"
            assert await connection.fetchval(query, case) == 1
    finally:
        await connection.close()
