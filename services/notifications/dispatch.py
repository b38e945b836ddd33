"""Sends what is due, and records each attempt: the record and the sending are never one step.

A delivery is leased for a minute in PostgreSQL, sent, and its result appended as an event. If the process
dies in between, the lease runs out and the same message is sent again under the same Message-ID: at least
once, and recognisable as the same. Just before it is sent, the referral's own log is asked once more: what
was acknowledged a moment ago is not sent, even if this service has not heard of it yet.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from events.vocabulary import AlertAbout, Urgency
from services.chassis.clock import Clock, NewId, random_id
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.identity import derived
from services.chassis.log import Log
from services.chassis.upstream import Upstream
from services.notifications.bursts import Apart, Held, manner
from services.notifications.domain import HANDED_OVER, SUBJECTS, text_of, text_of_handover, text_of_many
from services.notifications.due import AT_ONCE, BUNDLE, BY_PLACE, DUE, HOLD, LEASE, MORE, Due, by_message, due_of
from services.notifications.links import Link
from services.notifications.results import Results
from services.notifications.standing import still_wanted
from services.notifications.telling import Telling

logger = structlog.get_logger(__name__)

IDLE = 0.5
"""Seconds between looks when nobody announced anything: a delivery may fall due by time alone."""


class Channel(Protocol):
    """A way out of the building."""

    name: str

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one text; nothing when it was taken, otherwise the kind of failure."""


class Dispatcher:
    """Runs beside the notification service until cancelled."""

    def __init__(
        self,
        *,
        log: Log,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        telling: Telling,
        link: Link,
        new_id: NewId = random_id,
    ) -> None:
        """``channels`` by name; a delivery for one that is not configured waits."""
        self._log = log
        self._database = database
        self._clock = clock
        self._channels = channels
        self._telling = telling
        self._link = link
        self._new_id = new_id
        self._results = Results(log, database, clock, telling, list(channels))
        self._referrals = Upstream(database, "referral")
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
                    await asyncio.gather(*(self._attend(one) for one in by_message(due)))
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
        return [due_of(row) for row in rows]

    async def _attend(self, due: Sequence[Due]) -> None:
        """What is due to one contact by one way: at once, after the quiet hours, together, or in a moment."""
        now, quiet = self._clock(), self._telling.quiet.holds
        if due[0].bundle is not None:  # begun before: it goes out as the same message
            return await self._deliver([*due, *await self._others(due[0])])
        ends = None if due[0].quiet is None else due[0].quiet.until(now)
        asleep = [one for one in due if ends is not None and one.urgency in quiet and one.notice is None]
        if asleep and ends is not None:
            await self._results.deferred(asleep, ends)
        left = [one for one in due if one not in asleep]
        of_referrals = [one for one in left if one.notice is None and one.about is AlertAbout.REFERRAL]
        many = [one for one in of_referrals if one.urgency in self._telling.bursts_of(caravan=one.caravan).groups]
        alone = [one for one in left if one not in many]
        await asyncio.gather(
            *(self._deliver([one]) for one in alone),
            *(self._deliver_many([one for one in many if one.caravan is caravan]) for caravan in (False, True)),
        )
        return None

    async def _deliver_many(self, due: list[Due]) -> None:
        """Those that may be grouped, if they are a burst."""
        if not due:
            return
        now, bursts = self._clock(), self._telling.bursts_of(caravan=due[0].caravan)
        if not isinstance(manner(len(due) + 1, due[0].told, now, bursts), Apart):
            due = [*due, *await self._others(due[0])]
        how = manner(len(due), due[0].told, now, bursts)
        if isinstance(how, Apart):
            await asyncio.gather(*(self._deliver([one]) for one in due))
        elif isinstance(how, Held):
            async with self._database.reading() as connection:
                await connection.execute(HOLD, how.until, [one.alert for one in due], due[0].contact)
        else:
            bundle = self._new_id()
            async with self._database.reading() as connection:
                await connection.execute(BUNDLE, bundle, [one.alert for one in due], due[0].contact)
            await self._deliver(due, bundle=bundle)

    async def _others(self, like: Due) -> list[Due]:
        groups = list(self._telling.bursts_of(caravan=like.caravan).groups)
        if like.quiet is not None and like.quiet.until(self._clock()) is not None:
            groups = [one for one in groups if one not in self._telling.quiet.holds]
        arguments = (self._clock(), LEASE, like.contact, like.way, like.bundle, groups, like.caravan)
        async with self._database.reading() as connection, connection.transaction():
            rows = await connection.fetch(MORE, *arguments)
        return [due_of(row, like) for row in rows]

    async def _deliver(self, due: Sequence[Due], bundle: object = None) -> None:
        wanted = await still_wanted(due, self._log, self._referrals)
        if not wanted:
            return  # answered: the queue is emptied as this service hears of it
        first, number = wanted[0], len(wanted)
        bundled = bundle or first.bundle
        subject = SUBJECTS[first.language]
        if first.notice is not None:
            subject = HANDED_OVER[first.language]
            text = text_of_handover(first.notice, first.number, first.urgency, first.language)
            message_id = first.message_id
        elif number == 1:
            text, message_id = (
                text_of(first.urgency, first.code, language=first.language, about=first.about),
                first.message_id,
            )
            text += self._link.to(first)
        else:
            urgency = min(one.urgency for one in wanted)
            text = text_of_many(number, urgency, first.language)
            message_id = f"<{derived(first.alert, f'{bundled} {number} {urgency}')}@canaliza.invalid>"
        failure = await self._channels[first.channel].send(
            target=first.target, subject=subject, text=text, message_id=message_id
        )
        await self._results.record(wanted, failure, message_id)
