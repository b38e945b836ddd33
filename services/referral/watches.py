"""Keeps, for every desk and shelter, when it was last heard and when it falls silent.

In the transaction that appends, as the referrals' timers are (ADR 0015): no end of a process separates a fact from
what is due because of it. Of what a desk owes only the first few are looked at, by an index, however many there are.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.intake import ConsentRecorded, ConsentWithdrawn, ShelterHeard
from events.referral import (
    CaseAssessed,
    ReferralBlocked,
    ReferralFact,
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
from services.chassis.read_models import columns
from services.referral.caravans import Caravans, caravans_on
from services.referral.desks import EVERY_HOUR, Desks
from services.referral.silence import Kind, Owed, Watched, next_at
from services.referral.silence_policy import SilencePolicy

DESK_STAFF = frozenset({Role.OFFICER.value, Role.SUPERVISOR.value})
SHELTER_STAFF = frozenset({Role.SHELTER_WORKER.value, Role.SHELTER_COORDINATOR.value, Role.INTEGRATOR.value})
FROM_THE_SHELTER = (ShelterHeard, ConsentRecorded, ConsentWithdrawn)
"""Intake's facts that are a sign of life; a flagged case is assessed here, and needs none of its own."""
WAITS = ("requested", "expired")
OWES = (*WAITS, "acknowledged")

Which = tuple[Kind, str]

DESKS_OF = "select referral_id, desk, agency from referral where referral_id = any($1::uuid[]) and desk is not null"
HEARD = """
insert into watch (kind, code, agency, heard_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
on conflict (kind, code) do update set heard_at = greatest(watch.heard_at, excluded.heard_at),
  agency = coalesce(excluded.agency, watch.agency)
"""
KNOWN = """
insert into watch (kind, code, known_at) select 'shelter', code, $2 from unnest($1::text[]) as known (code)
on conflict (kind, code) do update set known_at = coalesce(watch.known_at, excluded.known_at)
"""
DESKS_IN = "select code from watch where kind = 'desk' and agency = any($1::text[])"
SILENT = """
update watch set silent_at = $3, since = $4, measure = $5, caravan = $6, last_heard = $7 where kind = $1 and code = $2
"""
WATCHES = (
    "select * from watch where ($1::text[] is null or (kind, code) in (select * from unnest($1::text[], $2::text[])))"
)
OWED = """
select of_desk.code, owed.* from unnest($1::text[], $2::timestamptz[]) as of_desk (code, heard_at)
cross join unnest($3::text[]) as is_in (state) cross join unnest($4::text[]) as of_class (urgency)
cross join lateral (
  (select referral_id, state, urgency, acknowledge_by, sent_at from referral
    where desk = of_desk.code and state = is_in.state and urgency = of_class.urgency
    and state in ('requested', 'acknowledged', 'expired') order by acknowledge_by limit 1)
  union
  (select referral_id, state, urgency, acknowledge_by, sent_at from referral
    where desk = of_desk.code and state = is_in.state and urgency = of_class.urgency
    and state in ('requested', 'acknowledged', 'expired')
    and acknowledge_by > coalesce(of_desk.heard_at, '-infinity') order by acknowledge_by limit $5)) as owed
"""
WIND = """
update watch set next_at = wound.at from unnest($1::text[], $2::text[], $3::timestamptz[]) as wound (kind, code, at)
where watch.kind = wound.kind and watch.code = wound.code
"""


class Watching:
    """A projection: to be run after that of the referrals' rows and of caravan mode."""

    def __init__(self, policy: SilencePolicy, desks: Desks) -> None:
        """By these thresholds, and these desks' hours."""
        self._policy = policy
        self._desks = desks

    async def __call__(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Brings the rows up to a batch of the referral service's own log."""
        heard: dict[Which, tuple[str | None, datetime | None]] = {}
        acted: dict[UUID, list[Recorded[Event]]] = {}
        everything = False
        for fact in batch:
            event = fact.event
            if isinstance(event, ReferralRequested | ReferralReassessed) and event.desk:
                heard.setdefault((Kind.DESK, event.desk), (event.agency, None))
            if isinstance(event, CaseAssessed):
                heard[Kind.SHELTER, event.shelter] = (None, fact.recorded_at)
            elif isinstance(event, ReferralFact):
                acted.setdefault(fact.stream, []).append(fact)
            elif isinstance(event, RulesAdopted):
                await connection.execute(KNOWN, sorted(self._desks.states), fact.recorded_at)
            everything |= isinstance(event, RulesAdopted | CaravanBegan | CaravanEnded)
        await self._acted(connection, {stream: facts for stream, facts in acted.items() if not _only_new(facts)}, heard)
        touched = set(heard)
        if heard:
            rows = sorted((kind, code, agency, at) for (kind, code), (agency, at) in heard.items())
            await connection.execute(HEARD, *columns(rows))
        for fact in batch:
            touched |= await self._told(connection, fact)
        moved = {fact.event.agency for fact in batch if isinstance(fact.event, ReferralReassessed) and fact.event.desk}
        if moved:  # to another desk, it may be: the one before owes less
            touched |= {(Kind.DESK, row["code"]) for row in await connection.fetch(DESKS_IN, list(moved))}
        if everything or touched:
            await self.wind(connection, None if everything else touched)

    async def _acted(
        self,
        connection: asyncpg.Connection,
        acted: dict[UUID, list[Recorded[Event]]],
        heard: dict[Which, tuple[str | None, datetime | None]],
    ) -> None:
        """Whose signs of life these facts are, and of which desks something is owed no longer."""
        if not acted:
            return
        for row in await connection.fetch(DESKS_OF, list(acted)):
            which = (Kind.DESK, row["desk"])
            for fact in acted[UUID(int=row["referral_id"].int)]:
                signs = heard.get(which, (row["agency"], None))[1]
                heard[which] = (row["agency"], _latest(signs, _sign(fact, DESK_STAFF, row["agency"])))
        for facts in acted.values():
            for fact in facts:
                assert isinstance(fact.event, ReferralFact)  # noqa: S101 - only those were gathered
                at = _sign(fact, SHELTER_STAFF, fact.event.shelter)
                if at is not None:
                    which = (Kind.SHELTER, fact.event.shelter)
                    heard[which] = (None, _latest(heard.get(which, (None, None))[1], at))

    async def _told(self, connection: asyncpg.Connection, fact: Recorded[Event]) -> set[Which]:
        event = fact.event
        match event:
            case DeskFellSilent() | DeskHeardAgain():
                which = (Kind.DESK, event.desk)
            case ShelterFellSilent() | ShelterHeardAgain():
                which = (Kind.SHELTER, event.shelter)
            case _:
                return set()
        silence: tuple[Any, ...] = (None, None, None, False, None)
        if isinstance(event, DeskFellSilent | ShelterFellSilent):
            measure = event.measure if isinstance(event, DeskFellSilent) else None
            silence = (fact.recorded_at, event.since, measure, event.caravan, event.last_heard)
        await connection.execute(SILENT, *which, *silence)
        return {which}

    async def hear(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Intake's facts that are a sign of a shelter's life. Their order does not matter: the latest counts."""
        heard: dict[Which, datetime] = {}
        for fact in batch:
            if isinstance(fact.event, FROM_THE_SHELTER):
                which = (Kind.SHELTER, fact.event.shelter)
                heard[which] = max(heard.get(which, fact.recorded_at), fact.recorded_at)
        if heard:
            await connection.execute(HEARD, *columns(sorted((*which, None, at) for which, at in heard.items())))
            await self.wind(connection, heard)

    async def wind(self, connection: asyncpg.Connection, which: Iterable[Which] | None) -> None:
        """Sets when each of these is due next; ``None``: of all."""
        rows = [(one.kind, one.code, next_at(one, self._policy)) for one in await self.watched(connection, which)]
        if rows:
            await connection.execute(WIND, *columns(rows))

    async def watched(self, connection: asyncpg.Connection, which: Iterable[Which] | None) -> list[Watched]:
        """What is known of these, or of all."""
        wanted = (None, None) if which is None else columns(sorted(which))
        rows = await connection.fetch(WATCHES, *wanted)
        caravans = await caravans_on(connection)
        owed = await self._owed(connection, [row for row in rows if row["kind"] == Kind.DESK])
        return [self._watched(row, owed.get(row["code"], []), caravans) for row in rows]

    async def _owed(self, connection: asyncpg.Connection, rows: Sequence[Any]) -> dict[str, list[Owed]]:
        found: dict[str, list[Owed]] = {}
        speaking = [(row["code"], row["heard_at"]) for row in rows if row["silent_at"] is None]
        if not speaking:
            return found
        most = max(one.desks.every_hour.in_a_row for one in (self._policy.usual, self._policy.caravan))
        most = max([most, *(one.desks.office_hours.in_a_row for one in (self._policy.usual, self._policy.caravan))])
        codes, heard = columns(speaking)
        for row in await connection.fetch(OWED, codes, heard, list(OWES), list(Urgency), most):
            one = Owed(row["acknowledge_by"], row["sent_at"], Urgency(row["urgency"]), row["state"] in WAITS)
            found.setdefault(row["code"], []).append(one)
        return found

    def _watched(self, row: Any, owed: Sequence[Owed], caravans: Caravans) -> Watched:
        kind, code = Kind(row["kind"]), row["code"]
        states = {state for one in caravans.on for state in self._states(one.shelters)}
        shelters = {shelter for one in caravans.on for shelter in one.shelters}
        on = code in shelters if kind is Kind.SHELTER else bool(states & self._desks.serves(code))
        known = kind is Kind.DESK or code in self._desks.states
        return Watched(
            kind=kind,
            code=code,
            agency=None if row["agency"] is None else Agency(row["agency"]),
            heard_at=(row["heard_at"] or row["known_at"]) if known else None,
            silent_at=row["silent_at"],
            since=row["since"],
            last_heard=row["last_heard"],
            caravan=on,
            hours=EVERY_HOUR if kind is Kind.SHELTER else self._desks.hours_of(code) or EVERY_HOUR,
            season=self._policy.seasons.get(code),
            owed=owed,
        )

    def _states(self, shelters: Iterable[str]) -> set[str]:
        return {self._desks.states[shelter] for shelter in shelters if shelter in self._desks.states}


def _sign(fact: Recorded[Event], staff: frozenset[str], org: str) -> datetime | None:
    """When somebody of an organisation acted, if it was one of theirs."""
    role, _, whose = fact.actor.partition(":")
    return fact.recorded_at if role in staff and whose.partition(":")[0] == org else None


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _only_new(facts: Sequence[Recorded[Event]]) -> bool:
    """Whether these facts only made a referral: then nobody has acted on it, and no desk owes less because of them."""
    made = ReferralProposed | ReferralRequested | ReferralBlocked
    return facts[0].version == 1 and all(isinstance(fact.event, made) for fact in facts)
