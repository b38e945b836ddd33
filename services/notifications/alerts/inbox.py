"""The alerts of a page: what still waits for an answer, the most urgent first, or what was answered last."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertDelivered, AlertNotDelivered
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.database import Database
from services.chassis.eventlog.log import Log
from services.chassis.ids import parse_uuid
from services.chassis.web.cursors import Cursors, not_a_cursor
from services.notifications.alerts.domain import ends_when_read
from services.notifications.alerts.queries import OWN, PROGRAMMES, alert_of_row
from services.notifications.alerts.schemas import Alert

PAGE_SIZE = 25
Which = Literal["pending", "answered"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PENDING = """
select * from alert where state = 'pending' and {own}
  and ($2::text is null or (urgency, raised_at, alert_id) > ($2, $3, $4))
order by urgency, raised_at, alert_id limit $5
"""
ANSWERED = """
select * from alert where state = 'answered' and {own}
  and ($2::text is null or (answered_at, alert_id) < ($3, $4))
order by answered_at desc, alert_id desc limit $5
"""
COUNT = "select urgency, count(*) as number from alert where state = 'pending' and {own} group by urgency"


@dataclass(frozen=True, slots=True)
class Sent:
    """How often an alert left by one channel, and how often it did not."""

    channel: str
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class InboxAlert:
    """An alert with what a page shows besides."""

    alert: Alert
    sent: Sequence[Sent]
    asked: bool
    """Whether the reader's agency is asked in another's stead."""
    ends_when_read: bool
    """Whether it asks for nothing, so that somebody may say that they have read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Reads the alerts that a principal may see, as the API's list does, in the order of a page."""

    database: Database
    log: Log
    cursors: Cursors

    async def page(self, principal: Principal, which: Which, after: str | None) -> tuple[list[InboxAlert], str | None]:
        """A page of the alerts, and the place after it; ``None``: it was the last.

        Raises:
            MalformedRequestError: ``after`` was not issued by this list.
        """
        place = self._read(after, which, principal)
        async with self.database.as_principal(principal) as connection:
            query = PENDING if which == "pending" else ANSWERED
            rows = await connection.fetch(query.format(own=_own(principal)), principal.org, *place, PAGE_SIZE + 1)
        shown = rows[:PAGE_SIZE]
        histories = await self.log.streams([row["alert_id"] for row in shown])
        found = [self._shown(row, histories[row["alert_id"]], principal) for row in shown]
        return found, self._issue(shown[-1], which, principal) if len(rows) > PAGE_SIZE else None

    async def waiting(self, principal: Principal) -> dict[str, int]:
        """How many alerts wait, by urgency."""
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(COUNT.format(own=_own(principal)), principal.org)
        return {row["urgency"]: row["number"] for row in rows}

    def _shown(self, row: Any, history: Sequence[Recorded[Event]], principal: Principal) -> InboxAlert:
        alert = alert_of_row(row, self.cursors, principal)
        read = row["state"] == "pending" and ends_when_read(history, alert.about, alert.shelter)
        return InboxAlert(alert, _sent(history), row["asked"], read)

    def _issue(self, row: Any, which: Which, principal: Principal) -> str:
        at = row["raised_at"] if which == "pending" else row["answered_at"]
        place = f"{row['urgency']} {(at - EPOCH) // timedelta(microseconds=1)} {row['alert_id']}"
        return self.cursors.issue(f"inbox {which}", principal, place)

    def _read(
        self, after: str | None, which: Which, principal: Principal
    ) -> tuple[str | None, datetime | None, UUID | None]:
        if not after:
            return None, None, None
        parts = self.cursors.read(after, f"inbox {which}", principal).split(" ")
        if len(parts) != 3:
            raise not_a_cursor()
        return parts[0], EPOCH + timedelta(microseconds=int(parts[1])), parse_uuid(parts[2])


def _own(principal: Principal) -> str:
    return OWN.get(scope_of(principal, Action.SEE_ALERTS) or Scope.OWN_AGENCY, PROGRAMMES)


def _sent(history: Sequence[Recorded[Event]]) -> list[Sent]:
    """The attempts, by channel in the order in which they were first tried."""
    delivered, failed = Counter[str](), Counter[str]()
    channels: dict[str, None] = {}
    for fact in history:
        match fact.event:
            case AlertDelivered(channel=channel):
                channels.setdefault(channel)
                delivered[channel] += 1
            case AlertNotDelivered(channel=channel):
                channels.setdefault(channel)
                failed[channel] += 1
    return [Sent(channel, delivered[channel], failed[channel]) for channel in channels]
