"""PostgreSQL, NATS and every service as processes that can be killed, paused and started again, one by one."""

import asyncio
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import nats
from nats.aio.client import Client
from pydantic import SecretStr

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.chassis.names import SERVICES, UPSTREAMS
from services.chassis.operations.stream_reader import StreamCopy
from services.chassis.private_files import private_folder
from services.chassis.replication.outlet import Outlet
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.local import NatsServer, PostgresServer
from services.system import FACTORIES, prepare
from tests.faults.cluster.nodes import Cluster
from tests.faults.earlier_program import program_of_before
from tests.faults.serve import CLOCK
from tests.support.fakes.proxy import Proxy, proxied
from tests.support.system.logs import outlet_of
from tests.support.system.ports import free_port
from tests.support.system.standby import both, standby_of, wait_for_one
from tests.support.system.system import HANG, eventually

ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """One throw-away installation, its services each in a process and on a port that they keep.

    A service's name is that of its first instance; the second one's has a ``-2`` at its end.
    """

    data: Path
    secrets: Secrets
    postgres: PostgresServer
    nats: NatsServer
    control: str | None = None
    proxy: Proxy | None = None
    standby: PostgresServer | None = None
    cluster: Cluster | None = None
    ports: dict[str, int] = field(default_factory=lambda: defaultdict(free_port))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    programs: dict[str, Path] = field(default_factory=dict)
    """Where the program of a service is that is not this one's."""

    @property
    def dsn(self) -> str:
        """The administrator's way into the database, past any proxy."""
        return self.postgres.dsn if self.standby is None else both(self.postgres, self.standby)

    @property
    def settings(self) -> Settings:
        """The installation's."""
        dsn = self.proxy.dsn if self.proxy else self.dsn
        urls, replicas = (self.nats.url, 1) if self.cluster is None else (self.cluster.url, 3)
        return Settings(data=self.data, postgres_dsn=SecretStr(dsn), nats_url=urls, replicas=replicas)

    def url(self, service: str) -> str:
        """Where a service is, whether or not it runs."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def urls(self, service: str) -> list[str]:
        """Where each instance of a service is."""
        return [self.url(name) for name in self.processes if name.partition("-")[0] == service]

    async def start(self, *services: str) -> None:
        """Starts services; returns when each answers, ready or not."""
        for service in services:
            self._spawn(service)
        await asyncio.gather(*(self._alive(service) for service in services))

    def _spawn(self, service: str) -> None:
        environment = self._environment() | {
            "CANALIZA_PORT": str(self.ports[service]),
            CLOCK: str(self.data / "clock"),
        }
        with (self.data / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.serve", service.partition("-")[0], *self._broken],
                cwd=self.programs.get(service, ROOT),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def _broken(self) -> list[str]:
        return [] if self.control is None else [self.control]

    def _environment(self) -> dict[str, str]:
        settings = self.settings
        assert settings.postgres_dsn is not None
        return {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
            "CANALIZA_DATA": str(self.data),
            "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
            "CANALIZA_NATS_URL": settings.nats_url or "",
            "CANALIZA_REPLICAS": str(settings.replicas),
        }

    async def migrated_by(self, program: Path) -> None:
        """Migrates with another program, as its operator did."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from services.cli import main; main()", "migrate"),
            cwd=program,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()

    async def replaced(self, service: str, program: Path | None) -> None:
        """Ends a service in order and starts it from another program; ``None``: this one."""
        await self.end(service)
        self.programs.pop(service, None)
        if program is not None:
            self.programs[service] = program
        await self.start(service)

    async def _alive(self, service: str) -> None:
        async with httpx2.AsyncClient(base_url=self.url(service)) as client:

            async def answers() -> bool:
                assert self.processes[service].poll() is None, self.said(service)[-2000:]
                with suppress(httpx2.TransportError):
                    return (await client.get("/health/live")).status_code == 200
                return False

            await eventually(answers)

    def said(self, service: str) -> str:
        """What a service has logged."""
        return (self.data / f"{service}.log").read_text(encoding="utf-8", errors="replace")

    async def kill(self, *services: str) -> None:
        """SIGKILL: no chance to tidy up."""
        for service in services:
            self.processes[service].kill()
            await asyncio.to_thread(self.processes[service].wait)

    async def end(self, *services: str) -> None:
        """SIGTERM, as an operator does."""
        for service in services:
            self.processes[service].terminate()
        for service in services:
            await asyncio.to_thread(self.processes[service].wait, HANG)

    async def crash_postgres(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT is what ``pg_ctl -m immediate`` sends: nothing is flushed, recovery at the next start."""
        os.kill(self.postgres.pid, number)
        await self.postgres.stop()

    async def kill_nats(self) -> None:
        """SIGKILL, and reaped."""
        os.kill(self.nats.pid, signal.SIGKILL)
        await self.nats.stop()

    def shift_clock(self, seconds: float) -> None:
        """From now on every service's clock is so far from the machine's."""
        descriptor = os.open(self.data / "clock", os.O_RDWR | os.O_CREAT, 0o600)
        try:  # never cut short: the services have it mapped
            os.pwrite(descriptor, struct.pack("d", seconds), 0)
        finally:
            os.close(descriptor)

    async def token(self, role: Role, org: str) -> str:
        """Somebody's way in."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return await create_token(connection, role=role, org=org, label="faults", at=system_clock())
        finally:
            await connection.close()

    async def alarmed(self, service: str) -> bool:
        """Whether a service says that an alarm stopped it."""
        return (await self._said_of(service))["alarm"] is not None

    async def leads(self, instance: str) -> bool:
        """Whether an instance says that it leads; one that does not answer does not."""
        with suppress(httpx2.TransportError, KeyError):
            return bool((await self._said_of(instance))["leads"])
        return False

    async def leader(self, service: str) -> str:
        """The instance of a service that leads, once one does."""

        async def found() -> str | None:
            for name in self.processes:
                if name.partition("-")[0] == service and await self.leads(name):
                    return name
            return None

        return str(await eventually(found))

    async def _said_of(self, instance: str) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {self.secrets.operator_token}"}
        async with httpx2.AsyncClient(base_url=self.url(instance), headers=bearer, timeout=3) as client:
            answer = (await client.get("/api/v1/operate/ready")).json()
            said: dict[str, Any] = answer["services"][instance.partition("-")[0]]
            return said

    async def level(self, *, patience: float = 60.0) -> bool:
        """Whether, in time, every log was copied to its stream and every follower came to its upstream's end."""
        connection = await asyncpg.connect(self.dsn)
        try:
            async with self.administrator() as client:
                with suppress(AssertionError):
                    return await eventually(lambda: self._is_level(connection, client), within=patience)
                return False
        finally:
            await connection.close()

    async def _is_level(self, connection: asyncpg.Connection, client: Client) -> bool:
        heads = {one: await connection.fetchval(f"select position from {one}.head") for one in SERVICES}
        tracking = "select position from {}.tracking where upstream = $1"
        followed = {
            (one, upstream): await connection.fetchval(tracking.format(one), upstream) or 0
            for one, upstreams in UPSTREAMS.items()
            for upstream in upstreams
        }
        jetstream = client.jetstream()
        copied = {one: await StreamCopy(jetstream, one, self.outlet(one)).end() for one in SERVICES}
        return copied == heads and all(position == heads[upstream] for (_, upstream), position in followed.items())

    def outlet(self, service: str) -> Outlet:
        """Where and how a service publishes its log."""
        return outlet_of(self.secrets, self.settings.names, service)

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[Client]:
        """NATS, with every right."""
        client = await nats.connect(self.settings.nats_urls, user="admin", password=self.secrets.nats["admin"])
        try:
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def staged(
    *,
    within: Path | None = None,
    through_proxy: bool = False,
    control: str | None = None,
    services: Sequence[str] = tuple(FACTORIES),
    with_standby: bool = False,
    clustered: bool = False,
    from_before: bool = False,
) -> AsyncIterator[Stage]:
    """Everything up; ended, and its files removed, with the context. ``within`` is where the files go.

    ``with_standby``: a commit is answered when a second PostgreSQL has it, too. ``clustered``: NATS is three nodes.
    ``from_before``: migrated and served by the version before.

    Raises:
        NotPossibleHereError: that version is not in the history of this checkout.
    """
    folder = Path(tempfile.mkdtemp(prefix="cz-faults-", dir=within))
    data = folder / "data"
    private_folder(data)
    secrets = Secrets.load_or_create(data)
    stage = Stage(data, secrets, PostgresServer(data, secrets), NatsServer(data, secrets), control)
    stage.shift_clock(0)
    try:
        if clustered:
            stage.cluster = Cluster(folder, secrets)
            await asyncio.gather(stage.postgres.start(), stage.cluster.start())
        else:
            await asyncio.gather(stage.postgres.start(), stage.nats.start())
        if from_before:
            program = program_of_before(folder / "before")
            stage.programs = dict.fromkeys(FACTORIES, program)
            await stage.migrated_by(program)
        else:
            await prepare(stage.settings, secrets)
        if with_standby:
            stage.standby = await standby_of(stage.postgres, secrets, folder / "standby")
            await wait_for_one(stage.postgres)
        if control is not None and hasattr(broken := import_module(f"tests.faults.controls.{control}"), "break_ground"):
            await broken.break_ground(stage)
        async with _proxied(stage, wanted=through_proxy):
            await stage.start(*services)
            try:
                yield stage
            finally:
                await stage.kill(*stage.processes)
    finally:
        also = (one.stop() for one in (stage.standby, stage.cluster) if one is not None)
        await asyncio.gather(stage.postgres.stop(), stage.nats.stop(), *also)
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _proxied(stage: Stage, *, wanted: bool) -> AsyncIterator[None]:
    if not wanted:
        yield
        return
    async with proxied(stage.postgres.dsn) as proxy:
        stage.proxy = proxy
        yield
