"""The end of a shift: a desk is handed over with what is open, and whoever takes it is called first from then on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.notifications import DeskHandedOver, OpenReferral
from events.referral import ReferralFact, ReferralReassessed, ReferralRequested
from events.vocabulary import ReferralState, Urgency
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.notifications.address_book import AddressBook
from services.notifications.whom import Roster

ATTEMPTS = 5
MOST = 400
"""Referrals that one event names; how many there are is said in any case."""
LOOKING_BACK = timedelta(days=60)
S = ReferralState
OPEN = frozenset({S.REQUESTED, S.ACKNOWLEDGED, S.INFO_REQUESTED, S.ACCEPTED, S.SCHEDULED, S.IN_SERVICE, S.EXPIRED})

ALERTED = "select distinct referral_id, code from alert where desk = $1 and not asked and raised_at > $2"
TAKE_OVER = """
insert into on_duty (desk, people) values ($1, $2) on conflict (desk) do update set people = excluded.people
"""
TELL = """
insert into delivery (alert_id, contact_id, referral_id, agency, urgency, code, channel, due_at, escalation, desk,
  notice, number)
select $1, contact_id, $1, $2, $3, '', contact_way.channel, $4, $5, $6, $7, $8
from contact_way join contact using (contact_id) where contact_id = $9 and way = 1 and not disabled
on conflict (alert_id, contact_id) do update set urgency = excluded.urgency, due_at = excluded.due_at,
  escalation = excluded.escalation, notice = excluded.notice, number = excluded.number, leased_until = null,
  attempts = delivery.attempts + 1, way = 1, channel = excluded.channel, rounds = 0
"""
BY_COMMAND = "select * from handover where command = $1"
LAST = "select * from handover where desk = $1 order by sequence desc limit 20"


class UnknownPersonError(ServiceError):
    """Whoever hands over or takes over is not of the desk's agency, is disabled, or is one and the same."""

    code = "unknown_person"
    status = 422
    es = "Quien entrega y quien recibe deben ser dos personas activas de la agencia, por su código."
    en = "Who hands over and who takes over must be two active people of the agency, by their codes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Handovers:
    """Hands desks over; the same command twice takes effect once."""

    log: Log
    database: Database
    clock: Clock
    book: AddressBook
    roster: Roster

    async def hand_over(
        self, command: UUID, desk: str, given_by: str, taken_by: str, principal: Principal
    ) -> dict[str, Any]:
        """What was handed over.

        Raises:
            NotFoundError: no such desk, or another agency's.
            UnknownPersonError: one of the two is nobody there.
        """
        agency = self._agency(desk, principal)
        if given_by == taken_by or not {given_by, taken_by} <= self._people(agency):
            raise UnknownPersonError
        await self.book.ready()
        order = tuple(dict.fromkeys([taken_by, *self.roster.desks[desk].on_call]))
        stream = derived(UUID(int=0), f"notifications/desk/{desk}")
        for _ in range(ATTEMPTS):
            found = await self.open_at(desk)
            workspace = Workspace(self.log, self.clock)
            await workspace.load([stream])
            event = DeskHandedOver(
                agency=agency,
                desk=desk,
                given_by=given_by,
                taken_by=taken_by,
                on_call=order,
                open=tuple(found[:MOST]),
                number=len(found),
            )
            fact = workspace.record(stream, event, case=None, actor=principal.actor, cause=command)
            within = partial(self._take_over, event=event, fact=fact)
            try:
                await self.log.append(Append(entries=workspace.entries, command=command, within=within))
            except VersionConflictError:
                continue
            async with self.database.reading() as connection:
                row = await connection.fetchrow(BY_COMMAND, command)
            if row is None or row["desk"] != desk:
                raise NotFoundError
            return as_item(row)
        raise VersionConflictError

    async def listed(self, desk: str, principal: Principal) -> dict[str, Any]:
        """Who is called first, what is open now, and the last changes of shift.

        Raises:
            NotFoundError: no such desk, or another agency's.
        """
        self._agency(desk, principal)
        async with self.database.reading() as connection:
            rows = await connection.fetch(LAST, desk)
        on_call = list(rows[0]["on_call"]) if rows else list(self.roster.desks[desk].on_call)
        found = [one.model_dump(mode="json") for one in await self.open_at(desk)]
        return {"desk": desk, "on_call": on_call, "open": found, "handovers": [as_item(row) for row in rows]}

    async def open_at(self, desk: str) -> list[OpenReferral]:
        """What was sent to a desk and is not at an end, as the referrals' own log has it now; the most urgent first."""
        async with self.database.own_work() as connection:
            rows = await connection.fetch(ALERTED, desk, self.clock() - LOOKING_BACK)
        codes = {UUID(int=row["referral_id"].int): row["code"] for row in rows}
        histories = await Upstream(self.database, "referral").streams(set(codes))
        found = []
        for referral, history in histories.items():
            urgency, state = urgency_and_state(history)
            if urgency is not None and state in OPEN:
                found.append(
                    OpenReferral(code=codes[UUID(int=referral.int)], urgency=urgency, state=ReferralState(state))
                )
        return sorted(found, key=lambda one: (one.urgency, one.code))

    async def _take_over(self, connection: asyncpg.Connection, event: DeskHandedOver, fact: Recorded[Event]) -> None:
        await connection.execute(TAKE_OVER, event.desk, [event.taken_by])
        await self.book.rewrite(connection)
        urgency = min((one.urgency for one in event.open), default=Urgency.U3)
        said = (fact.stream, event.agency, urgency, fact.recorded_at, fact.id, event.desk)
        for notice, person in (("given", event.given_by), ("taken", event.taken_by)):
            await connection.execute(TELL, *said, notice, event.number, person)

    def _agency(self, desk: str, principal: Principal) -> Any:
        known = self.roster.desks.get(desk)
        if known is None or not allowed(principal, Action.HAND_OVER, agency=known.agency):
            raise NotFoundError
        return known.agency

    def _people(self, agency: str) -> set[str]:
        on_call = {code for desk in self.roster.desks.values() if desk.agency == agency for code in desk.on_call}
        return (on_call | set(self.roster.supervisors.get(agency, ()))) - self.roster.gone


def urgency_and_state(history: Sequence[Recorded[Event]]) -> tuple[Urgency | None, ReferralState | None]:
    """How urgent a referral is and where in its life; ``None``: it was never sent."""
    urgency: Urgency | None = None
    state: ReferralState | None = None
    for fact in history:
        if isinstance(fact.event, ReferralRequested | ReferralReassessed):
            urgency = fact.event.urgency
        if isinstance(fact.event, ReferralFact) and fact.event.STATE is not None:
            state = fact.event.STATE
    return urgency, state


def as_item(row: Any) -> dict[str, Any]:
    """One change of shift as the API shows it."""
    said = {name: row[name] for name in ("desk", "agency", "given_by", "taken_by", "number")}
    return {**said, "on_call": list(row["on_call"]), "open": json.loads(row["open"]), "at": row["at"].isoformat()}
