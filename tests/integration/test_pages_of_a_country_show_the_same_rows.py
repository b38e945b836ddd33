"""Statements that read what they show by an index, beside plain ones that look at every row: the same, in one order."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from events.referral_states import ASKED_LATER, CLOSED, OPEN, TO_BE_ASKED
from events.vocabulary import Agency, AlertAbout, BlockReason, ReferralState, RiskCategory, Role, Urgency
from services.audit.reconciliation.domain import DeviceState, Record, gaps_of
from services.audit.reconciliation.queries import Counts
from services.audit.trace.stream_copies import StreamUnreadableError
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cursors import Cursors
from services.intake.case_list.queries import NOTHING_TO_ASK, count_cases, list_cases
from services.intake.case_list.schemas import CaseFilters
from services.notifications.alerts.inbox import Inbox
from services.notifications.alerts.queries import BEGINNING, list_alerts
from services.referral.bodies.ports import NoBodies
from services.referral.obligations.queries import ObligationLists
from services.referral.silence.queries import silence_overview
from tests.support.system.logs import as_admin

NOW = datetime(2013, 6, 12, 12, tzinfo=UTC)
HERE, THERE, ELSEWHERE = "ALB-TAP-01", "ALB-OAX-01", "ALB-TAP-02"
COORDINATOR = Principal(Role.PROGRAMME_COORDINATOR, "*", "c-000")
READERS = (
    *(Principal(Role.SHELTER_WORKER, shelter, "w-035") for shelter in (HERE, THERE, ELSEWHERE)),
    *(Principal(Role.OFFICER, agency, "o-001") for agency in ("UNICEF", "ACNUR")),
    COORDINATOR,
)


class AlwaysRecorded:
    """Records every showing at once."""

    async def may_show(self, *_: Any) -> bool:
        return True


async def put(connection: asyncpg.Connection, table: str, **row: Any) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())


async def handed_over(connection: asyncpg.Connection, case: UUID, *shelters: str) -> None:
    """Each shelter in turn, with the one before in the same event."""
    for version, (before, after) in enumerate(pairwise(shelters), start=1):
        state = json.dumps({"data": {"from_shelter": before, "to_shelter": after}}).encode()
        position = await connection.fetchval("select coalesce(max(position), 0) + 1 from intake.event")
        await put(
            connection, "intake.event", position=position, id=uuid4(), stream=case, version=version,
            topic="intake.handed_over.v3", recorded_at=NOW, state=state,
        )  # fmt: skip


def reader_of(dsn: str, secrets: Secrets, service: str) -> Database:
    return Database(dsn, service=service, password=secrets.postgres[service])


async def plainly(database: Database, query: str, *values: Any, by: Principal) -> list[Any]:
    async with database.as_principal(by) as connection:
        return list(await connection.fetch(query, *values))


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


WAITING = """
select *, case when state = 'blocked_consent' then coalesce((after_sending ->> 'asking_since')::timestamptz, since)
  else (after_sending ->> 'frozen_at')::timestamptz end as waits_since,
  case when state = 'blocked_consent' then reason else 'frozen' end as waits_for
from referral where state = 'blocked_consent' and reason = any($1::text[])
  or state = any($2::text[]) and after_sending ->> 'frozen_at' is not null
"""
GROUPS = f"""
select shelter, waits_for, count(*), min(urgency) as urgency, min(waits_since) as since
from ({WAITING}) as waiting group by shelter, waits_for order by min(urgency), min(waits_since), shelter, waits_for
"""
CASES = f"select case_id from ({WAITING}) as waiting order by urgency, waits_since, referral_id limit 50"
RUNNING_OUT = """
select referral_id from referral join timer using (referral_id) where sent_at is not null
  and ($1::text is null or agency = $1) order by next_at, referral_id limit 50
"""


async def some_referrals(dsn: str) -> None:
    """In every state, blocked for every reason, frozen or not; timers as the scheduler sets them."""
    draw = Random(2)
    async with as_admin(dsn) as admin:
        for sequence in range(400):
            state = draw.choice([*ReferralState, *[ReferralState.BLOCKED_CONSENT] * 20])
            blocked = state is ReferralState.BLOCKED_CONSENT
            at = NOW - timedelta(hours=draw.randrange(500))
            after: Mapping[str, str] = {
                name: (at + timedelta(hours=draw.randrange(9))).isoformat()
                for name, of in (("asking_since", 2), ("ask_by", 3), ("wait_until", 4), ("frozen_at", 5))
                if draw.randrange(of) == 0
            }
            reasons = [*BlockReason] if "frozen_at" in after else [*BlockReason, None]
            referral, urgency = uuid4(), draw.choice(list(Urgency))
            deletion = at if state in CLOSED and draw.randrange(4) == 0 else None
            await put(
                admin, "referral.referral", referral_id=referral, sequence=sequence, case_id=uuid4(),
                submission_id=uuid4(), shelter=draw.choice((HERE, THERE)),
                agency=draw.choice([one for one in Agency if one is not Agency.PEAS]), categories=[], urgency=urgency,
                state=state, reason=draw.choice(reasons) if blocked else None, rule_set="x", version=1,
                changed_at=at, since=at, after_sending=json.dumps(after), sent_at=None if blocked else at,
                deletion_due=deletion,
            )  # fmt: skip
            if state in OPEN or deletion is not None:
                await put(admin, "referral.timer", referral_id=referral, next_at=at, urgency=urgency)


@pytest.mark.parametrize("agency", [None, "UNICEF"])
async def test_what_waits_and_what_runs_out_is_the_same_as_of_all_referrals(
    database: str, secrets: Secrets, agency: str | None
) -> None:
    await some_referrals(database)
    by = COORDINATOR if agency is None else Principal(Role.SUPERVISOR, agency, "s-001")
    reader = reader_of(database, secrets, "referral")
    waits = ([*TO_BE_ASKED, ASKED_LATER, BlockReason.FROZEN], [*OPEN])
    try:
        found = await silence_overview(
            reader,
            by,
            frozenset[RiskCategory](),
            AlwaysRecorded(),  # type: ignore[arg-type]  # it records nothing
        )
        running = await plainly(reader, RUNNING_OUT, agency, by=by)
        assert [one.referral_id for one in found.runs_out_next] == [row["referral_id"] for row in running]
        assert running
        groups = await plainly(reader, GROUPS, *waits, by=by) if agency is None else []
        cases = await plainly(reader, CASES, *waits, by=by) if agency is None else []
    finally:
        await reader.close()
    assert [(one.shelter, one.reason, one.count, one.urgency, one.since) for one in found.waiting] == [
        tuple(row) for row in groups
    ]
    assert [one.case_id for one in found.waiting_longest] == [row["case_id"] for row in cases]
    assert agency or {"frozen", "needs_representative"} <= {row["waits_for"] for row in groups}


OWN_ALERTS = """
  case $1::text
    when 'shelter_worker' then shelter = $2
    when 'officer' then agency = $2 and of_desk and shelter is null
    else shelter is not distinct from $3 or ($3::text is null and code = $4) end
  and ($4::text is null or code = $4)
"""


async def some_alerts(dsn: str) -> None:
    draw = Random(3)
    async with as_admin(dsn) as admin:
        for sequence in range(1, 300):
            answered = draw.randrange(2) == 0
            await put(
                admin, "notifications.alert", alert_id=uuid4(), sequence=sequence, referral_id=uuid4(),
                agency=draw.choice(("UNICEF", "ACNUR")), urgency=draw.choice(list(Urgency)),
                code=draw.choice(("AAAA", "BBBB", "CCCC")), state="answered" if answered else "pending",
                raised_at=NOW + timedelta(minutes=draw.randrange(60)),
                answered_at=NOW + timedelta(minutes=draw.randrange(60)) if answered else None,
                about=draw.choice((AlertAbout.REFERRAL, AlertAbout.SILENCE)), of_desk=draw.randrange(3) > 0,
                shelter=draw.choice((None, None, HERE, THERE)),
            )  # fmt: skip


async def test_everybody_is_shown_their_own_alerts_whatever_they_ask_for(database: str, secrets: Secrets) -> None:
    await some_alerts(database)
    reader, cursors = reader_of(database, secrets, "notifications"), Cursors(bytes(64))
    try:
        for by, shelter, code, state in product(READERS, (None, HERE), (None, "AAAA"), (None, "pending", "answered")):
            wanted = await plainly(
                reader,
                f"select alert_id from alert where {OWN_ALERTS} and ($5::text is null or state = $5) order by sequence",
                by.role, by.org, shelter, code, state, by=by,
            )  # fmt: skip
            found = await list_alerts(
                reader, cursors, by, after=BEGINNING, limit=500, state=state, shelter=shelter, code=code,  # type: ignore[arg-type]
            )  # fmt: skip
            assert [one.alert_id for one in found.items] == [row["alert_id"] for row in wanted]
        assert wanted
    finally:
        await reader.close()


class NoHistory:
    """A log in which nothing is told of an alert."""

    async def streams(self, streams: list[UUID]) -> Mapping[UUID, list[Any]]:
        return {stream: [] for stream in streams}


async def test_the_page_of_alerts_goes_through_all_of_ones_own(database: str, secrets: Secrets) -> None:
    await some_alerts(database)
    reader = reader_of(database, secrets, "notifications")
    inbox = Inbox(database=reader, log=NoHistory(), cursors=Cursors(bytes(64)))  # type: ignore[arg-type]  # it has no more
    orders = {"pending": "urgency, raised_at, alert_id", "answered": "answered_at desc, alert_id desc"}
    try:
        for by, (which, order) in product(READERS, orders.items()):
            wanted = await plainly(
                reader,
                f"select alert_id, urgency from alert where {OWN_ALERTS} and state = $5 order by {order}",
                by.role, by.org, None, None, which, by=by,
            )  # fmt: skip
            found, after = list[UUID](), None
            while page := await inbox.page(by, which, after):  # type: ignore[arg-type]
                found += [one.alert.alert_id for one in page[0]]
                if (after := page[1]) is None:
                    break
            assert found == [row["alert_id"] for row in wanted]
            if which == "pending":
                each = [row["urgency"] for row in wanted]
                assert await inbox.waiting(by) == {one: each.count(one) for one in set(each)}
    finally:
        await reader.close()


COUNTS = """
with open as (
  select case_id, state, (state = 'blocked_consent' and reason <> all($1::text[]) and not exists (
      select from waiting_status where waiting_status.referral_id = referral_status.referral_id and wait_until > $2))
      or state in ('info_requested', 'delivered') as waits
  from referral_status
  where state in ('blocked_consent', 'requested', 'info_requested', 'delivered', 'expired', 'scheduled')
    and ($3::text is null or case_id in (select case_id from submission where coalesce(held_by, shelter) = $3))
  union all
  select case_id, 'frozen', true from continuity
  where frozen_at is not null and frozen_recipient is distinct from 'PEAS'
)
select count(distinct case_id) filter (where waits) as waits,
  count(distinct case_id) filter (where state = 'requested') as unacknowledged,
  count(distinct case_id) filter (where state = 'expired') as expired,
  count(distinct case_id) filter (where state = 'scheduled') as scheduled
from open
"""


async def some_cases(dsn: str) -> None:
    """Some handed over, some frozen, some that wait until later."""
    draw = Random(4)
    async with as_admin(dsn) as admin:
        for _ in range(150):
            case, at = uuid4(), NOW - timedelta(hours=draw.randrange(900))
            await put(
                admin, "intake.submission", id=uuid4(), case_id=case, subject=uuid4(), opened=uuid4(), fingerprint="x",
                shelter=draw.choice((HERE, THERE)), held_by=draw.choice((None, None, HERE, ELSEWHERE)), recorded_at=at,
                sealed_with=uuid4(), answered_with=uuid4(), changed_at=at, change="registered", kind="person",
                worker="w-035", receipt=case.hex[:8],
            )  # fmt: skip
            if draw.randrange(5) == 0:
                await put(
                    admin, "intake.continuity", case_id=case, frozen_at=draw.choice((None, at)),
                    frozen_recipient=draw.choice((None, "PEAS", "OIM")),
                )  # fmt: skip
            for _ in range(draw.randrange(3)):
                referral, state = uuid4(), draw.choice([*ReferralState, *[ReferralState.BLOCKED_CONSENT] * 9])
                await put(
                    admin, "intake.referral_status", referral_id=referral, case_id=case,
                    agency=draw.choice(("OIM", "PEAS")), urgency="U1", categories=[], state=state,
                    reason=draw.choice([*BlockReason, None]), version=1, sent=True,
                    changed_at=at + timedelta(hours=draw.randrange(-50, 50)),
                )  # fmt: skip
                if draw.randrange(3) == 0:
                    await put(
                        admin, "intake.waiting_status", referral_id=referral,
                        wait_until=draw.choice((None, NOW - timedelta(days=1), NOW + timedelta(days=1))),
                    )  # fmt: skip


async def test_what_is_counted_above_a_list_is_of_the_cases_that_a_shelter_holds(
    database: str, secrets: Secrets
) -> None:
    await some_cases(database)
    reader = reader_of(database, secrets, "intake")
    try:
        for by in READERS:
            if by.role is Role.OFFICER:
                continue
            shelter = None if by == COORDINATOR else by.org
            [wanted] = await plainly(reader, COUNTS, NOTHING_TO_ASK, NOW, shelter, by=by)
            found = await count_cases(reader, by, NOW)
            assert found.model_dump() == dict(wanted)
            assert found.waits
    finally:
        await reader.close()


class NotRouted:
    """The routing of cases of which nothing is known."""

    def clock(self) -> datetime:
        return NOW

    async def of(self, *_: Any) -> Mapping[UUID, Any]:
        return {}


HELD = """
select case_id, greatest(submission.changed_at, (
  select max(changed_at) from referral_status where referral_status.case_id = submission.case_id)) as moved_at
from submission where $1 in (coalesce(held_by, shelter), '*')
"""


@pytest.mark.parametrize("changed_since", [None, NOW - timedelta(days=20)])
@pytest.mark.parametrize("order", ["changed", "recorded"])
async def test_the_list_of_cases_goes_through_all_that_a_shelter_holds(
    database: str, secrets: Secrets, order: str, changed_since: datetime | None
) -> None:
    await some_cases(database)
    reader, cursors = reader_of(database, secrets, "intake"), Cursors(bytes(64))
    place = {"changed": "moved_at", "recorded": "recorded_at"}[order]
    try:
        for by in READERS:
            if by.role is Role.OFFICER:
                continue
            wanted = await plainly(
                reader,
                f"select case_id from ({HELD}) as held join submission using (case_id)"
                f" where $2::timestamptz is null or moved_at >= $2 order by {place} desc, case_id desc",
                "*" if by == COORDINATOR else by.org, changed_since, by=by,
            )  # fmt: skip
            found, cursor = list[UUID](), None
            while True:
                asked = {"order": order, "changed_since": changed_since and changed_since.isoformat()}
                filters = CaseFilters.model_validate(asked | {"limit": 7, "cursor": cursor})
                page = await list_cases(reader, NotRouted(), cursors, filters, by)  # type: ignore[arg-type]
                found += [one.case_id for one in page.items]
                if (cursor := page.next_cursor) is None:
                    break
            assert found == [row["case_id"] for row in wanted]
            assert wanted
    finally:
        await reader.close()


class NoStream:
    """A stream that cannot be read."""

    async def entries(self, *_: Any) -> AsyncIterator[Any]:
        raise StreamUnreadableError
        yield


async def test_a_number_that_came_many_times_is_one_record_of_its_device(database: str, secrets: Secrets) -> None:
    draw, day = Random(5), date(2013, 6, 11)
    records = defaultdict[tuple[str, str], list[Record]](list)
    async with as_admin(database) as admin:
        for position in range(300):
            shelter, device, number = draw.choice((HERE, THERE)), draw.choice(("d-001", "d-002")), draw.randrange(1, 60)
            opened, corrected = draw.randrange(2) == 0, draw.choice((None, False, True))
            at = datetime(2013, 6, 11, 12, tzinfo=UTC) + timedelta(seconds=draw.randrange(9_000))
            row = {
                "position": position, "shelter": shelter, "device": device, "device_sequence": number,
                "recorded_at": at, "day": day,
            }  # fmt: skip
            if opened:
                await put(admin, "audit.counted_case", case_id=uuid4(), device_day=day, **row)
            else:
                await put(admin, "audit.counted_refusal", refusal=uuid4(), corrected=corrected, **row)
            records[shelter, device].append(Record(number, at, day, opened, None if opened else corrected))
    reader = reader_of(database, secrets, "audit")
    counts = Counts(database=reader, cursors=Cursors(bytes(64)), copies=NoStream())  # type: ignore[arg-type]
    auditor = Principal(Role.AUDITOR, "*", "a-000")
    try:
        page = await counts.page(auditor, shelter=None, first=day, last=day, cursor=None, limit=50)
    finally:
        await reader.close()
    found = {(one.shelter, gap.device, gap.first, gap.last, gap.why) for one in page.items for gap in one.gaps}
    wanted = [gap for whose, of in records.items() for gap in gaps_of(*whose, of, DeviceState())]
    assert found == {(gap.shelter, gap.device, gap.first, gap.last, gap.why) for gap in wanted}
    assert wanted
