"""The tasks that somebody is shown are those of plain statements that look at every row."""

from datetime import timedelta
from itertools import product
from random import Random
from uuid import UUID, uuid4

from events.vocabulary import Role
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cursors import Cursors
from services.referral.bodies.ports import NoBodies
from services.referral.obligations.queries import ObligationLists
from tests.support.system.logs import as_admin
from tests.support.system.plain_statements import (
    ELSEWHERE,
    HERE,
    NOW,
    READERS,
    THERE,
    AlwaysRecorded,
    handed_over,
    plainly,
    put,
    reader_of,
)

OWN_TASKS = {
    Role.SHELTER_WORKER: "owner = 'shelter' and is_held_by(case_id, shelter, $1)",
    Role.OFFICER: "owner = 'agency' and agency = $1",
    Role.PROGRAMME_COORDINATOR: "$1::text is not null",
}


async def some_tasks(dsn: str) -> UUID:
    """Tasks of cases that stayed, moved, came back, or moved a moment ago; returns one case that moved."""
    draw, moved = Random(1), uuid4()
    ways = [(HERE,), (HERE, THERE), (HERE, THERE, HERE), (THERE, HERE), (ELSEWHERE,), (HERE, THERE, ELSEWHERE)]
    async with as_admin(dsn) as admin:
        sequence = 0
        for way, reacted, done, owner in product(ways, (False, True), (False, True), ("shelter", "agency")):
            case = moved if (way, reacted, done) == ((HERE, THERE), False, False) else uuid4()
            if owner == "shelter":
                await handed_over(admin, case, *way)
            for _ in range(2):
                sequence += 1
                await put(
                    admin, "referral.obligation", task_id=uuid4(), sequence=sequence, case_id=case,
                    obligation="notice_to_procuraduria", owner=owner, agency=draw.choice(("UNICEF", "ACNUR")),
                    shelter=way[-1] if reacted else way[0], basis="x", policy="2013.1", since=NOW,
                    deadline=NOW + timedelta(hours=draw.randrange(-5, 5)), done_at=NOW if done else None,
                )  # fmt: skip
    return moved


async def test_everybody_is_shown_the_tasks_of_the_cases_that_they_hold_now(database: str, secrets: Secrets) -> None:
    moved = await some_tasks(database)
    reader = reader_of(database, secrets, "referral")
    lists = ObligationLists(
        database=reader, clock=lambda: NOW, bodies=NoBodies(), cursors=Cursors(bytes(64)),
        showings=AlwaysRecorded(),  # type: ignore[arg-type]  # it records nothing
    )  # fmt: skip
    try:
        for by, ended, case in product(READERS, (False, True), (None, moved)):
            order = "sequence desc" if ended else "deadline, sequence"
            wanted = await plainly(
                reader,
                f"select task_id from obligation where {OWN_TASKS[by.role]} and (done_at is not null) = $2"
                f" and ($3::uuid is null or case_id = $3) order by {order}",
                by.org, ended, case, by=by,
            )  # fmt: skip
            found, cursor = list[UUID](), None
            while page := await lists.own(by, ended=ended, case=case, cursor=cursor, limit=3):
                found += [one.task_id for one in page.items]
                if (cursor := page.next_cursor) is None:
                    break
            assert found == [row["task_id"] for row in wanted], (by, ended, case)
            assert wanted or case is not None or by.org == "*"
        for by in READERS:
            late = await plainly(
                reader, f"select from obligation where {OWN_TASKS[by.role]} and done_at is null and deadline <= $2",
                by.org, NOW, by=by,
            )  # fmt: skip
            assert [await lists.late(by, 1_000), await lists.late(by, 2)] == [len(late), min(2, len(late))]
    finally:
        await reader.close()


async def test_of_a_case_that_moved_a_moment_ago_the_next_shelter_has_the_tasks(
    database: str, secrets: Secrets
) -> None:
    case = uuid4()
    async with as_admin(database) as admin:
        await put(
            admin, "referral.obligation", task_id=uuid4(), sequence=1, case_id=case, owner="shelter",
            obligation="notice_to_procuraduria", shelter=HERE, basis="x", policy="2013.1", since=NOW, deadline=NOW,
        )  # fmt: skip
        await handed_over(admin, case, HERE, THERE)
    reader = reader_of(database, secrets, "referral")
    lists = ObligationLists(
        database=reader, clock=lambda: NOW, bodies=NoBodies(), cursors=Cursors(bytes(64)),
        showings=AlwaysRecorded(),  # type: ignore[arg-type]  # it records nothing
    )  # fmt: skip
    try:
        seen = {by.org: len((await lists.own(by)).items) for by in READERS}
    finally:
        await reader.close()
    assert {org: seen[org] for org in (HERE, THERE, ELSEWHERE, "*")} == {HERE: 0, THERE: 1, ELSEWHERE: 0, "*": 1}
