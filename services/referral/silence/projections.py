"""Stores for every desk and shelter its last sign of life, and when it falls silent.

Updated in the transaction that appends, as the timers are (ADR 0015): no crash separates a fact from what is due
because of it. Of the referrals that a desk owes only the first few are read, by an index.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.intake import ConsentRecorded, ConsentWithdrawn, ShelterHeard
from events.referral import (
    CaseAssessed,
    ReferralFact,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
    RulesAdopted,
)
from events.silence import (
    CaravanBegan,
    CaravanEnded,
    DeskFellSilent,
    DeskHeardAgain,
    ShelterFellSilent,
    ShelterHeardAgain,
)
from events.vocabulary import Agency, Role, Urgency
from services.chassis.eventlog.projections import columns
from services.referral.caravans.domain import Caravans
from services.referral.caravans.queries import active_caravans
from services.referral.deadlines.ports import EVERY_HOUR, Desks
from services.referral.silence.domain import MonitoredParty, OwedReferral, PartyKey, PartyKind, next_due_at
from services.referral.silence.policy import SilencePolicy

DESK_STAFF = frozenset({Role.OFFICER.value, Role.SUPERVISOR.value})
SHELTER_STAFF = frozenset({Role.SHELTER_WORKER.value, Role.SHELTER_COORDINATOR.value, Role.INTEGRATOR.value})
HEARTBEAT_FACTS = (ShelterHeard, ConsentRecorded, ConsentWithdrawn)
"""Intake's facts that are a sign of life. A flagged case needs none: its assessment is one."""
WAITING_STATES = ("requested", "expired")
OWED_STATES = (*WAITING_STATES, "acknowledged")

DeskOfReferral = tuple[str, str]
"""Code of the desk and of its agency."""

DESKS_OF_REFERRALS = (
    "select referral_id, desk, agency from referral where referral_id = any($1::uuid[]) and desk is not null"
)
HEARTBEAT = """
insert into watch (kind, code, agency, heard_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
on conflict (kind, code) do update set heard_at = greatest(watch.heard_at, excluded.heard_at),
  agency = coalesce(excluded.agency, watch.agency)
"""
KNOWN = """
insert into watch (kind, code, known_at) select 'shelter', code, $2 from unnest($1::text[]) as known (code)
on conflict (kind, code) do update set known_at = coalesce(watch.known_at, excluded.known_at)
"""
SILENT = """
insert into watch (kind, code, agency, silent_at, since, measure, caravan, last_heard)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (kind, code) do update set silent_at = excluded.silent_at, since = excluded.since,
  measure = excluded.measure, caravan = excluded.caravan, last_heard = excluded.last_heard,
  agency = coalesce(excluded.agency, watch.agency)
"""
PARTIES = (
    "select * from watch where ($1::text[] is null or (kind, code) in (select * from unnest($1::text[], $2::text[])))"
)
OWED = """
select of_desk.code, owed.* from unnest($1::text[], $2::timestamptz[]) as of_desk (code, heard_at)
cross join unnest($3::text[]) as is_in (state) cross join unnest($4::text[]) as of_class (urgency)
cross join lateral (
  (select referral_id, state, urgency, acknowledge_by, sent_at from referral
    where desk = of_desk.code and state = is_in.state and urgency = of_class.urgency
    and state in ('requested', 'acknowledged', 'expired') order by acknowledge_by, sent_at, referral_id limit 1)
  union
  (select referral_id, state, urgency, acknowledge_by, sent_at from referral
    where desk = of_desk.code and state = is_in.state and urgency = of_class.urgency
    and state in ('requested', 'acknowledged', 'expired')
    and acknowledge_by > coalesce(of_desk.heard_at, '-infinity')
    order by acknowledge_by, sent_at, referral_id limit $5)) as owed
"""
"""Ordered to the last key, since all of a closed desk's night falls due at one moment."""
SCHEDULE = """
update watch set next_at = due.at from unnest($1::text[], $2::text[], $3::timestamptz[]) as due (kind, code, at)
where watch.kind = due.kind and watch.code = due.code
"""


class HeartbeatProjection:
    """Must run after the projections of referrals and caravan modes.

    A row follows from the facts of both logs alone: a sign of life counts by its own time, for the desk that had the
    referral at that fact, in whatever order and batches the facts arrive.
    """

    def __init__(self, policy: SilencePolicy, desks: Desks) -> None:
        """Needs the thresholds, and the desks' hours."""
        self._policy = policy
        self._desks = desks

    async def desks_before(
        self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]
    ) -> Mapping[UUID, DeskOfReferral]:
        """The desk that had each referral before this batch; read it before the referrals' rows change."""
        begun = {fact.stream for fact in batch if isinstance(fact.event, ReferralProposed)}
        existing = {fact.stream for fact in batch if isinstance(fact.event, ReferralFact)} - begun
        rows = await connection.fetch(DESKS_OF_REFERRALS, list(existing)) if existing else ()
        return {UUID(int=row["referral_id"].int): (row["desk"], row["agency"]) for row in rows}

    async def __call__(
        self,
        connection: asyncpg.Connection,
        batch: Sequence[Recorded[Event]],
        desks_before_batch: Mapping[UUID, DeskOfReferral],
    ) -> None:
        """Updates the rows by a batch of the service's own log; ``desks_before_batch``: from ``desks_before``."""
        latest = _heartbeats(batch, desks_before_batch)
        everything = any(isinstance(fact.event, RulesAdopted | CaravanBegan | CaravanEnded) for fact in batch)
        for fact in batch:
            if isinstance(fact.event, RulesAdopted):
                await connection.execute(KNOWN, sorted(self._desks.states), fact.recorded_at)
        touched = set(latest)
        if latest:
            rows = sorted((kind, code, agency, at) for (kind, code), (agency, at) in latest.items())
            await connection.execute(HEARTBEAT, *columns(rows))
        for fact in batch:
            touched |= await self._record_silence(connection, fact)
        if everything or touched:
            await self.schedule(connection, None if everything else touched)

    async def _record_silence(self, connection: asyncpg.Connection, fact: Recorded[Event]) -> set[PartyKey]:
        event, agency = fact.event, None
        match event:
            case DeskFellSilent() | DeskHeardAgain():
                which, agency = (PartyKind.DESK, event.desk), event.agency
            case ShelterFellSilent() | ShelterHeardAgain():
                which = (PartyKind.SHELTER, event.shelter)
            case _:
                return set()
        silence: tuple[Any, ...] = (None, None, None, False, None)
        if isinstance(event, DeskFellSilent | ShelterFellSilent):
            measure = event.measure if isinstance(event, DeskFellSilent) else None
            silence = (fact.recorded_at, event.since, measure, event.caravan, event.last_heard)
        await connection.execute(SILENT, *which, agency, *silence)
        return {which}

    async def record_heartbeats(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Records the shelters' signs of life in intake's log; the latest counts, whatever their order."""
        latest: dict[PartyKey, datetime] = {}
        for fact in batch:
            if isinstance(fact.event, HEARTBEAT_FACTS):
                which = (PartyKind.SHELTER, fact.event.shelter)
                latest[which] = max(latest.get(which, fact.recorded_at), fact.recorded_at)
        if latest:
            await connection.execute(HEARTBEAT, *columns(sorted((*which, None, at) for which, at in latest.items())))
            await self.schedule(connection, latest)

    async def schedule(self, connection: asyncpg.Connection, which: Iterable[PartyKey] | None) -> None:
        """Computes when these parties are due next; ``None``: all."""
        rows = [(one.kind, one.code, next_due_at(one, self._policy)) for one in await self.parties(connection, which)]
        if rows:
            await connection.execute(SCHEDULE, *columns(rows))

    async def parties(self, connection: asyncpg.Connection, which: Iterable[PartyKey] | None) -> list[MonitoredParty]:
        """These parties, or all, as they are now."""
        keys = (None, None) if which is None else columns(sorted(which))
        rows = await connection.fetch(PARTIES, *keys)
        caravans = await active_caravans(connection)
        owed = await self._owed(connection, [row for row in rows if row["kind"] == PartyKind.DESK])
        return [self._party(row, owed.get(row["code"], []), caravans) for row in rows]

    async def _owed(self, connection: asyncpg.Connection, rows: Sequence[Any]) -> dict[str, list[OwedReferral]]:
        found: dict[str, list[OwedReferral]] = {}
        not_silent = [(row["code"], row["heard_at"]) for row in rows if row["silent_at"] is None]
        if not not_silent:
            return found
        limit = max(one.desks.every_hour.in_a_row for one in (self._policy.usual, self._policy.caravan))
        limit = max([limit, *(one.desks.office_hours.in_a_row for one in (self._policy.usual, self._policy.caravan))])
        codes, heartbeats = columns(not_silent)
        for row in await connection.fetch(OWED, codes, heartbeats, list(OWED_STATES), list(Urgency), limit):
            one = OwedReferral(
                row["acknowledge_by"], row["sent_at"], Urgency(row["urgency"]), row["state"] in WAITING_STATES
            )
            found.setdefault(row["code"], []).append(one)
        return found

    def _party(self, row: Any, owed: Sequence[OwedReferral], caravans: Caravans) -> MonitoredParty:
        kind, code = PartyKind(row["kind"]), row["code"]
        states = {state for one in caravans.on for state in self._states(one.shelters)}
        shelters = {shelter for one in caravans.on for shelter in one.shelters}
        on = code in shelters if kind is PartyKind.SHELTER else bool(states & self._desks.serves(code))
        monitored = kind is PartyKind.DESK or code in self._desks.states
        return MonitoredParty(
            kind=kind,
            code=code,
            agency=None if row["agency"] is None else Agency(row["agency"]),
            heard_at=(row["heard_at"] or row["known_at"]) if monitored else None,
            silent_at=row["silent_at"],
            since=row["since"],
            last_heard=row["last_heard"],
            caravan=on,
            hours=EVERY_HOUR if kind is PartyKind.SHELTER else self._desks.hours_of(code) or EVERY_HOUR,
            season=self._policy.seasons.get(code),
            owed=owed,
        )

    def _states(self, shelters: Iterable[str]) -> set[str]:
        return {self._desks.states[shelter] for shelter in shelters if shelter in self._desks.states}


def _heartbeats(
    batch: Sequence[Recorded[Event]], desks_before_batch: Mapping[UUID, DeskOfReferral]
) -> dict[PartyKey, tuple[str | None, datetime | None]]:
    """The desks and shelters that a batch concerns, each with its agency and its latest sign of life, if any.

    A desk that loses a referral is among them: it owes less now.
    """
    found: dict[PartyKey, tuple[str | None, datetime | None]] = {}
    desks = dict(desks_before_batch)

    def note(which: PartyKey, agency: str | None, at: datetime | None) -> None:
        found[which] = (agency, _latest(found.get(which, (None, None))[1], at))

    for fact in batch:
        event = fact.event
        if isinstance(event, CaseAssessed):
            note((PartyKind.SHELTER, event.shelter), None, fact.recorded_at)
        elif isinstance(event, ReferralFact):
            if left := desks.get(fact.stream):
                note((PartyKind.DESK, left[0]), left[1], None)
            if isinstance(event, ReferralRequested | ReferralReassessed | ReferralHandedOver) and event.desk:
                desks[fact.stream] = (event.desk, event.agency)
            if now := desks.get(fact.stream):
                note((PartyKind.DESK, now[0]), now[1], _acted_at(fact, DESK_STAFF, now[1]))
            if at := _acted_at(fact, SHELTER_STAFF, event.shelter):
                note((PartyKind.SHELTER, event.shelter), None, at)
    return found


def _acted_at(fact: Recorded[Event], staff: frozenset[str], org: str) -> datetime | None:
    """When the actor acted, if they belong to this staff and organisation."""
    role, _, whose = fact.actor.partition(":")
    return fact.recorded_at if role in staff and whose.partition(":")[0] == org else None


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
