"""Reads a case, a referral or a desk as it was at a moment: from the logs, by the positions that audit has stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from events.capacity import DeskCapacitySet
from events.contract import Event, Recorded
from events.silence import DeskFellSilent, DeskHeardAgain
from events.vocabulary import Agency, Capacity
from services.audit.history.queries import Line, lines_of
from services.audit.time_machine.domain import CaseThen, case_then, referrals_then
from services.audit.time_machine.referrals import ReferralThen
from services.audit.time_machine.times import By
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row

CASE_OF = """
select case_id from referral.event where stream = $1 and version = 1 and topic like 'referral.proposed.v%'
"""
THERE = """
select referral, number, case_id, desk, began_{by} as began from desk_stay
where tstzrange(began_{by}, greatest(began_{by}, ended_{by})) @> $2::timestamptz and agency = $1
  and ($3::timestamptz is null or (began_{by}, referral) > ($3, $4::uuid))
order by began_{by}, referral limit $5
"""
HOW_MANY = """
select count(*) from desk_stay
where tstzrange(began_{by}, greatest(began_{by}, ended_{by})) @> $2::timestamptz and agency = $1
"""
OF_REFERRALS = f"select {ENTRY_COLUMNS} from referral.event where stream = any($1::uuid[]) order by position"
OF_THE_DESK = f"""
select {ENTRY_COLUMNS} from referral.event where position = any(
  array(select position from desk_fact where agency = $1 and {{by}}_at <= $2 and {{by}}_at > $2 - $4::interval
    order by {{by}}_at desc limit $3)
  || array(select position from desk_fact join referral.event using (position)
    where agency = $1 and {{by}}_at <= $2 and split_part(topic, '.v', 1) = any($5::text[])
    order by {{by}}_at desc limit $3))
order by position
"""
LATEST_FACTS = 200
"""How many facts about an agency's desks are looked back on: of room, and of silence."""
ROOM_COUNTS = timedelta(days=7)
"""The longest that a desk can say for whether it has room. Its silence has no end until it is heard."""
OF_SILENCE = [DeskFellSilent.NAME, DeskHeardAgain.NAME]


@dataclass(frozen=True, slots=True)
class CaseMoment:
    """A case at a moment, the facts that it follows from, and those that came late."""

    case: UUID
    at: datetime
    by: By
    then: CaseThen
    lines: Sequence[Line]
    """The facts that belong to the moment, each after its cause."""
    late: Sequence[Line]
    """What had happened by then and was stored only later."""
    everything: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Stay:
    """A referral that was at a desk, as it was then."""

    referral: ReferralThen
    case: UUID
    since: datetime


@dataclass(slots=True)
class DeskSelf:
    """What was known of one of an agency's desks itself."""

    desk: str
    silent_since: datetime | None = None
    capacity: Capacity | None = None
    """As it last said; ``None``: it had not, or what it said was too old to count."""


@dataclass(frozen=True, slots=True)
class DeskMoment:
    """An agency's desks at a moment: a page of what was there."""

    agency: Agency
    at: datetime
    by: By
    number: int
    """How many referrals were there in all."""
    stays: Sequence[Stay]
    desks: Sequence[DeskSelf]
    following: tuple[datetime, UUID] | None
    """The place after which the next page begins; ``None``: this is the last."""


async def case_moment(database: Database, case: UUID, at: datetime, by: By) -> CaseMoment:
    """A case at a moment.

    Raises:
        NotFoundError: nothing was ever recorded about it.
    """
    return moment_of(case, await lines_of(database, case), at, by)


def moment_of(case: UUID, everything: Sequence[Line], at: datetime, by: By) -> CaseMoment:
    """A case at a moment, from all that was recorded about it."""
    lines = lines_at(everything, at, by)
    return CaseMoment(
        case=case,
        at=at,
        by=by,
        then=case_then(case, (line.fact for line in lines), by),
        lines=lines,
        late=late_at(everything, at),
        everything=everything,
    )


def lines_at(lines: Iterable[Line], at: datetime, by: By) -> list[Line]:
    """The facts that belong to a moment, in the order given."""
    return [line for line in lines if by.time_of(line.fact) <= at]


def late_at(lines: Iterable[Line], at: datetime) -> list[Line]:
    """What had happened by a moment and was stored only after it: an offline batch, paper."""
    return [line for line in lines if line.fact.occurred_at <= at < line.fact.recorded_at]


async def case_of_referral(database: Database, referral: UUID) -> UUID:
    """The case of a referral.

    Raises:
        NotFoundError: there is no such referral.
    """
    async with database.reading() as connection:
        case: UUID | None = await connection.fetchval(CASE_OF, referral)
    if case is None:
        raise NotFoundError
    return case


async def desk_moment(
    database: Database, agency: Agency, at: datetime, by: By, *, after: tuple[datetime, UUID] | None, limit: int
) -> DeskMoment:
    """The referrals that were at an agency's desks at a moment, the longest there first."""
    async with database.reading() as connection:
        rows = await connection.fetch(THERE.format(by=by.value), agency.value, at, *(after or (None, None)), limit + 1)
        number: int = await connection.fetchval(HOW_MANY.format(by=by.value), agency.value, at)
        shown = rows[:limit]
        facts = await connection.fetch(OF_REFERRALS, [row["referral"] for row in shown])
        of_desks = await connection.fetch(
            OF_THE_DESK.format(by=f"desk_fact.{by.value}"), agency.value, at, LATEST_FACTS, ROOM_COUNTS, OF_SILENCE
        )
    then = referrals_then(_by_stream(facts, at, by), by)
    stays = [Stay(then[row["referral"]], row["case_id"], row["began"]) for row in shown if row["referral"] in then]
    more = len(rows) > limit
    return DeskMoment(
        agency=agency,
        at=at,
        by=by,
        number=number,
        stays=stays,
        desks=_desks([decode(from_row(row)) for row in of_desks], at),
        following=(shown[-1]["began"], shown[-1]["referral"]) if more else None,
    )


def _by_stream(rows: Sequence[asyncpg.Record], at: datetime, by: By) -> dict[UUID, list[Recorded[Event]]]:
    found: dict[UUID, list[Recorded[Event]]] = {}
    for row in rows:
        fact = decode(from_row(row))
        if by.time_of(fact) <= at:
            found.setdefault(fact.stream, []).append(fact)
    return found


def _desks(facts: Sequence[Recorded[Event]], at: datetime) -> list[DeskSelf]:
    found: dict[str, DeskSelf] = {}
    for fact in facts:
        match fact.event:
            case DeskFellSilent() as event:
                found.setdefault(event.desk, DeskSelf(event.desk)).silent_since = event.since
            case DeskHeardAgain() as event:
                found.setdefault(event.desk, DeskSelf(event.desk)).silent_since = None
            case DeskCapacitySet() as event:
                said = event.capacity if event.expires_at > at else None
                found.setdefault(event.desk, DeskSelf(event.desk)).capacity = said
            case _:
                pass
    return [found[desk] for desk in sorted(found)]
