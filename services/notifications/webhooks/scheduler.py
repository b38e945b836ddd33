"""Sends each webhook the events of the referral log after its position, in order; each in a task of its own.

The position advances once the receiver answered 2xx: after a crash in between, the same message is sent again with the
same ``webhook-id``. A failure postpones that webhook alone, longer each time; after days of failures, or at once when
the receiver answers 410, it is disabled with a reason that its organisation sees, and can be replayed. A webhook that
is deleted, disabled or replayed loses its lease, and its task ends, whatever its receiver does. Messages on their way
take places: a few of each organisation, and so many of all of them.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from uuid import UUID

import httpx2
import structlog

from events.contract import Event, Recorded
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.liveness import beat
from services.chassis.own_threads import OwnThreads
from services.notifications.webhooks.commands import WebhookCommands
from services.notifications.webhooks.domain import SUBSCRIBABLE, LeasedWebhook, is_visible_to, payload
from services.notifications.webhooks.places import Places
from services.notifications.webhooks.projections import advance, number_message, postpone, seal_what_is_in_clear
from services.notifications.webhooks.queries import events_after, failures, lease_due, renew, still_leased
from services.notifications.webhooks.receiver import Receiver
from services.notifications.webhooks.sealed_secrets import SealedSecrets, SecretLostError
from services.notifications.webhooks.signing import retry_after

logger = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""Much longer than an attempt; each message that was taken extends it."""
IDLE = 0.5
"""Seconds between two looks when nothing is due."""
GIVE_UP = timedelta(days=3)
"""How long a webhook may fail before it is disabled."""


class WebhookSender:
    """Runs beside the notification service until cancelled."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jitter: Callable[[], float],
        private: bool,
        commands: WebhookCommands,
        secrets: SealedSecrets,
        places: Places,
    ) -> None:
        """``jitter`` (0 to 1) spreads retries; ``private`` allows private addresses."""
        self._database = database
        self._clock = clock
        self._jitter = jitter
        self._private = private
        self._commands = commands
        self._secrets = secrets
        self._places = places
        self._lookups: dict[UUID, OwnThreads] = {}
        """Kept between a webhook's attempts: a look-up that hangs is its next one's hindrance, and nobody else's."""

    async def run(self) -> None:
        """Sends until cancelled; retries while the database is unavailable."""
        tasks: dict[UUID, asyncio.Task[None]] = {}
        sealed = False
        try:
            while True:
                leased: list[LeasedWebhook] = []
                try:
                    if not sealed:
                        await seal_what_is_in_clear(self._database, self._secrets.seal)
                        sealed = True
                    leased = await lease_due(self._database, self._clock(), LEASE)
                    await self._end_lost(tasks)
                    beat()
                except ServiceError as error:
                    logger.warning("webhooks_interrupted", code=error.code)
                for hook in leased:
                    await _end(tasks.pop(hook.id, None))  # whoever has the lease sends, and nobody else
                    tasks[hook.id] = asyncio.create_task(self._serve_safely(hook), name=f"webhook-{hook.id}")
                if not leased:
                    await _pause(tasks)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Whom this machine trusts, read when the first webhook is served: most installations have none."""
        return httpx2.create_ssl_context(trust_env=False)

    async def _end_lost(self, tasks: dict[UUID, asyncio.Task[None]]) -> None:
        """Ends the tasks of webhooks that have lost their lease, and forgets those that have ended."""
        for hook in [hook for hook, task in tasks.items() if task.done()]:
            del tasks[hook]
        if tasks:
            kept = await still_leased(self._database, list(tasks))
            for hook in tasks.keys() - kept:
                await _end(tasks.pop(hook))

    async def _serve_safely(self, hook: LeasedWebhook) -> None:
        """Serves one webhook; whatever goes wrong is its own, and its lease ends by time."""
        try:
            await self._serve(hook)
        except ServiceError as error:
            logger.warning("webhooks_interrupted", code=error.code)
        except Exception as error:  # noqa: BLE001 - a message that cannot be made stops no other webhook
            logger.error("webhook_failed", error=type(error).__name__)  # noqa: TRY400 - a traceback could quote a message

    async def _serve(self, hook: LeasedWebhook) -> None:
        """Sends one batch of events; stops at the first failure, or when the lease is lost."""
        position = hook.position
        lookups = self._lookups.setdefault(hook.id, OwnThreads("webhook-name", 1))
        async with Receiver(hook.url, self._tls, lookups=lookups, private=self._private) as receiver:
            for fact, sent in await events_after(self._database, position):
                if _is_subscribed(hook, fact, sent=sent):
                    async with self._places.of(hook.org) as waited:
                        if waited:
                            leased = await renew(self._database, hook, self._clock() + LEASE)
                            if leased is None:
                                return
                            hook = replace(hook, leased_until=leased)
                        failure = await self._post(hook, fact, receiver)
                    if failure is not None:
                        await self._postpone(hook, position, failure)
                        return
                    leased = await advance(self._database, hook, fact.position, self._clock() + LEASE)
                    if leased is None:
                        return
                    hook = replace(hook, leased_until=leased)
                position = fact.position
        await advance(self._database, hook, position, None)

    async def _post(self, hook: LeasedWebhook, fact: Recorded[Event], receiver: Receiver) -> str | None:
        """Sends one message. Returns ``None`` if the receiver took it, otherwise the kind of failure."""
        try:
            secret = self._secrets.open(hook.id, hook.sealed_secret)
        except SecretLostError:
            return "secret_lost"
        number = await number_message(self._database, hook.id, fact.position)
        if number is None:
            return "not_numbered"
        return await receiver.post(secret, str(fact.id), payload(fact, number), self._clock())

    async def _postpone(self, hook: LeasedWebhook, position: int, failure: str) -> None:
        """Postpones a webhook after a failure, or gives it up: by its row, which has what was taken meanwhile."""
        found, now = await failures(self._database, hook), self._clock()
        if found is None:
            return
        if failure == "gone":
            await self._commands.disable(hook, "gone")
        elif now - (found.since or now) >= GIVE_UP:
            await self._commands.disable(hook, "failing_for_days")
        else:
            due = now + retry_after(found.attempts + 1, self._jitter())
            await postpone(self._database, hook, position, due, now)
            logger.warning("webhook_failed", code=failure)


async def _end(task: asyncio.Task[None] | None) -> None:
    """Cancels a task, and waits until it has closed its connection."""
    if task is not None:
        task.cancel()
        await asyncio.wait({task})


async def _pause(tasks: Mapping[UUID, asyncio.Task[None]]) -> None:
    """Waits for the next look: for a moment, or until a task has ended, whose webhook may have more to be sent."""
    if tasks:
        await asyncio.wait(tasks.values(), timeout=IDLE, return_when=asyncio.FIRST_COMPLETED)
    else:
        await asyncio.sleep(IDLE)


def _is_subscribed(hook: LeasedWebhook, fact: Recorded[Event], *, sent: bool) -> bool:
    name = fact.event.NAME
    return name in SUBSCRIBABLE and name in hook.events and is_visible_to(fact, hook.org, sent=sent)
