"""Sends what is due and records each attempt as an event: two steps, never one.

A delivery is leased for a minute in PostgreSQL, sent, and its result appended. If the process dies in between, the
lease expires and the same message is sent again with the same Message-ID: at least once, and recognisable as a
repetition. Just before sending, the referral's own log is read again: nothing is sent about a referral that was
acknowledged a moment ago, even if that event has not arrived here yet.

Each channel takes its next deliveries when it has done with the last ones: one whose server says nothing delays none
of the others.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol
from uuid import UUID

import structlog

from events.vocabulary import AlertAbout
from services.chassis.clock import Clock, NewId, random_id
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.upstream import Upstream
from services.chassis.ids import uuid5
from services.chassis.liveness import beat
from services.notifications.alerts.texts import mail_subject, text_of, text_of_many, text_of_notice
from services.notifications.delivery.commands import DeliveryResults
from services.notifications.delivery.grouping import Postpone, SendSeparately, grouped_with, grouping
from services.notifications.delivery.links import Link
from services.notifications.delivery.policy import NotificationPolicy
from services.notifications.delivery.projections import bundle_deliveries, hold_deliveries
from services.notifications.delivery.queries import BATCH_SIZE, lease_due, lease_rest_of_burst
from services.notifications.delivery.queue import Due, by_message
from services.notifications.delivery.suppression import drop_answered

logger = structlog.get_logger(__name__)

IDLE = 0.5
"""Seconds between two looks at the queue when no event arrives: a delivery may become due by time alone."""


class Channel(Protocol):
    """Sends messages of one kind, such as e-mail."""

    name: str

    async def send(self, *, target: str, subject: str, text: str, message_id: str) -> str | None:
        """Sends one text. Returns ``None`` if the channel took it, otherwise the kind of failure."""


class Dispatcher:
    """Runs beside the notification service until cancelled."""

    def __init__(
        self,
        *,
        log: Log,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        policy: NotificationPolicy,
        link: Link,
        new_id: NewId = random_id,
    ) -> None:
        """``channels`` by name; a delivery for a channel that is not configured waits."""
        self._log = log
        self._database = database
        self._clock = clock
        self._channels = channels
        self._policy = policy
        self._link = link
        self._new_id = new_id
        self._results = DeliveryResults(log, database, clock, policy, list(channels))
        self._referrals = Upstream(database, "referral")
        self._wake = asyncio.Event()

    def announce(self, batch: object) -> None:
        """Wakes the loop; called after every commit of the log."""
        if batch:
            self._wake.set()

    async def run(self) -> None:
        """Sends until cancelled; retries while the database is unavailable."""
        busy: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._wake.clear()
                due: list[Due] = []
                try:
                    await _forget_done(busy)
                    due = await self._lease([channel for channel in self._channels if channel not in busy])
                    beat()
                except ServiceError as error:
                    logger.warning("dispatch_interrupted", code=error.code)
                for channel, leased in _by_channel(due).items():
                    busy[channel] = asyncio.create_task(
                        self._attend_all(leased, cut=len(due) >= BATCH_SIZE), name=f"channel-{channel}"
                    )
                    busy[channel].add_done_callback(self._woken)
                if not due:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(IDLE):  # not wait_for: Python 3.11's can swallow a cancellation
                            await self._wake.wait()
        finally:
            for task in busy.values():
                task.cancel()
            await asyncio.gather(*busy.values(), return_exceptions=True)

    def _woken(self, _ended: asyncio.Task[None]) -> None:
        self._wake.set()

    async def _lease(self, free: Sequence[str]) -> list[Due]:
        if not free:
            return []
        return await lease_due(self._database, self._clock(), free)

    async def _attend_all(self, due: Sequence[Due], *, cut: bool) -> None:
        await asyncio.gather(*(self._attend(one, cut=cut) for one in by_message(due)))

    async def _attend(self, due: Sequence[Due], *, cut: bool) -> None:
        """Sends, groups or postpones what is due to one contact by one channel.

        ``cut``: more may be due to the contact than was leased, so the rest is looked for before deciding.
        """
        now, quiet = self._clock(), self._policy.quiet.holds
        if due[0].bundle is not None:  # an earlier attempt grouped them: the same message is sent again
            return await self._deliver([*due, *await self._rest_of_burst(due[0])])
        ends = None if due[0].quiet is None else due[0].quiet.until(now)
        asleep = [one for one in due if ends is not None and one.urgency in quiet and one.notice is None]
        if asleep and ends is not None:
            await self._results.deferred(asleep, ends)
        awake = [one for one in due if one not in asleep]
        groups: dict[tuple[frozenset[AlertAbout], bool], list[Due]] = {}
        alone: list[Due] = []
        for one in awake:
            with_it = grouped_with(one.about) if one.notice is None else frozenset()
            if with_it and one.urgency in self._policy.bursts_of(caravan=one.caravan).groups:
                groups.setdefault((with_it, one.caravan), []).append(one)
            else:
                alone.append(one)
        await asyncio.gather(
            *(self._deliver([one]) for one in alone), *(self._deliver_many(many, cut=cut) for many in groups.values())
        )
        return None

    async def _deliver_many(self, due: list[Due], *, cut: bool) -> None:
        """Sends deliveries that may be grouped: separately, unless they are a burst."""
        now, bursts = self._clock(), self._policy.bursts_of(caravan=due[0].caravan)
        if cut or not isinstance(grouping(len(due) + 1, due[0].last_messages, now, bursts), SendSeparately):
            due = [*due, *await self._rest_of_burst(due[0])]
        how = grouping(len(due), due[0].last_messages, now, bursts)
        if isinstance(how, SendSeparately):
            await asyncio.gather(*(self._deliver([one]) for one in due))
        elif isinstance(how, Postpone):
            await hold_deliveries(self._database, how.until, due)
        else:
            bundle = self._new_id()
            await bundle_deliveries(self._database, bundle, due)
            await self._deliver(due, bundle=bundle)

    async def _rest_of_burst(self, like: Due) -> list[Due]:
        urgencies = list(self._policy.bursts_of(caravan=like.caravan).groups)
        if like.quiet is not None and like.quiet.until(self._clock()) is not None:
            urgencies = [one for one in urgencies if one not in self._policy.quiet.holds]
        return await lease_rest_of_burst(self._database, self._clock(), like, urgencies)

    async def _deliver(self, due: Sequence[Due], bundle: UUID | None = None) -> None:
        unanswered = await drop_answered(due, self._log, self._referrals)
        if not unanswered:
            return  # the answer's event removes them from the queue
        first = unanswered[0]
        text, message_id = self._message(unanswered, bundle or first.bundle)
        failure = await self._channels[first.channel].send(
            target=first.target,
            subject=mail_subject(first.notice, first.language),
            text=text,
            message_id=message_id,
        )
        await self._results.record(unanswered, failure, message_id)

    def _message(self, due: Sequence[Due], bundle: UUID | None) -> tuple[str, str]:
        """The text of one message about these alerts, or about a shift handover, and its Message-ID."""
        first, number = due[0], len(due)
        if first.notice is not None:
            text = text_of_notice(first.notice, first.number, first.urgency, first.language)
            return text, first.message_id
        if number == 1:
            text = text_of(first.urgency, first.code, language=first.language, about=first.about)
            return text + self._link.to(first), first.message_id
        urgency = min(one.urgency for one in due)
        message_id = f"<{uuid5(first.alert, f'{bundle} {number} {urgency}')}@canaliza.invalid>"
        return text_of_many(number, urgency, first.language, about=first.about), message_id


def _by_channel(due: Sequence[Due]) -> dict[str, list[Due]]:
    found: dict[str, list[Due]] = {}
    for one in due:
        found.setdefault(one.channel, []).append(one)
    return found


async def _forget_done(busy: dict[str, asyncio.Task[None]]) -> None:
    """Frees the channels that have done with their deliveries; raises what went wrong in one."""
    for channel in [channel for channel, task in busy.items() if task.done()]:
        await busy.pop(channel)
