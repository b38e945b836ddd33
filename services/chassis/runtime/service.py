"""One service as a whole: its log, relay, followers, broker and routes, started and stopped in order."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from fastapi import APIRouter
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.vocabulary import Watched
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.reactions import BatchHandler
from services.chassis.eventlog.upstream import Upstream
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.messaging.closing import close_for_good
from services.chassis.messaging.failover import leave_silent_servers
from services.chassis.replication.comparison import Comparing
from services.chassis.replication.follower import Follower
from services.chassis.replication.parking import ParkedCases
from services.chassis.replication.relay import Relay
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.checks import Check
from services.chassis.runtime.heartbeat import Heartbeat
from services.chassis.runtime.leadership import Leadership
from services.chassis.runtime.loops import Loops, Run, name_of
from services.chassis.runtime.tasks import end
from services.chassis.telemetry.gauges import GaugeLook, Tell
from services.chassis.vault.epochs import KeysUnavailableError
from services.chassis.vault.keyring import Keyring

logger = structlog.get_logger(__name__)

FlowLook = Callable[[asyncpg.Connection], Awaitable[Sequence[Check]]]
"""Reads the service's own tables, as the system, and tells what in them is late."""
UrgentCases = Callable[[Collection[UUID]], Awaitable[Collection[UUID]]]
"""Chooses those of the cases that an operator must look at first."""


@dataclass
class Service:
    """A service as its composition root builds it. ``follows`` maps an upstream to the handler of its events."""

    context: ServiceContext
    log: Log
    router: APIRouter
    pages: APIRouter | None = None
    """Pages for people, mounted at the root."""
    follows: dict[str, BatchHandler] = field(default_factory=dict)
    gathering: float = 0.0
    """Seconds that its followers wait after each batch, so that the next is larger: for services that only show."""
    keyring: Keyring | None = None
    subscribe: Callable[[NatsBroker], None] | None = None
    """Adds the service's request subjects to its broker."""
    on_stop: Sequence[Callable[[], None]] = ()
    """Functions that end open streams; harmless when repeated."""
    loops: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Loops of the instance that leads, for as long as it does; started again if they fail."""
    loops_everywhere: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Such loops of every instance, as long as it runs: what its own pages, streams and caches live on."""
    with_nats: Sequence[Callable[[Client], Coroutine[Any, Any, None]]] = ()
    """Loops of the instance that leads that need NATS: started once it is connected."""
    with_nats_everywhere: Sequence[Callable[[Client], Coroutine[Any, Any, None]]] = ()
    """Such loops of every instance."""
    details: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    """Further values that readiness shows, by name; they do not affect the result."""
    flow: Sequence[FlowLook] = ()
    """Looks at the service's own queues and timers, whether anything in them is late."""
    gauges: Sequence[GaugeLook] = ()
    """Looks at the service's own tables, for those who watch it."""
    told: Sequence[Tell] = ()
    """Values that this process has in memory, for the same."""
    parked_cases: ParkedCases | None = None
    """Records that a case cannot be routed because an event of it was parked."""
    urgent_cases: UrgentCases | None = None
    """Orders the list of parked events."""
    comparing: Comparing | None = None
    """Told how the log compares with its stream."""

    def __post_init__(self) -> None:
        """Makes the broker; nothing connects before ``start``."""
        self.broker = self.context.broker()
        if self.subscribe is not None:
            self.subscribe(self.broker)
        self.relay: Relay | None = None
        self.followers: list[Follower] = []
        self.client: Client | None = None
        self.loops_kept = Loops(self.name)
        self.heartbeat = Heartbeat(self.log, self.name, self.context.settings.heartbeat)
        self.leadership = Leadership(self.context.database, begin=self._begin_to_lead, end=self._end_leading)
        self._attached = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self._leading: list[asyncio.Task[Any]] = []
        self._leadership: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The service's name."""
        return self.context.service

    async def start(self) -> None:
        """Starts the writer at once, and connects to NATS in the background: intake accepts cases without it."""
        logger.info("service_started", service=self.name, version=version("canaliza"))
        self.log.start(compare_first=True)
        if self.keyring is not None:
            self.keyring.start()
        counting = partial(self.context.counts.run, self.context.database, self.context.clock)
        kept: list[tuple[str, Run]] = [("nats", self._attach), ("heartbeat", self.heartbeat.run)]
        kept += [("counting", counting), *((name_of(run), run) for run in self.loops_everywhere)]
        self._tasks = [self._kept(*each) for each in kept]
        self._leadership = self._kept("leadership", self.leadership.run)

    def _kept(self, name: str, run: Run, *, ends: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(self.loops_kept.keep(name, run, ends=ends), name=f"{self.name}-{name}")

    def _begin_to_lead(self) -> None:
        """Starts what one instance does at a time; what needs NATS waits for it."""
        self.log.appended.set()  # the relay has been comparing: from now on it copies
        self._leading = [
            *(self._kept(name_of(run), run) for run in self.loops),
            asyncio.create_task(self._lead_with_nats(), name=f"{self.name}-leads"),
        ]

    async def _lead_with_nats(self) -> None:
        await self._attached.wait()
        assert self.client is not None  # noqa: S101 - attached
        follows = [self._kept(f"follows-{each.upstream}", each.run, ends=True) for each in self.followers]
        named = [(f"{name_of(run)}-{n}", partial(run, self.client)) for n, run in enumerate(self.with_nats, 1)]
        self._leading += [*follows, *(self._kept(*each) for each in named)]

    async def _end_leading(self) -> None:
        await end(self._leading, service=self.name)
        self._leading = []  # not before: whoever stops meanwhile ends what is left

    async def check_keys(self) -> None:
        """Compares the key file with the vault's check values, if the database answers.

        Raises:
            KeysUnavailableError: it is another installation's file, or lacks a key that is in use.
        """
        if self.keyring is None:
            return
        try:
            await self.keyring.verify()
        except KeysUnavailableError:
            raise
        except StoreUnavailableError:
            pass  # without its database a service starts all the same; the vault takes and opens nothing unverified

    async def stop(self) -> None:
        """Stops in the reverse order: streams, tasks, then the connections."""
        self.release()
        if self._leadership is not None:
            await end([self._leadership], service=self.name)  # ends what it began before the lock is another's
        await end([*self._tasks, *self._leading], service=self.name)
        with suppress(NatsError, OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self.broker.stop(), 10)
        if self.client is not None:
            await close_for_good(self.client)
        if self.keyring is not None:
            await self.keyring.stop()
        await self.log.stop()
        await self.context.database.close()
        logger.info("service_stopped", service=self.name)

    def release(self) -> None:
        """Ends the open streams, which would keep their connections open."""
        for release in self.on_stop:
            release()

    async def _attach(self) -> None:
        """Connects to NATS, makes the followers, and runs what every instance runs on it."""
        while True:
            raise_if_cancelled()
            try:
                await self.broker.start()
                break
            except Exception as error:  # noqa: BLE001 - any refusal of NATS may be temporary
                logger.warning("nats_unreachable", service=self.name, error=type(error).__name__)
                await asyncio.sleep(1)
        logger.info("nats_connected", service=self.name)
        self.client = await self.broker.connect()
        names = self.context.names
        replicas = self.context.settings.replicas
        self.relay = Relay(
            self.log,
            self.client,
            self.name,
            lambda: self.context.outlet,
            replicas=replicas,
            comparing=self.comparing,
            on_foreign=partial(self.context.counts.count_everywhere, Watched.FOREIGN_MESSAGES),
            leads=lambda: self.leadership.leads,
        )
        self.followers = [
            Follower(
                client=self.client,
                names=names,
                service=self.name,
                upstream=Upstream(self.context.database, upstream),
                log=self.log,
                handle=handle,
                clock=self.context.clock,
                gathering=self.gathering,
                parked_cases=self.parked_cases,
            )
            for upstream, handle in self.follows.items()
        ]
        self._attached.set()
        silent = partial(leave_silent_servers, self.client, names.stream(self.name), service=self.name)
        loops: list[tuple[str, Run, bool]] = [("relay", self.relay.run, True), ("failover", silent, False)]
        loops += [
            (f"{name_of(run)}-{n}", partial(run, self.client), False)
            for n, run in enumerate(self.with_nats_everywhere, 1 + len(self.with_nats))
        ]
        async with asyncio.TaskGroup() as group:
            # Kept in _tasks too: a group cancels its tasks only once, and nats-py may swallow that one cancellation.
            self._tasks += [
                group.create_task(self.loops_kept.keep(name, run, ends=ends), name=f"{self.name}-{name}")
                for name, run, ends in loops
            ]

    @property
    def connected(self) -> bool:
        """Whether NATS is connected."""
        return self.client is not None and self.client.is_connected

    @property
    def attached(self) -> bool:
        """Whether the service copies its log and follows the others, as far as this process can tell.

        An instance that does not lead copies and follows nothing: it has compared its log, and knows that one leads.
        """
        return (
            self.connected
            and self.relay is not None
            and self.relay.connected
            and self.leadership.is_settled
            and (not self.leadership.leads or all(follower.following for follower in self.followers))
        )
