"""How much waits at a desk, each number counted no further than people look."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.vocabulary import ReferralState
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.vault.keyring import Keyring
from services.referral.lifecycle.reported import Reported
from services.referral.worklist.filters import ReferralFilters, Visible, visible_to

MOST_COUNTED = 999
"""A number beyond it is shown as more than that: the index is read no further."""
MOST_APPOINTMENTS = 200
"""Appointments are sealed: no more of them are opened for a number."""
BOUNDED = "select count(*) from (select from referral where {conditions} limit {most}) as counted"
SCHEDULED = """
select referral_id, reported from referral where {conditions} order by next_by, sequence limit {most}
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number; ``more``: there are more than were counted."""

    number: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """The numbers that matter at a desk."""

    unacknowledged: Counted
    overdue: Counted
    changed: Counted
    today: Counted
    """Appointments of this day, on the viewer's calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCounts:
    """Counts what waits for a principal."""

    database: Database
    keyring: Keyring

    async def of(self, principal: Principal, now: datetime, zone: ZoneInfo) -> AtTheDesk:
        """The numbers at this moment."""
        async with self.database.as_principal(principal) as connection:

            async def counted(filters: ReferralFilters) -> Counted:
                query, values = _query(BOUNDED, principal, filters, MOST_COUNTED)
                number: int = await connection.fetchval(query, *values)
                return Counted(min(number, MOST_COUNTED), more=number > MOST_COUNTED)

            unacknowledged = await counted(ReferralFilters(states=(ReferralState.REQUESTED,)))
            overdue = await counted(ReferralFilters(overdue_at=now))
            changed = await counted(ReferralFilters(unseen=True))
            scheduled = ReferralFilters(states=(ReferralState.SCHEDULED,))
            query, values = _query(SCHEDULED, principal, scheduled, MOST_APPOINTMENTS)
            rows = await connection.fetch(query, *values)
        today = await self._today(rows[:MOST_APPOINTMENTS], lambda at: at.astimezone(zone).date(), now)
        return AtTheDesk(unacknowledged, overdue, changed, Counted(today, more=len(rows) > MOST_APPOINTMENTS))

    async def _today(self, rows: list[Any], day: Callable[[datetime], Any], now: datetime) -> int:
        """How many of these have their appointment today."""
        said = [(row["referral_id"], Reported.model_validate_json(row["reported"])) for row in rows]
        keys = await self.keyring.load({key for _, one in said for key in one.key_ids()})
        moments = [one.appointment_in(referral, keys) for referral, one in said]
        return sum(at is not None and day(at) == day(now) for at in moments)


def _query(form: str, principal: Principal, filters: ReferralFilters, most: int) -> tuple[str, list[Any]]:
    visible: Visible = visible_to(principal)
    visible.narrow(filters)
    return form.format(conditions=visible.conditions, most=most + 1), visible.values
