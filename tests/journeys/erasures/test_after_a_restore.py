"""After a restore: who was erased is erased again, and who lost their keys is listed until they were sent again."""

from typing import Any
from uuid import UUID

import asyncpg

from services.upkeep import cases_to_send_again, erased_again
from tests.support.people.erasing import erase, in_the_vault, lose_the_keys
from tests.support.people.people import SHELTER, Programme, is_a_problem
from tests.support.people.shelter_work import opens, somebody

OF = "subject = (select subject from intake.submission where case_id = $1)"


def _place(programme: Programme) -> tuple[str, Any]:
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    return dsn.get_secret_value(), programme.system.installation.secrets


async def test_keys_that_come_back_with_an_older_dump_are_destroyed_again(own_programme: Programme) -> None:
    programme = own_programme
    case, living = await programme.flag(somebody()), await programme.flag(somebody())
    dump = [tuple(row) for row in await in_the_vault(programme, f"select * from vault.key where {OF}", case)]
    assert (await erase(programme.coordinator, case)).status_code == 200
    dsn, secrets = _place(programme)
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute("delete from vault.erased")
        await admin.copy_records_to_table("key", schema_name="vault", records=dump)
    finally:
        await admin.close()
    assert await erased_again(dsn, secrets) == len(dump) == 2
    assert await erased_again(dsn, secrets) == 0
    is_a_problem(await opens(programme.shelter, case), 409, "erased")
    assert (await opens(programme.shelter, living)).status_code == 200


async def test_cases_that_lost_their_keys_are_listed_by_shelter_and_receipt_until_they_are_sent_again(
    own_programme: Programme,
) -> None:
    programme = own_programme
    document = somebody()
    answer = (await programme.shelter.post("/api/v1/submissions", json=document)).json()
    gone = await programme.flag(somebody())
    await lose_the_keys(programme, answer["case_id"])
    assert (await erase(programme.coordinator, gone)).status_code == 200
    for _ in range(2):
        listed = await cases_to_send_again(*_place(programme))
        assert [(one.shelter, one.receipt) for one in listed] == [(SHELTER, answer["receipt"])]
        assert listed[0].case == UUID(answer["case_id"])
    assert (await programme.shelter.post("/api/v1/submissions", json=document)).status_code == 201
    assert await cases_to_send_again(*_place(programme)) == []
