"""One service as a whole: its log, relay, followers, broker and routes, started and stopped in order."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.chassis.follower import Follower
from services.chassis.foundation import Foundation
from services.chassis.keyring import Keyring
from services.chassis.log import Log
from services.chassis.mute_server import leave_mute_servers
from services.chassis.reacting import Digest
from services.chassis.relay import Relay
from services.chassis.upstream import Upstream

logger = structlog.get_logger(__name__)

CANCELLATIONS = 5


@dataclass
class Service:
    """What a composition root puts together. ``follows`` maps an upstream to what is done with its facts."""

    foundation: Foundation
    log: Log
    router: APIRouter
    pages: APIRouter | None = None
    """What people open in a browser, at the root."""
    follows: dict[str, Digest] = field(default_factory=dict)
    gathering: float = 0.0
    """Seconds that its followers let messages come together after each batch: for services that only tell."""
    keyring: Keyring | None = None
    subscribe: Callable[[NatsBroker], None] | None = None
    """Adds the service's request subjects to its broker."""
    on_stop: Sequence[Callable[[], None]] = ()
    """Ends open streams; harmless when repeated."""
    beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Loops that run for as long as the service does, begun again if they fail."""
    with_nats: Sequence[Callable[[Client], Coroutine[Any, Any, None]]] = ()
    """Such loops that need NATS: begun once it was reached."""
    details: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    """What else readiness tells, by name; no reason not to be ready."""

    def __post_init__(self) -> None:
        """Makes the broker; nothing connects before ``start``."""
        self.broker = self.foundation.broker()
        if self.subscribe is not None:
            self.subscribe(self.broker)
        self.relay: Relay | None = None
        self.followers: list[Follower] = []
        self.client: Client | None = None
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def name(self) -> str:
        """The service's name."""
        return self.foundation.service

    async def start(self) -> None:
        """Starts writing at once; NATS is reached in the background, so that intake accepts without it."""
        self.log.start(compare_first=True)
        if self.keyring is not None:
            self.keyring.start()
        self._tasks.append(asyncio.create_task(self._attach(), name=f"{self.name}-nats"))
        self._tasks += [asyncio.create_task(self._keep(run), name=f"{self.name}-beside") for run in self.beside]

    async def stop(self) -> None:
        """Stops in the reverse order: no new work, then what is under way, then the connections."""
        self.release()
        await self._end_tasks()
        with suppress(NatsError, OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self.broker.stop(), 10)
        if self.keyring is not None:
            await self.keyring.stop()
        await self.log.stop()
        await self.foundation.database.close()

    async def _end_tasks(self) -> None:
        """Cancels, and cancels again: nats-py swallows a cancellation that meets its flush, or an answer."""
        left = {task for task in self._tasks if not task.done()}
        for _ in range(CANCELLATIONS):
            for task in left:
                task.cancel()
            if not left:
                break
            _, left = await asyncio.wait(left, timeout=1)
        if left:
            logger.error("tasks_did_not_end", service=self.name, count=len(left))
        await asyncio.gather(*(task for task in self._tasks if task.done()), return_exceptions=True)

    async def _keep(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await run()
            except Exception:
                logger.exception("loop_failed", service=self.name)
            await asyncio.sleep(1)

    def release(self) -> None:
        """Ends whatever would keep a connection open."""
        for release in self.on_stop:
            release()

    async def _attach(self) -> None:
        """Connects, then copies the log and follows the others' for as long as the service runs."""
        while True:
            try:
                await self.broker.start()
                break
            except Exception as error:  # noqa: BLE001 - whatever NATS has against us now, it may not have later
                logger.warning("nats_unreachable", service=self.name, error=type(error).__name__)
                await asyncio.sleep(1)
        self.client = await self.broker.connect()
        names = self.foundation.names
        replicas = self.foundation.settings.replicas
        self.relay = Relay(self.log, self.client, names, self.name, replicas=replicas)
        self.followers = [
            Follower(
                client=self.client,
                names=names,
                service=self.name,
                upstream=Upstream(self.foundation.database, upstream),
                log=self.log,
                digest=digest,
                clock=self.foundation.clock,
                gathering=self.gathering,
            )
            for upstream, digest in self.follows.items()
        ]
        loops: list[tuple[str, Coroutine[Any, Any, None]]] = [
            ("relay", self.relay.run()),
            ("mute-servers", leave_mute_servers(self.client, names.stream(self.name), service=self.name)),
            *(("with-nats", self._keep(partial(run, self.client))) for run in self.with_nats),
            *((f"follows-{follower.upstream}", follower.run()) for follower in self.followers),
        ]
        async with asyncio.TaskGroup() as group:
            # Each is remembered: a group cancels its tasks only once, and one that swallows that holds it for ever.
            self._tasks += [group.create_task(loop, name=f"{self.name}-{name}") for name, loop in loops]

    @property
    def connected(self) -> bool:
        """Whether NATS is reached right now."""
        return self.client is not None and self.client.is_connected
