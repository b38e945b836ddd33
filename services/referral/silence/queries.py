"""Reads who has gone silent, what falls due next (M1), and what waits for a decision."""

from collections.abc import Collection, Sequence
from datetime import datetime

import asyncpg

from events.referral_states import ASKED_LATER, OPEN, TO_BE_ASKED
from events.vocabulary import Agency, BlockReason, RiskCategory, ShownView
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.commands import InTransaction
from services.chassis.runtime.checks import Check, aged
from services.chassis.showings.domain import tells
from services.referral.showings.commands import ReferralShowings
from services.referral.showings.domain import Seen
from services.referral.silence.domain import MonitoredParty, PartyKey, PartyKind
from services.referral.silence.schemas import (
    FallingSilent,
    RunningOut,
    SilenceOverview,
    SilentDesk,
    SilentShelter,
    WaitingCase,
    WaitingGroup,
)

PAGE_SIZE = 50
SILENT = """
select * from watch where silent_at is not null and ($1::text is null or (kind = 'desk' and agency = $1))
order by since, kind, code
"""
FALLING = """
select * from watch where silent_at is null and next_at is not null
  and ($1::text is null or (kind = 'desk' and agency = $1))
order by next_at, kind, code limit $2
"""
_AGENCIES = ",".join(f"'{agency}'" for agency in Agency)
RUNNING_OUT = f"""
select referral_id, case_id, agency, referral.urgency, state, next_at from referral join timer using (referral_id)
where sent_at is not null and agency = any(array[{_AGENCIES}]) and next_by < 'infinity'
  and ($1::text is null or agency = $1)
order by next_at, referral_id limit $2
"""
"""A timer runs while a referral is open or a deletion is due: by the index of what is due, not by the timers of all."""
WAITS_FOR = (*sorted(TO_BE_ASKED), ASKED_LATER, BlockReason.FROZEN)
_REASONS = ",".join(f"'{reason}'" for reason in WAITS_FOR)
ASKED_SINCE = "coalesce(instant(after_sending ->> 'asking_since'), since)"
"""Since when somebody is to ask for a decision, as the indexes of what waits have it."""
_TO_BE_ASKED = f"state = 'blocked_consent' and reason = any(array[{_REASONS}])"
_TO_BE_CHECKED = (
    f"state = any($1::text[]) and after_sending ->> 'frozen_at' is not null and ({_TO_BE_ASKED}) is not true"
)
_CHECKED_SINCE = f"""
case when state = 'blocked_consent' then {ASKED_SINCE} else (after_sending ->> 'frozen_at')::timestamptz end"""
_CHECKED_FOR = "case when state = 'blocked_consent' then reason else 'frozen' end"
GROUPS = f"""
select shelter, waits_for, sum(number)::bigint as count, min(urgency) as urgency, min(since) as since
from (
  select shelter, waits_for, number, urgency, (
    select {ASKED_SINCE} from referral where {_TO_BE_ASKED}
      and shelter = asked.shelter and reason = asked.waits_for order by {ASKED_SINCE} limit 1) as since
  from (select shelter, reason as waits_for, count(*) as number, min(urgency) as urgency from referral
    where {_TO_BE_ASKED} group by shelter, reason) as asked
  union all
  select shelter, {_CHECKED_FOR}, 1, urgency, {_CHECKED_SINCE} from referral where {_TO_BE_CHECKED}
) as waiting group by shelter, waits_for order by min(urgency), min(since), shelter, waits_for
"""
"""What waits for somebody to ask for a decision, or to check a withdrawal; a person's own no waits for nobody."""
_CASES = """
select case_id, referral_id, shelter, {waits_for} as waits_for, urgency, {since} as waits_since, categories, agency,
  after_sending
from referral where {which} order by urgency, {since}, referral_id limit $3
"""
_ASKED_CASES = _CASES.format(waits_for="reason", since=ASKED_SINCE, which=_TO_BE_ASKED)
_CHECKED_CASES = _CASES.format(waits_for=_CHECKED_FOR, since=_CHECKED_SINCE, which=_TO_BE_CHECKED)
CASES = f"""
select case_id, shelter, waits_for, urgency, waits_since, (after_sending ->> 'ask_by')::timestamptz as ask_by,
  (after_sending ->> 'wait_until')::timestamptz as until,
  case when not categories && $2::text[] then agency end as agency
from (({_ASKED_CASES}) union all ({_CHECKED_CASES})) as waiting order by urgency, waits_since, referral_id limit $3
"""
BATCH_SIZE = 64
DUE = "select kind, code, next_at from watch where next_at <= $1 order by next_at limit $2"
OLDEST = "select min(next_at) from watch where next_at <= $1"
LAST_HEARTBEAT = "select coalesce(heard_at, known_at) from watch where kind = $1 and code = $2"


async def silence_overview(
    database: Database, principal: Principal, restricted: Collection[RiskCategory], showings: ReferralShowings
) -> SilenceOverview:
    """What the principal may see: a supervisor her own agency's desks and referrals, a coordinator all.

    What waits was not sent to anybody: an agency learns nothing of it. The coordinator is not told here for whom a case
    of a ``restricted`` category waits; no count is one of a category. That a referral to the agency was shown whose
    name tells what it is about is recorded first.
    """
    sees_all = scope_of(principal, Action.SEE_SILENCE) is Scope.ANY
    agency = None if sees_all else principal.org
    async with database.as_principal(principal) as connection:
        silent = await connection.fetch(SILENT, agency)
        falling = await connection.fetch(FALLING, agency, PAGE_SIZE)
        running_out = await connection.fetch(RUNNING_OUT, agency, PAGE_SIZE)
        groups = await connection.fetch(GROUPS, [*OPEN]) if sees_all else []
        cases = await connection.fetch(CASES, [*OPEN], [*restricted], PAGE_SIZE) if sees_all else []
    telling = [Seen(row["referral_id"], row["case_id"]) for row in running_out if tells((), row["agency"])]
    if not await showings.may_show(ShownView.LIST, telling, principal):
        running_out = [row for row in running_out if not tells((), row["agency"])]
    return SilenceOverview(
        desks=[_desk(row) for row in silent if row["kind"] == PartyKind.DESK],
        shelters=[_shelter(row) for row in silent if row["kind"] == PartyKind.SHELTER],
        falling_silent=[_falling(row) for row in falling],
        runs_out_next=[_running_out(row) for row in running_out],
        waiting=[_group(row) for row in groups],
        waiting_longest=[_waiting(row) for row in cases],
    )


async def due_by(connection: asyncpg.Connection, now: datetime) -> dict[PartyKey, datetime]:
    """The desks and shelters that may be due by now, with the due time."""
    rows = await connection.fetch(DUE, now, BATCH_SIZE)
    return {(PartyKind(row["kind"]), row["code"]): row["next_at"] for row in rows}


async def late_watches(connection: asyncpg.Connection, *, clock: Clock, limit: float) -> Sequence[Check]:
    """Whether the oldest watch that is due waits longer than ``limit`` seconds."""
    now = clock()
    oldest = await connection.fetchval(OLDEST, now)
    return (aged("silence", None if oldest is None else (now - oldest).total_seconds(), limit),)


def no_heartbeat_since(party: MonitoredParty) -> InTransaction:
    """A guard that raises ``VersionConflictError`` if the party gave a sign of life in the meantime."""

    async def look(connection: asyncpg.Connection) -> None:
        if await connection.fetchval(LAST_HEARTBEAT, party.kind, party.code) != party.heard_at:
            raise VersionConflictError

    return look


def _desk(row: asyncpg.Record) -> SilentDesk:
    return SilentDesk(
        desk=row["code"],
        agency=row["agency"],
        since=row["since"],
        told_at=row["silent_at"],
        measure=row["measure"],
        caravan=row["caravan"],
    )


def _shelter(row: asyncpg.Record) -> SilentShelter:
    return SilentShelter(shelter=row["code"], since=row["since"], told_at=row["silent_at"], caravan=row["caravan"])


def _falling(row: asyncpg.Record) -> FallingSilent:
    return FallingSilent(kind=row["kind"], code=row["code"], agency=row["agency"], at=row["next_at"])


def _running_out(row: asyncpg.Record) -> RunningOut:
    return RunningOut(
        referral_id=row["referral_id"],
        agency=row["agency"],
        urgency=row["urgency"],
        state=row["state"],
        at=row["next_at"],
    )


def _group(row: asyncpg.Record) -> WaitingGroup:
    return WaitingGroup(
        shelter=row["shelter"],
        reason=row["waits_for"],
        count=row["count"],
        urgency=row["urgency"],
        since=row["since"],
    )


def _waiting(row: asyncpg.Record) -> WaitingCase:
    return WaitingCase(
        case_id=row["case_id"],
        shelter=row["shelter"],
        reason=row["waits_for"],
        urgency=row["urgency"],
        since=row["waits_since"],
        ask_by=row["ask_by"],
        until=row["until"],
        agency=row["agency"],
    )
