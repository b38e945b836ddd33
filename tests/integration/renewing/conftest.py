"""A whole system on servers of its own, whose secrets are renewed while shelters send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.secrets.folder import keys_folder
from services.chassis.settings import Settings
from services.local import PostgresServer
from services.rotation.commands import renew
from services.rotation.files import SecretFiles
from services.rotation.renewal import Place, Waits
from services.system import installation
from tests.support.system.sending import Sending, sending
from tests.support.system.system import System, eventually, running


class KilledError(Exception):
    """The renewal's process ended here."""


@dataclass(frozen=True)
class Renewing:
    system: System
    place: Place

    async def renew(self, what: str) -> Waits | None:
        return await renew(what, self.place)

    async def killed_after(self, what: str, step: str) -> None:
        def die(done: str) -> None:
            if done == step:
                raise KilledError

        with pytest.raises(KilledError):
            await renew(what, self.place, die)

    async def as_a_new_process(self, service: str) -> int:
        """The head of a service's log as a process reads it that starts now, on fresh connections."""
        context = ServiceContext.of(self.place.settings, service)
        try:
            async with context.database.reading() as connection:
                return int(await connection.fetchval("select count(*) from event"))
        finally:
            await context.database.close()

    async def all_attached(self) -> None:
        """Until every service is at its stream and at its neighbours' again."""

        async def attached() -> bool:
            heads = [await service.log.head() for service in self.system.services]
            relays = [service.relay for service in self.system.services]
            return all(
                relay and relay.connected and relay.copied >= head for relay, head in zip(relays, heads, strict=True)
            )

        await eventually(attached)

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[Sending]:
        dsn = SecretStr(PostgresServer(self.place.settings.data, self.place.files.secrets()).dsn)
        own = self.system.installation
        self.system.installation = replace(own, settings=own.settings.model_copy(update={"postgres_dsn": dsn}))
        async with sending(self.system) as load:
            yield load


@pytest.fixture(scope="module")
async def renewing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Renewing]:
    data: Path = tmp_path_factory.mktemp("renewing") / "data"
    settings = Settings(data=data, port=0, nats_port=0)
    async with installation(settings) as everything, running(everything) as system:
        own = everything.settings
        assert own.postgres_dsn is not None
        files = SecretFiles(own, keys_folder(own.data, own.keys))
        yield Renewing(
            system, Place(own, own.postgres_dsn.get_secret_value(), files, own_postgres=False, own_nats=False)
        )
