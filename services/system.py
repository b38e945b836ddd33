"""The whole system: servers, schemas, streams and every service, in one process or named one by one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from ssl import SSLError
from time import monotonic
from typing import Any

import asyncpg
from fastapi import FastAPI
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError
from pydantic import SecretStr

import services.audit.app
import services.audit.projections
import services.intake.app
import services.intake.projections
import services.notifications.app
import services.notifications.projections
import services.referral.app
import services.referral.projections
from events.vocabulary import Role
from services.audit.security.queries import ClosedAgain, close_again
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.clock import Clock, system_clock
from services.chassis.eventlog.projections import ReadModel, versions_of
from services.chassis.identity.tokens import create_token, store_token
from services.chassis.messaging.broker import harden, has_credentials
from services.chassis.messaging.closing import close_for_good
from services.chassis.messaging.streams import ensure_streams
from services.chassis.messaging.tls_only import NotByTlsError
from services.chassis.operations.migrate import migrate_database
from services.chassis.operations.model_versions import stale_models
from services.chassis.private_files import UnsafeSecretsError
from services.chassis.runtime.application import application
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.runtime.checks import Check
from services.chassis.runtime.service import Service
from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.shelters import admit
from services.chassis.security.acts import INSTALLATION, act_as
from services.chassis.settings import Settings
from services.directory.bodies import legal_bodies
from services.directory.desks import duty_desks
from services.directory.phone_book import phone_book
from services.directory.roster import people
from services.local import local_servers
from services.notifications.contacts.roster import DeskOfDirectory, Roster, ShelterOfDirectory
from services.programme.directory_file import shelters
from services.replays import replays


def _referral(context: ServiceContext) -> Service:
    """The referral service with the directory's desks, bodies and telephones, which it does not import."""
    phones = phone_book(context.settings.contacts)
    return services.referral.app.create_service(context, duty_desks(), legal_bodies(), phones)


def _notifications(context: ServiceContext) -> Service:
    """The notification service with the directory's people, which it does not import."""
    return services.notifications.app.create_service(context, roster())


def roster() -> Roster:
    """The directory's people in the notification service's form."""
    listed = people()
    return Roster(
        desks={code: DeskOfDirectory(agency=agency, on_call=order) for code, (agency, order) in listed.desks.items()},
        every_hour=listed.every_hour,
        supervisors=listed.supervisors,
        coordinators=listed.coordinators,
        shelters={
            code: ShelterOfDirectory(workers=workers, coordinators=coordinators)
            for code, (workers, coordinators) in listed.shelters.items()
        },
        people=listed.everybody,
        gone=listed.disabled,
    )


def _audit(context: ServiceContext) -> Service:
    return services.audit.app.create_service(context, replays)


MODELS: Mapping[str, Sequence[ReadModel]] = {
    "intake": services.intake.projections.MODELS,
    "referral": services.referral.projections.models(duty_desks),
    "notifications": services.notifications.projections.MODELS,
    "audit": services.audit.projections.MODELS,
}
"""The read models of each service, which can be rebuilt from the logs."""
VERSIONS: Mapping[str, Mapping[str, int]] = {name: versions_of(models) for name, models in MODELS.items()}


def _watching_models(name: str, create: Callable[[ServiceContext], Service]) -> Callable[[ServiceContext], Service]:
    """The same service, whose flow also says whether its read models were filled by this program."""

    async def look(connection: asyncpg.Connection) -> Sequence[Check]:
        stale = await stale_models(connection, name, VERSIONS[name])
        return (Check(code="read_models", ok=not stale, count=len(stale)),)

    def created(context: ServiceContext) -> Service:
        service = create(context)
        service.flow = [*service.flow, look]
        return service

    return created


FACTORIES: Mapping[str, Callable[[ServiceContext], Service]] = {
    name: _watching_models(name, create)
    for name, create in (
        ("intake", services.intake.app.create_service),
        ("referral", _referral),
        ("notifications", _notifications),
        ("audit", _audit),
    )
}
"""Every service, in the order they are started."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Running, migrated servers with their settings and secrets."""

    settings: Settings
    secrets: Secrets
    first_start: bool
    """Whether this start created the schemas."""
    kept: Sequence["asyncio.Task[None]"] = ()
    """They keep embedded servers running; one that ends has given up."""

    def service(self, name: str, clock: Clock = system_clock) -> Service:
        """One service on these servers."""
        return FACTORIES[name](ServiceContext.of(self.settings, name, secrets=self.secrets.of(name), clock=clock))

    def application(self, clock: Clock = system_clock) -> FastAPI:
        """All services behind one origin."""
        return application([self.service(name, clock) for name in FACTORIES])

    async def checked_application(self) -> FastAPI:
        """The same, once the key file of each service has been compared with the vault.

        Raises:
            KeysUnavailableError: one is another installation's file, or lacks a key that is in use.
        """
        built = [self.service(name) for name in FACTORIES]
        for service in built:
            await service.check_keys()
        return application(built)


@asynccontextmanager
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    """Migrated servers: those of the settings, or embedded ones that end with the context."""
    if settings.postgres_dsn is not None and settings.nats_url is not None:
        yield await prepare(settings, own_secrets(settings), partial(secrets_by_now, settings))
        return
    servers_here = local_servers(
        settings.data,
        settings.keys,
        namespaces=(settings.namespace,),
        shelters=shelters(),
        nats_port=settings.nats_port,
        archive=settings.archive,
    )
    async with servers_here as servers:
        found = {
            "postgres_dsn": settings.postgres_dsn or SecretStr(servers.postgres_dsn),
            "nats_url": settings.nats_url or servers.nats_url,
        }
        by_now = partial(secrets_by_now, settings)
        prepared = await prepare(settings.model_copy(update=found), servers.secrets, by_now)
        yield replace(prepared, kept=servers.kept)


def own_secrets(settings: Settings) -> Secrets:
    """The installation's secrets, generated if they are missing, with a NATS password for every shelter.

    Raises:
        UnsafeSecretsError: the files of secrets cannot be used.
    """
    Secrets.load_or_create(settings.data, settings.keys)
    return admit(settings.data, settings.keys, shelters())


def secrets_by_now(settings: Settings, read: Secrets) -> Secrets:
    """What was read from the files of secrets, as it is in them by now: something may have been renewed since."""
    try:
        return Secrets.load(settings.data, settings.keys)
    except UnsafeSecretsError:
        return read


async def prepare(
    settings: Settings, secrets: Secrets, by_now: Callable[[Secrets], Secrets] = lambda read: read
) -> Installation:
    """Migrates the database, creates the streams and stores the token of this machine's operator."""
    assert settings.postgres_dsn is not None  # noqa: S101 - installation() set it
    assert settings.nats_url is not None  # noqa: S101 - likewise
    applied = await prepare_database(settings, secrets, by_now)
    await make_streams(settings, secrets)
    return Installation(settings, secrets, first_start=bool(applied))


async def prepare_database(
    settings: Settings, secrets: Secrets, by_now: Callable[[Secrets], Secrets] = lambda read: read
) -> list[str]:
    """Migrates the database and stores the token of this machine's operator; needs no NATS. The applied migrations.

    ``by_now``: see ``migrate_database``.
    """
    assert settings.postgres_dsn is not None  # noqa: S101 - the caller has looked
    applied = await migrate_database(settings.postgres_dsn.get_secret_value(), secrets, VERSIONS, by_now=by_now)
    await admit_operator(settings, secrets)
    await close_what_was_closed(settings)
    return applied


async def stale_read_models(settings: Settings) -> list[str]:
    """The read models that another program has filled, as ``service.table``: ``canaliza rebuild`` fills them again."""
    assert settings.postgres_dsn is not None  # noqa: S101 - the caller has looked
    connection = await asyncpg.connect(settings.postgres_dsn.get_secret_value())
    try:
        found = {name: await stale_models(connection, name, versions) for name, versions in VERSIONS.items()}
        return [f"{name}.{table}" for name, tables in found.items() for table in tables]
    finally:
        await connection.close()


async def close_what_was_closed(settings: Settings, *, after_a_restore: bool = False) -> ClosedAgain:
    """Closes what audit's log says was closed and a restored, older copy of the accounts says is open.

    ``after_a_restore``: every session ends, too.
    """
    assert settings.postgres_dsn is not None  # noqa: S101 - installation() set it
    connection = await asyncpg.connect(settings.postgres_dsn.get_secret_value())
    try:
        return await close_again(connection, after_a_restore=after_a_restore)
    finally:
        await connection.close()


async def admit_operator(settings: Settings, secrets: Secrets) -> None:
    """Stores the token of this machine's operator."""
    assert settings.postgres_dsn is not None  # noqa: S101 - installation() set it
    connection = await asyncpg.connect(settings.postgres_dsn.get_secret_value())
    try:
        await act_as(connection, INSTALLATION)
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


STREAM_TIMEOUT = 8
"""Seconds to create a stream: in a cluster its replicas elect a leader first."""
STREAMS_WITHIN = 60
"""Seconds in which the streams must be there. An answer is lost if the cluster changes its leader meanwhile; creating a
stream again is harmless."""
CLUSTER_FORMS = frozenset({10005, 10008})
"""JetStream's answers while a cluster's nodes find each other: no peer for a replica yet, or no leader."""


@asynccontextmanager
async def administrator(settings: Settings, secrets: Secrets) -> AsyncIterator[JetStreamContext]:
    """JetStream as NATS' administrator.

    Raises:
        SSLError: the certificate of a server is not for its address, has expired, or is of an unknown authority.
        NotByTlsError: a server speaks no TLS where ``tls://`` is its address.
    """
    urls = settings.nats_urls
    harden()
    credentials: dict[str, Any] = {} if has_credentials(urls) else {"user": "admin", "password": secrets.nats_admin}
    seen: list[Exception] = []

    async def remember(error: Exception) -> None:
        seen.append(error)

    client = Client()
    try:
        await client.connect(urls, **credentials, connect_timeout=5, max_reconnect_attempts=3, error_cb=remember)
    except NatsError as error:  # "no servers" hides why: a certificate is somebody's to mend
        await close_for_good(client)
        raise next((one for one in seen if isinstance(one, (SSLError, NotByTlsError))), error) from None
    try:
        yield client.jetstream(timeout=STREAM_TIMEOUT)
    finally:
        await close_for_good(client)


async def make_streams(settings: Settings, secrets: Secrets) -> None:
    """Creates the logs' streams as administrator; those of an earlier version listen to the secret subjects then."""
    tokens = {name: own.stream_subject for name, own in secrets.services.items()}
    until = monotonic() + STREAMS_WITHIN
    async with administrator(settings, secrets) as jetstream:
        while monotonic() < until:
            with suppress(TimeoutError):
                try:
                    return await ensure_streams(jetstream, settings.names, tokens, replicas=settings.replicas)
                except APIError as error:
                    if error.err_code not in CLUSTER_FORMS:
                        raise
            await asyncio.sleep(1)
        return await ensure_streams(jetstream, settings.names, tokens, replicas=settings.replicas)


FIRST_TOKENS = (
    (Role.SHELTER_WORKER, "ALB-TAP-01", "Albergue · Shelter"),
    (Role.OFFICER, "UNICEF", "Mesa de guardia de UNICEF · UNICEF's desk"),
    (Role.OFFICER, "ACNUR", "Mesa de guardia de ACNUR · ACNUR's desk"),
    (Role.AUDITOR, EVERYWHERE, "Auditoría · Auditor"),
)


FIRST_LIFETIME = timedelta(days=7)
"""For how long the first tokens are valid: until those who use the system have their own."""
NOBODY_YET = """
select not exists (select from accounts.token where role <> 'operator') and not exists (select from accounts.person)
"""
"""Tokens and accounts are never deleted: this holds once in the life of a database."""


@dataclass(frozen=True, slots=True)
class FirstSignIns:
    """The first tokens with what each is for, and when they expire."""

    tokens: Sequence[tuple[str, str]]
    expires_at: datetime


async def nobody_was_ever_let_in(installation: Installation) -> bool:
    """Whether this database has never had an account, or a token besides that of this machine."""
    async with _administrator(installation) as connection:
        return bool(await connection.fetchval(NOBODY_YET))


async def first_sign_ins(installation: Installation) -> FirstSignIns:
    """Creates the first tokens. They are for the terminal of whoever starts the system, never for a log."""
    at = system_clock()
    until = at + FIRST_LIFETIME
    async with _administrator(installation) as connection, connection.transaction():
        tokens = [
            (name, await create_token(connection, role=role, org=org, label="first", at=at, expires_at=until))
            for role, org, name in FIRST_TOKENS
        ]
    return FirstSignIns(tokens, until)


@asynccontextmanager
async def _administrator(installation: Installation) -> AsyncIterator[asyncpg.Connection]:
    assert installation.settings.postgres_dsn is not None  # noqa: S101 - installation() set it
    connection = await asyncpg.connect(installation.settings.postgres_dsn.get_secret_value())
    try:
        await act_as(connection, INSTALLATION)
        yield connection
    finally:
        await connection.close()
