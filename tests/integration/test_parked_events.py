"""An operator sees what waits and has it digested again."""

import asyncpg

from events.vocabulary import Role
from tests.support.system.system import System, eventually, sample_day


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
