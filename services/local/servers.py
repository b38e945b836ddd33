"""Both servers together, for as long as a context lasts, and not a moment longer."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from services.chassis.names import DEFAULT_NAMESPACE
from services.chassis.secrets import Secrets, private_folder
from services.local.lock import only_one
from services.local.nats import NatsServer
from services.local.postgres import PostgresServer


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers are, and how to get in."""

    postgres_dsn: str = field(repr=False)
    """The administrator's."""
    nats_url: str
    monitor_url: str
    secrets: Secrets
    postgres_pid: int
    nats_pid: int


@asynccontextmanager
async def local_servers(data: Path, *, namespaces: Sequence[str] = (DEFAULT_NAMESPACE,)) -> AsyncIterator[Servers]:
    """Run PostgreSQL and NATS on this folder; whatever ends the context ends them too."""
    private_folder(data)
    with only_one(data), _terminated_as_cancelled():
        secrets = Secrets.load_or_create(data)
        postgres, nats = PostgresServer(data, secrets), NatsServer(data, secrets, namespaces)
        await asyncio.gather(postgres.clear_leftovers(), nats.clear_leftovers())
        async with AsyncExitStack() as stack:
            for server in (postgres, nats):
                stack.push_async_callback(_to_the_end, server)
            await _start(postgres, nats)
            yield Servers(
                postgres_dsn=postgres.dsn,
                nats_url=nats.url,
                monitor_url=nats.monitor_url,
                secrets=secrets,
                postgres_pid=postgres.pid,
                nats_pid=nats.pid,
            )


async def _start(postgres: PostgresServer, nats: NatsServer) -> None:
    """Side by side; the first failure is the one to tell."""
    try:
        async with asyncio.TaskGroup() as starting:
            starting.create_task(postgres.start())
            starting.create_task(nats.start())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _to_the_end(server: PostgresServer | NatsServer) -> None:
    """Stop a server although we are being cancelled; the cancellation is passed on afterwards."""
    stopping = asyncio.ensure_future(server.stop())
    cancelled: asyncio.CancelledError | None = None
    while not stopping.done():
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError as error:
            cancelled = error
    stopping.result()
    if cancelled:
        raise cancelled


@contextmanager
def _terminated_as_cancelled() -> Iterator[None]:
    """SIGTERM would end Python on the spot and leave both servers running: unwind instead, then exit.

    Whoever has a handler of his own keeps it. uvicorn sends itself the signal again once it has shut down
    in order: that one arrives here.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    at_liberty = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if task is None or not at_liberty or threading.current_thread() is not threading.main_thread():
        yield
        return
    terminated = False

    def unwind(number: int, _frame: FrameType | None) -> None:
        nonlocal terminated
        if terminated or task.done():
            raise SystemExit(128 + number)
        terminated = True
        loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    except asyncio.CancelledError:
        if terminated:
            raise SystemExit(128 + signal.SIGTERM) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
