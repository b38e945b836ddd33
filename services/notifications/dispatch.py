"""Sends what is due, and records each attempt: the record and the sending are never one step.

A delivery is leased for a minute in PostgreSQL, sent, and its result appended as an event. If the process
dies in between, the lease runs out and the same message is sent again under the same Message-ID: at least
once, and recognisable as the same.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog

from events.contract import Event
from events.notifications import AlertDelivered, AlertNotDelivered
from events.vocabulary import Agency, AlertAbout, Urgency
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.notifications.domain import SUBJECT, is_answered, next_attempt, text_of

logger = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
AT_ONCE = 8
IDLE = 0.5
"""Seconds between looks when nobody announced anything: a delivery may fall due by time alone."""

DUE = """
update delivery set leased_until = $1::timestamptz + $2::interval
from (
  select d.alert_id, d.contact_id, c.target
  from unnest($4::text[]) as way (channel) cross join unnest($5::text[]) as u (urgency)
  cross join lateral (
    select * from delivery where channel = way.channel and delivery.urgency = u.urgency and due_at <= $1
    and (leased_until is null or leased_until <= $1) order by due_at limit $3 for update skip locked) d
  join contact c using (contact_id)
  order by d.urgency, d.due_at limit $3) due
where delivery.alert_id = due.alert_id and delivery.contact_id = due.contact_id
returning delivery.*, due.target
"""
"""The most urgent first, of those the longest due. A place in the index for each channel and urgency: what waits there
for later, or for a channel that is not configured, is not looked at, however much it is."""
BY_PLACE = "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off"
"""The plan is kept from when nothing waited (ADR 0002)."""


class Channel(Protocol):
    """A way out of the building."""

    name: str

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one text; nothing when it was taken, otherwise the kind of failure."""


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery that was leased."""

    alert: UUID
    referral: UUID
    case: UUID | None
    agency: Agency
    urgency: Urgency
    code: str
    channel: str
    contact: str
    target: str
    attempts: int
    escalation: UUID | None = None
    about: AlertAbout = AlertAbout.REFERRAL

    @property
    def message_id(self) -> str:
        """The same for every attempt, another once the alert is more urgent or a rung higher, and telling nothing."""
        what = f"{self.contact} {self.urgency}" + (f" {self.escalation}" if self.escalation else "")
        return f"<{derived(self.alert, what)}@canaliza.invalid>"


class Dispatcher:
    """Runs beside the notification service until cancelled."""

    def __init__(self, *, log: Log, database: Database, clock: Clock, channels: Mapping[str, Channel]) -> None:
        """``channels`` by name; a delivery for one that is not configured waits."""
        self._log = log
        self._database = database
        self._clock = clock
        self._channels = channels
        self._wake = asyncio.Event()

    def announce(self, batch: object) -> None:
        """Called after every commit of the log: something may have fallen due."""
        if batch:
            self._wake.set()

    async def run(self) -> None:
        """Sends for ever; an outage of the database is waited out."""
        while True:
            self._wake.clear()
            try:
                due = await self._lease()
                if due:
                    await asyncio.gather(*(self._deliver(one) for one in due))
                    continue
            except ServiceError as error:
                logger.warning("dispatch_interrupted", code=error.code)
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE):  # not wait_for: in Python 3.11 it can swallow a cancellation
                    await self._wake.wait()

    async def _lease(self) -> list[Due]:
        if not self._channels:
            return []
        async with self._database.reading() as connection, connection.transaction():
            await connection.execute(BY_PLACE)
            rows = await connection.fetch(DUE, self._clock(), LEASE, AT_ONCE, list(self._channels), list(Urgency))
        return [_due(row) for row in rows]

    async def _deliver(self, due: Due) -> None:
        failure = await self._channels[due.channel].send(
            target=due.target,
            subject=SUBJECT,
            text=text_of(due.urgency, due.code, due.about),
            message_id=due.message_id,
        )
        await self._record(due, failure)

    async def _record(self, due: Due, failure: str | None) -> None:
        """Appends the result. Acknowledged meanwhile: the attempt is still a fact, but nothing follows from it."""
        for _ in range(5):
            workspace = Workspace(self._log, self._clock)
            await workspace.load([due.alert])
            answered = is_answered(workspace.history(due.alert))
            event = self._result(due, failure, answered=answered)
            cause = workspace.history(due.alert)[0]
            workspace.record(due.alert, event, case=due.case, actor="notifications", cause=cause)
            try:
                await self._log.append(Append(entries=workspace.entries))
            except VersionConflictError:
                continue
            return

    def _result(self, due: Due, failure: str | None, *, answered: bool) -> Event:
        attempt = due.attempts + 1
        if failure is None:
            return AlertDelivered(
                referral=due.referral, agency=due.agency, channel=due.channel, contact=due.contact, attempt=attempt
            )
        retry = None if answered else self._clock() + next_attempt(due.urgency, attempt)
        return AlertNotDelivered(
            referral=due.referral,
            agency=due.agency,
            channel=due.channel,
            contact=due.contact,
            attempt=attempt,
            failure=failure,
            retry_at=retry,
        )


def _due(row: Any) -> Due:
    case, escalation = row["case_id"], row["escalation"]
    return Due(
        alert=UUID(int=row["alert_id"].int),
        referral=UUID(int=row["referral_id"].int),
        case=None if case is None else UUID(int=case.int),
        agency=Agency(row["agency"]),
        urgency=Urgency(row["urgency"]),
        code=row["code"],
        channel=row["channel"],
        contact=row["contact_id"],
        target=row["target"],
        attempts=row["attempts"],
        about=AlertAbout(row["about"]),
        escalation=None if escalation is None else UUID(int=escalation.int),
    )
