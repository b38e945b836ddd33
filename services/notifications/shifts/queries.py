"""Who is on call at a desk, its open referrals and its last shift handovers."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from events.notifications import OpenReferral
from events.vocabulary import Agency
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.upstream import Upstream, not_ended
from services.notifications.contacts.roster import Roster
from services.notifications.shifts.domain import ENDINGS, OPEN_STATES, urgency_and_state
from services.notifications.shifts.schemas import DeskShift, ReferralAtDesk, ShiftHandover

ALERTED_WITHIN = timedelta(days=60)
"""Older alerts do not count as open at a desk."""

ALERTED = f"""
select referral_id, code from (
  select distinct referral_id, code from alert
  where (desk = $1 or formerly = $1) and about in ('referral', 'change') and not asked and raised_at > $2) as alerted
where {not_ended("referral", "alerted.referral_id", "$3::text[]")}
"""
BY_COMMAND = "select * from handover where command = $1"
LAST_HANDOVERS = "select * from handover where desk = $1 order by sequence desc limit 20"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """Reads the desks of the directory, their open referrals and their shift handovers."""

    database: Database
    clock: Clock
    roster: Roster

    async def at(self, desk: str, principal: Principal) -> DeskShift:
        """The on-call order of a desk, its open referrals and its last 20 handovers.

        Raises:
            NotFoundError: no such desk, or another agency's.
        """
        on_call, handovers = await self.on_call(desk, principal)
        found = [
            ReferralAtDesk(code=one.code, urgency=one.urgency, state=one.state) for one in await self.open_at(desk)
        ]
        return DeskShift(desk=desk, on_call=on_call, open=found, handovers=handovers)

    async def on_call(self, desk: str, principal: Principal) -> tuple[list[str], list[ShiftHandover]]:
        """The on-call order of a desk and its last 20 handovers.

        Raises:
            NotFoundError: no such desk, or another agency's.
        """
        self.agency(desk, principal)
        async with self.database.reading() as connection:
            rows = await connection.fetch(LAST_HANDOVERS, desk)
        on_call = list(rows[0]["on_call"]) if rows else list(self.roster.desks[desk].on_call)
        return on_call, [_handover(row) for row in rows]

    async def handed_over(self, command: UUID) -> ShiftHandover:
        """The handover that a command made."""
        async with self.database.reading() as connection:
            return _handover(await connection.fetchrow(BY_COMMAND, command))

    async def open_at(self, desk: str) -> list[OpenReferral]:
        """The open referrals of a desk by the referral log as it is now, the most urgent first."""
        return [one for one, _ in await self.open_by_id(desk)]

    async def open_by_id(self, desk: str) -> list[tuple[OpenReferral, UUID]]:
        """The same, each with the id of its referral."""
        async with self.database.as_system() as connection:
            ended = [f"{name}.v" for name in ENDINGS]
            rows = await connection.fetch(ALERTED, desk, self.clock() - ALERTED_WITHIN, ended)
        codes = {row["referral_id"]: row["code"] for row in rows}
        histories = await Upstream(self.database, "referral").streams({UUID(int=one.int) for one in codes})
        found = []
        for referral, history in histories.items():
            urgency, state = urgency_and_state(history)
            if urgency is not None and state is not None and state in OPEN_STATES:
                found.append((OpenReferral(code=codes[referral], urgency=urgency, state=state), referral))
        return sorted(found, key=lambda one: (one[0].urgency, one[0].code))

    async def number(self, desk: str) -> int:
        """How often a desk was handed over: an open page says by it which shift it shows."""
        async with self.database.reading() as connection:
            number: int = await connection.fetchval("select count(*) from handover where desk = $1", desk)
            return number

    def desks(self, principal: Principal) -> list[str]:
        """The desks that the principal may hand over: first those where they are on call."""
        own = {code: desk for code, desk in self.roster.desks.items() if _may(principal, desk.agency)}
        return sorted(own, key=lambda code: (principal.person not in own[code].on_call, code))

    def agency(self, desk: str, principal: Principal) -> Agency:
        """The agency of a desk.

        Raises:
            NotFoundError: no such desk, or another agency's.
        """
        found = self.roster.desks.get(desk)
        if found is None or not _may(principal, found.agency):
            raise NotFoundError
        return Agency(found.agency)

    def people(self, agency: Agency) -> set[str]:
        """The people of an agency who may hand over or take a desk, by their codes in the directory."""
        on_call = {code for desk in self.roster.desks.values() if desk.agency == agency for code in desk.on_call}
        return (on_call | set(self.roster.supervisors.get(agency, ()))) - self.roster.gone


def _may(principal: Principal, agency: str) -> bool:
    return allowed(principal, Action.HAND_OVER, agency=agency)


def _handover(row: Any) -> ShiftHandover:
    values = {name: row[name] for name in ("desk", "agency", "given_by", "taken_by", "number", "at")}
    return ShiftHandover(**values, on_call=list(row["on_call"]), open=json.loads(row["open"]))
