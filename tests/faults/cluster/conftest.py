"""A cluster of three real nodes for each test, and everything running on it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.intake.leaf_nodes.envelope import public_key_of
from services.system import Installation, prepare
from tests.faults.cluster.nodes import Cluster
from tests.faults.cluster.shelter import Shelter
from tests.support.system.logs import as_admin
from tests.support.system.servers import RunServers
from tests.support.system.system import System, eventually, running


@dataclass(frozen=True)
class Clustered:
    """The whole system on three NATS nodes."""

    cluster: Cluster
    system: System

    @property
    def installation(self) -> Installation:
        return self.system.installation


@pytest.fixture
async def cluster(tmp_path: Path, secrets: Secrets) -> AsyncIterator[Cluster]:
    nodes = Cluster(tmp_path, secrets)
    try:
        await nodes.start()
        yield nodes
    finally:
        await nodes.stop()


@pytest.fixture
async def clustered(
    cluster: Cluster, database: str, secrets: Secrets, run_servers: RunServers
) -> AsyncIterator[Clustered]:
    settings = Settings(
        data=run_servers.data,
        postgres_dsn=SecretStr(database),
        nats_url=cluster.url,
        replicas=3,
        port=0,
    )
    async with running(await prepare(settings, secrets)) as system:
        yield Clustered(cluster, system)


@dataclass(frozen=True)
class Linked(Clustered):
    """The same, with two shelters on leaf nodes."""

    tapachula: Shelter
    ixtepec: Shelter

    @property
    def shelters(self) -> tuple[Shelter, Shelter]:
        return self.tapachula, self.ixtepec


SILENCE = 3.0


@asynccontextmanager
async def linked_on(dsn: str, data: Path, secrets: Secrets, folder: Path) -> AsyncIterator[Linked]:
    codes = ("ALB-TAP-01", "ALB-IXT-01")
    assert secrets.transit_key is not None
    public_key = public_key_of(secrets.transit_key)
    async with AsyncExitStack() as stack:
        cluster = Cluster(folder, secrets, leaves=codes)
        stack.push_async_callback(cluster.stop)
        await cluster.start()
        settings = Settings(
            data=data,
            postgres_dsn=SecretStr(dsn),
            nats_url=cluster.url,
            replicas=3,
            port=0,
            leaf_shelters=codes,
            leaf_silence=SILENCE,
        )
        installation = await prepare(settings, secrets)
        shelters = []
        for code in codes:
            async with as_admin(dsn) as admin:
                token = await create_token(admin, role=Role.INTEGRATOR, org=code, label="hoja", at=system_clock())
            shelter = Shelter(code, folder, cluster, public_key=public_key, token=token)
            stack.push_async_callback(shelter.stop)
            await shelter.start()
            await stack.enter_async_context(shelter.software())
            shelters.append(shelter)
        await eventually(cluster.has_all_leaves)  # the hub asks an absent leaf again after half a minute only
        system = await stack.enter_async_context(running(installation))
        yield Linked(cluster, system, *shelters)


@pytest.fixture
async def linked(tmp_path: Path, database: str, secrets: Secrets, run_servers: RunServers) -> AsyncIterator[Linked]:
    async with linked_on(database, run_servers.data, secrets, tmp_path) as everything:
        yield everything
