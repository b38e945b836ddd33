"""The PostgreSQL and the NATS of a test run, started when the first test needs them and not before.

With xdist the workers collect and the controller does not, so only a worker learns that a test needs servers:
it asks the controller through a private socket. The controller starts them once and keeps them to the end.
"""

import asyncio
import secrets
import shutil
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from services.chassis.operations.migrate import migrate_database
from services.local import local_servers
from services.programme.directory_file import shelters
from services.system import VERSIONS

NAMESPACES_PER_WORKER = 40
"""Streams are deleted after each test, so the names can be used again in turn."""
REPLACEMENTS = 3
"""Workers that may take the place of one that crashed; each has the next number, and names of its own."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM = 4 << 30
"""Free bytes that the data of a whole run with four workers fits into, several times."""


@dataclass(frozen=True, slots=True)
class RunServers:
    """Where the servers of this run are."""

    dsn: str
    """The administrator's, of a migrated database that tests clone."""
    nats_url: str
    data: Path
    """Beside it is the folder of the secrets."""


def namespaces_of(worker: int) -> list[str]:
    """The namespaces that tests of this worker use in turn."""
    first = worker * NAMESPACES_PER_WORKER
    return [f"t{number}" for number in range(first, first + NAMESPACES_PER_WORKER)]


def shared_namespace_of(worker: int) -> str:
    """The namespace of the system that this worker's tests share."""
    return f"shared{worker}"


class RunServersKeeper:
    """Starts the servers in a thread with a loop of its own when first asked, and ends them with the run."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._starting = threading.Lock()
        self._servers: RunServers | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread: threading.Thread | None = None

    def servers(self) -> RunServers:
        """The servers, running."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._ready.wait()
        if self._failure is not None:
            raise self._failure
        assert self._servers is not None
        return self._servers

    def close(self) -> None:
        """Ends what was started."""
        if self._thread is not None:
            with suppress(RuntimeError):  # the loop of a start that failed is closed already
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="cz-tests-", dir=_folder()))
        try:
            self._loop.run_until_complete(self._hold(folder / "data"))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error
            self._ready.set()
        finally:
            self._loop.close()
            shutil.rmtree(folder, ignore_errors=True)

    async def _hold(self, data: Path) -> None:
        namespaces = ["canaliza"]
        for worker in range(self._workers + REPLACEMENTS):
            namespaces += [*namespaces_of(worker), shared_namespace_of(worker)]
        async with local_servers(data, namespaces=namespaces, shelters=shelters(), durable=False) as servers:
            await migrate_database(servers.postgres_dsn, servers.secrets, VERSIONS)
            self._servers = RunServers(servers.postgres_dsn, servers.nats_url, data)
            self._ready.set()
            await self._stop.wait()


class RunServersDesk:
    """In the controller: answers the workers that ask for the servers."""

    def __init__(self, keeper: RunServersKeeper) -> None:
        self._keeper = keeper
        self._key = secrets.token_bytes(32)
        self._folder = Path(tempfile.mkdtemp(prefix="cz-tests-"))
        self._listener = Listener(str(self._folder / "s"), family="AF_UNIX", authkey=self._key)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> dict[str, str]:
        """What a worker needs to ask, in a form that xdist can send."""
        return {"path": str(self._folder / "s"), "key": self._key.hex()}

    def close(self) -> None:
        """Answers nobody any longer."""
        with suppress(FileNotFoundError):  # somebody tidied the temporary folder meanwhile
            self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                with self._listener.accept() as asking:
                    self._answer(asking)

    def _answer(self, asking: Connection) -> None:
        try:
            found = self._keeper.servers()
        except BaseException as error:  # noqa: BLE001 - told to the worker, whose tests fail with it
            asking.send({"failure": repr(error)})
        else:
            asking.send({"dsn": found.dsn, "nats_url": found.nats_url, "data": str(found.data)})


def ask_for_servers(address: Mapping[str, str]) -> RunServers:
    """In a worker: asks the controller, which starts them if nobody has asked before."""
    with Client(address["path"], family="AF_UNIX", authkey=bytes.fromhex(address["key"])) as connection:
        found: dict[str, Any] = connection.recv()
    if "failure" in found:
        raise RuntimeError(found["failure"])
    return RunServers(found["dsn"], found["nats_url"], Path(found["data"]))


def _folder() -> Path | None:
    """In memory where there is room: these servers outlive nothing. None is the system's temporary folder."""
    with suppress(OSError):
        if shutil.disk_usage(MEMORY).free >= ROOM:
            return MEMORY
    return None
