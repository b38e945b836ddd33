"""PostgreSQL, NATS and every service as processes that can be killed, paused and started again, one by one."""

import asyncio
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

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
from tests.faults.serve import CLOCK
from tests.support.fakes.proxy import Proxy, proxied
from tests.support.system.logs import outlet_of
from tests.support.system.ports import free_port
from tests.support.system.system import HANG, eventually

ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """One throw-away installation, its services each in a process and on a port that they keep."""

    data: Path
    secrets: Secrets
    postgres: PostgresServer
    nats: NatsServer
    control: str | None = None
    proxy: Proxy | None = None
    ports: dict[str, int] = field(default_factory=lambda: {service: free_port() for service in FACTORIES})
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def dsn(self) -> str:
        """The administrator's way into the database, past any proxy."""
        return self.postgres.dsn

    @property
    def settings(self) -> Settings:
        """The installation's."""
        dsn = self.proxy.dsn if self.proxy else self.postgres.dsn
        return Settings(data=self.data, postgres_dsn=SecretStr(dsn), nats_url=self.nats.url)

    def url(self, service: str) -> str:
        """Where a service is, whether or not it runs."""
        return f"http://127.0.0.1:{self.ports[service]}"

    async def start(self, *services: str) -> None:
        """Starts services; returns when each answers, ready or not."""
        for service in services:
            self._spawn(service)
        await asyncio.gather(*(self._alive(service) for service in services))

    def _spawn(self, service: str) -> None:
        settings = self.settings
        assert settings.postgres_dsn is not None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
            "CANALIZA_DATA": str(self.data),
            "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
            "CANALIZA_NATS_URL": settings.nats_url or "",
            "CANALIZA_PORT": str(self.ports[service]),
            CLOCK: str(self.data / "clock"),
        }
        with (self.data / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.serve", service, *([self.control] if self.control else [])],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

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
        bearer = {"Authorization": f"Bearer {await self.token(Role.OPERATOR, '*')}"}
        async with httpx2.AsyncClient(base_url=self.url(service), headers=bearer) as client:
            checks = (await client.get("/api/v1/operate/ready")).json()["services"][service]
            return checks["alarm"] is not None

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
        client = await nats.connect(self.nats.url, user="admin", password=self.secrets.nats["admin"])
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
) -> AsyncIterator[Stage]:
    """Everything up; ended, and its files removed, with the context. ``within`` is where the files go."""
    folder = Path(tempfile.mkdtemp(prefix="cz-faults-", dir=within))
    data = folder / "data"
    private_folder(data)
    secrets = Secrets.load_or_create(data)
    stage = Stage(data, secrets, PostgresServer(data, secrets), NatsServer(data, secrets), control)
    stage.shift_clock(0)
    try:
        await asyncio.gather(stage.postgres.start(), stage.nats.start())
        await prepare(stage.settings, secrets)
        if control is not None and hasattr(broken := import_module(f"tests.faults.controls.{control}"), "break_ground"):
            await broken.break_ground(stage)
        async with _proxied(stage, wanted=through_proxy):
            await stage.start(*services)
            try:
                yield stage
            finally:
                await stage.kill(*stage.processes)
    finally:
        await asyncio.gather(stage.postgres.stop(), stage.nats.stop())
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _proxied(stage: Stage, *, wanted: bool) -> AsyncIterator[None]:
    if not wanted:
        yield
        return
    async with proxied(stage.postgres.dsn) as proxy:
        stage.proxy = proxy
        yield
