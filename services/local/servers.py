"""Runs PostgreSQL and NATS for the duration of a context."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from services.chassis.names import DEFAULT_NAMESPACE
from services.chassis.private_files import private_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.shelters import admit
from services.local.keeping import Keeper
from services.local.lock import only_one
from services.local.nats import NatsServer
from services.local.postgres import PostgresServer


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses and secrets of the two servers."""

    postgres_dsn: str = field(repr=False)
    """The administrator's DSN."""
    nats_url: str
    secrets: Secrets
    postgres_pid: int
    """When it was started first: a server that ends by itself is started again."""
    nats_pid: int
    kept: Sequence["asyncio.Task[None]"] = ()
    """They keep the servers running. One that ends has given up: it raises ``GivenUpError``."""


@asynccontextmanager
async def local_servers(
    data: Path,
    keys: Path | None = None,
    *,
    namespaces: Sequence[str] = (DEFAULT_NAMESPACE,),
    shelters: Collection[str] = (),
    nats_port: int | None = 0,
    durable: bool = True,
    archive: Path | None = None,
) -> AsyncIterator[Servers]:
    """Runs PostgreSQL and NATS on this folder and stops them when the context ends, however it ends.

    ``keys``: the folder of the secrets, if it is not the one beside the data. ``shelters``: the codes of those whose
    software has a NATS user. ``nats_port``: see ``NatsServer``; ``archive``: see ``PostgresServer``.

    Without ``durable`` PostgreSQL may lose everything when the machine fails: for data that nobody will miss.
    """
    private_folder(data)
    with only_one(data), _terminated_as_cancelled():
        Secrets.load_or_create(data, keys)
        secrets = admit(data, keys, shelters)
        postgres = PostgresServer(data, secrets, keys=keys, durable=durable, archive=archive)
        nats = NatsServer(data, secrets, namespaces, keys=keys, port=nats_port)
        await asyncio.gather(postgres.clear_leftovers(), nats.clear_leftovers())
        async with AsyncExitStack() as stack:
            for server in (postgres, nats):
                stack.push_async_callback(_to_the_end, server)
            await _start(postgres, nats)
            kept = [
                asyncio.create_task(Keeper("postgres", postgres, data).run(), name="keeps-postgres"),
                asyncio.create_task(Keeper("nats", nats, data).run(), name="keeps-nats"),
            ]
            stack.push_async_callback(_no_longer_kept, kept)
            yield Servers(
                postgres_dsn=postgres.dsn,
                nats_url=nats.url,
                secrets=secrets,
                postgres_pid=postgres.pid,
                nats_pid=nats.pid,
                kept=kept,
            )


async def _no_longer_kept(kept: Sequence["asyncio.Task[None]"]) -> None:
    """Before the servers are stopped: nothing starts them again."""
    for task in kept:
        task.cancel()
    await asyncio.gather(*kept, return_exceptions=True)


async def _start(postgres: PostgresServer, nats: NatsServer) -> None:
    """Starts both servers concurrently; raises the first failure."""
    try:
        async with asyncio.TaskGroup() as starting:
            starting.create_task(postgres.start())
            starting.create_task(nats.start())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _to_the_end(server: PostgresServer | NatsServer) -> None:
    """Stops a server even if the task is cancelled, and raises the cancellation afterwards."""
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
    """Turns SIGTERM, which would leave both servers running, into a cancellation and then an exit.

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
