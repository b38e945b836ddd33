"""The eventsourcing library's own way: a ``System`` of applications in its multi-threaded runner.

Its PostgreSQL recorder on the same server; its own notification logs and prompts in the place of NATS; one process.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.system import MultiThreadedRunner, System

from benchmarks.arrivals import offer
from benchmarks.cases import Shape, ids, peers_case
from benchmarks.contenders import Contender
from benchmarks.contenders.library_apps import SHAPES, STAMPS, Audit, Intake, Notifications, Referral, Status
from benchmarks.processes import Orders, obey

LIBRARY = Contender(
    name="library",
    note="eventsourcing's System with MultiThreadedRunner on PostgreSQL; one process, its own notifications, no NATS",
    module="benchmarks.contenders.library",
    roles=("system",),
    last_record="select coalesce((select max(notification_id) from notifications_events), 0)",
    records="select originator_id, count(*) from notifications_events where notification_id > $1 group by 1",
)
PIPES: list[list[type[Application[UUID]]]] = [
    [Intake, Referral, Notifications],
    [Intake, Audit],
    [Referral, Audit],
    [Notifications, Audit],
    [Referral, Status],
    [Notifications, Status],
]
"""The same hops as the program's."""
CALLERS = 4
"""Threads that submit: its recorder locks the table for every commit, more of them only wait."""


class OneSystem:
    """The applications."""

    def __init__(self) -> None:
        """Nothing runs before ``start``."""
        self._callers = ThreadPoolExecutor(CALLERS)

    def orders(self) -> Orders:
        """The orders it takes."""
        return {
            "start": self.start, "offer": self.offer, "seen": self.seen, "stamps": STAMPS.take, "stop": self.stop,
        }  # fmt: skip

    async def start(self, *, dsn: str, shapes: Sequence[Any], **_: Any) -> None:
        """Makes the tables and starts the threads."""
        SHAPES[:] = [Shape.of(one) for one in shapes]
        where = urlsplit(dsn)
        query = parse_qs(where.query)
        self._runner: MultiThreadedRunner[UUID] = MultiThreadedRunner(
            System(pipes=PIPES),
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": where.path.removeprefix("/"),
                "POSTGRES_HOST": query["host"][0],
                "POSTGRES_PORT": query["port"][0],
                "POSTGRES_USER": str(where.username),
                "POSTGRES_PASSWORD": unquote(str(where.password)),
            },
        )
        self._runner.start()

    async def stop(self) -> None:
        """Ends the threads."""
        await asyncio.to_thread(self._runner.stop)
        self._callers.shutdown()

    async def seen(self) -> int:
        """How many alerts came.

        Raises:
            EventProcessingError: one of the library's threads has failed.
        """
        self._runner.reraise_thread_errors()
        return STAMPS.seen

    async def offer(self, *, rate: float, count: int, seed: int) -> list[tuple[int, int | None]]:
        """Submits in this process, from several threads."""
        loop, intake = asyncio.get_running_loop(), self._runner.get(Intake)
        submitted = ids(seed, count)

        async def send(number: int) -> bool:
            case = peers_case(submitted[number])
            await loop.run_in_executor(self._callers, intake.open, case, number % len(SHAPES))
            return True

        return [(one.scheduled, one.acknowledged) for one in await offer(rate, count, send)]


if __name__ == "__main__":
    obey(lambda _role: OneSystem().orders())
