"""Where the doctor stands: the machine of the installation, the host of one service, or elsewhere."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import SecretStr

from services.chassis.clock import Clock, system_clock
from services.chassis.database import Database
from services.chassis.names import SERVICES
from services.chassis.own_system import INSTALLATION_FILE
from services.chassis.private_files import UnsafeSecretsError
from services.chassis.secrets.folder import SERVICE_FILE, keys_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.service import ServiceSecrets
from services.chassis.settings import Settings
from services.doctor.domain import Why
from services.doctor.reasons import CannotLookError, authority_is_missing, why_of
from services.local import PostgresServer
from services.local.nats_port import url_in

PATIENCE = 3.0
"""Seconds that one server has to answer one question."""


@dataclass
class Ground:
    """What can be looked at from here, and with which rights."""

    settings: Settings
    secrets: Secrets | None = None
    """All of them, where this is the administrator's machine."""
    of_services: Mapping[str, ServiceSecrets] = field(default_factory=dict)
    """Those of the services whose folders are here."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Why a folder of secrets that is here cannot be used, by service (``*``: the installation's)."""
    url: str | None = None
    """Where the running system answers."""
    token: SecretStr | None = None
    elsewhere: bool = False
    """Whether the system is on another machine: then it is asked by its URL alone."""
    clock: Clock = system_clock
    _opened: list[asyncpg.Connection | Database] = field(default_factory=list)

    @classmethod
    def here(cls, settings: Settings, *, url: str | None = None, token: str | None = None) -> "Ground":
        """This machine, with the secrets that are on it."""
        found, faults = dict[str, ServiceSecrets](), dict[str, str]()
        secrets: Secrets | None = None
        folder: Path | None = None
        try:
            folder = keys_folder(settings.data, settings.keys)
            if (folder / INSTALLATION_FILE).exists():
                secrets = Secrets.load(settings.data, settings.keys)
        except (UnsafeSecretsError, OSError) as error:
            faults["*"] = str(error)
        for service in SERVICES if folder is not None else ():
            try:
                if folder is not None and (folder / service / SERVICE_FILE).exists():
                    found[service] = ServiceSecrets.load(folder, service)
            except (UnsafeSecretsError, OSError) as error:
                faults[service] = str(error)
        own = secrets.operator_token if secrets is not None and token is None else token
        return cls(settings, secrets, found, faults, url, None if own is None else SecretStr(own))

    @property
    def dsn(self) -> str | None:
        """Where PostgreSQL is, with the administrator's password if it is known here."""
        if self.settings.postgres_dsn is not None:
            return self.settings.postgres_dsn.get_secret_value()
        return None if self.secrets is None else PostgresServer(self.settings.data, self.secrets).dsn

    @property
    def nats_urls(self) -> list[str]:
        """Where NATS is."""
        embedded = None if self.settings.nats_url else url_in(self.settings.data)
        return self.settings.nats_urls or ([embedded] if embedded else [])

    @property
    def by_itself(self) -> bool:
        """Whether PostgreSQL is this installation's embedded one."""
        return self.settings.postgres_dsn is None

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection as the administrator.

        Raises:
            CannotLookError: there is no administrator here, or the server is not reached.
        """
        if self.secrets is None:
            raise CannotLookError(Why.NOT_THE_ADMINISTRATOR)
        async with self.connected() as connection:
            yield connection

    @asynccontextmanager
    async def connected(self, **options: Any) -> AsyncIterator[asyncpg.Connection]:
        """A connection with the DSN's own user, unless ``options`` name another.

        Raises:
            CannotLookError: the server is not reached, or refuses.
        """
        if self.dsn is None:
            raise CannotLookError(Why.NOT_SET)
        if authority_is_missing(self.dsn):
            raise CannotLookError(Why.NO_AUTHORITY)
        try:
            connection = await asyncpg.connect(
                self.dsn, timeout=PATIENCE, command_timeout=PATIENCE, **{"server_settings": NAMED, **options}
            )
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise CannotLookError(why_of(error)) from None
        self._opened.append(connection)
        try:
            yield connection
        except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise CannotLookError(why_of(error)) from None
        finally:
            connection.terminate()

    def database(self, service: str) -> Database:
        """A service's own access.

        Raises:
            CannotLookError: its secrets are not here.
        """
        if self.dsn is None:
            raise CannotLookError(Why.NOT_SET)
        if service not in self.of_services:
            raise CannotLookError(Why.NO_KEYS_HERE)
        database = Database(self.dsn, service=service, password=self.of_services[service].postgres)
        self._opened.append(database)
        return database

    async def leave(self) -> None:
        """Breaks off whatever a server has not answered."""
        for one in self._opened:
            if isinstance(one, Database):
                await one.close()
            else:
                one.terminate()


NAMED = {"application_name": "canaliza-doctor"}
