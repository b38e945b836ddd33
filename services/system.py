"""The whole system: servers, schemas, streams and every service, in one process or named one by one."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import nats
from fastapi import FastAPI
from pydantic import SecretStr

import services.audit.app
import services.intake.app
import services.notifications.app
import services.referral.app
from events.vocabulary import Role
from services.chassis import web
from services.chassis.access import EVERYWHERE
from services.chassis.broker import has_credentials
from services.chassis.clock import Clock, system_clock
from services.chassis.foundation import Foundation
from services.chassis.migrate import migrate_database
from services.chassis.read_models import ReadModel
from services.chassis.secrets import Secrets
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.streams import ensure_streams
from services.chassis.tokens import store_token
from services.directory.desks import duty_desks
from services.directory.roster import people
from services.local import local_servers
from services.notifications.whom import DeskOfDirectory, Roster


def _referral(foundation: Foundation) -> Service:
    """Here the desks of the directory meet the service that sends to them: neither knows the other."""
    return services.referral.app.create_service(foundation, duty_desks())


def _notifications(foundation: Foundation) -> Service:
    """Likewise: whom the directory names for each desk's alerts."""
    return services.notifications.app.create_service(foundation, roster())


def roster() -> Roster:
    """The directory's people, as the notification service asks for them."""
    known = people()
    return Roster(
        desks={code: DeskOfDirectory(agency=agency, on_call=order) for code, (agency, order) in known.desks.items()},
        every_hour=known.every_hour,
        supervisors=known.supervisors,
        coordinators=known.coordinators,
        gone=known.disabled,
    )


FACTORIES: Mapping[str, Callable[[Foundation], Service]] = {
    "intake": services.intake.app.create_service,
    "referral": _referral,
    "notifications": _notifications,
    "audit": services.audit.app.create_service,
}
"""Every service, in the order they are started."""

MODELS: Mapping[str, Sequence[ReadModel]] = {
    "intake": services.intake.app.MODELS,
    "referral": services.referral.app.models(duty_desks),
    "notifications": services.notifications.app.MODELS,
    "audit": services.audit.app.MODELS,
}
"""What of each service can be rebuilt from the logs."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Servers that are up and migrated, and the settings and secrets that lead to them."""

    settings: Settings
    secrets: Secrets
    first_start: bool
    """Whether this start made the schemas."""

    def service(self, name: str, clock: Clock = system_clock) -> Service:
        """One service on this ground."""
        return FACTORIES[name](Foundation.of(self.settings, name, secrets=self.secrets, clock=clock))

    def application(self, clock: Clock = system_clock) -> FastAPI:
        """All services behind one origin."""
        return web.application([self.service(name, clock) for name in FACTORIES])


@asynccontextmanager
async def ground(settings: Settings) -> AsyncIterator[Ground]:
    """Embedded servers where none are set, migrated and ready; ended with the context if they are ours."""
    if settings.postgres_dsn is not None and settings.nats_url is not None:
        secrets = Secrets.load_or_create(settings.data)
        yield await prepare(settings, secrets)
        return
    async with local_servers(settings.data, namespaces=(settings.namespace,)) as servers:
        found = {
            "postgres_dsn": settings.postgres_dsn or SecretStr(servers.postgres_dsn),
            "nats_url": settings.nats_url or servers.nats_url,
        }
        yield await prepare(settings.model_copy(update=found), servers.secrets)


async def prepare(settings: Settings, secrets: Secrets) -> Ground:
    """Migrates the database, makes the streams, and lets this machine's operator in."""
    assert settings.postgres_dsn is not None  # noqa: S101 - ground() set it
    assert settings.nats_url is not None  # noqa: S101 - likewise
    dsn = settings.postgres_dsn.get_secret_value()
    applied = await migrate_database(dsn, secrets)
    await make_streams(settings, secrets)
    connection = await asyncpg.connect(dsn)
    try:
        await store_token(
            connection,
            secrets.operator_token,
            role=Role.OPERATOR,
            org=EVERYWHERE,
            label="local",
            at=system_clock(),
        )
    finally:
        await connection.close()
    return Ground(settings, secrets, first_start=bool(applied))


ELECTION = 8
"""Seconds for a stream to be made: in a cluster its copies agree on a leader first."""
ATTEMPTS = 5
"""The answer is lost when the cluster changes its own leader meanwhile. To ask again is harmless."""


async def make_streams(settings: Settings, secrets: Secrets) -> list[str]:
    """Makes the logs' streams with the administrator's access. Returns the new ones."""
    urls = settings.nats_urls
    credentials = {} if has_credentials(urls) else {"user": "admin", "password": secrets.nats["admin"]}
    client = await nats.connect(urls, **credentials, connect_timeout=5, max_reconnect_attempts=3)
    jetstream = client.jetstream(timeout=ELECTION)
    try:
        for _ in range(ATTEMPTS - 1):
            with suppress(TimeoutError):
                return await ensure_streams(jetstream, settings.names, replicas=settings.replicas)
        return await ensure_streams(jetstream, settings.names, replicas=settings.replicas)
    finally:
        await client.close()
