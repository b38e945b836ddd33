"""Creates and upgrades schemas and roles with an administrator's access, separately from the services.

Migrations are plain SQL files, forward only, each applied once and recorded with its hash; a file
that changed after it was applied is refused. Services never run them: their roles may not.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import asyncpg

from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.names import SERVICES, UPSTREAMS, postgres_role
from services.chassis.operations.epochs import record_epochs
from services.chassis.secrets.epoch_files import KEEPER
from services.chassis.secrets.installation import Secrets
from services.chassis.vault.epochs import decoded

OWNER = "canaliza_owner"
LOCK = 0x63616E616C697A61  # "canaliza": one migration at a time

OF_EVERY_SERVICE = ("0001_log.sql", "0002_heartbeat.sql")
"""The chassis' migrations of a service's schema, before the service's own."""

MAX_ATTEMPTS = 10
_CONCURRENT_CHANGES = (asyncpg.InternalServerError, asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError)

MIGRATIONS = """
create table if not exists {schema}.migration (
  name text primary key, sha256 text not null, applied_at timestamptz not null default now())
"""


class ChangedMigrationError(RuntimeError):
    """A migration file is not the one that was applied."""


def steps() -> list[tuple[str, str, str]]:
    """Every migration in order: schema, name, SQL."""
    found: list[tuple[str, str, str]] = []
    chassis = files("services.chassis") / "migrations"
    for schema in ("vault", "accounts"):
        found += [
            (schema, path.name, path.read_text()) for path in _sorted(chassis) if path.name.startswith(f"{schema}_")
        ]
    for service in SERVICES:
        found += [(service, name, _filled((chassis / name).read_text(), service)) for name in OF_EVERY_SERVICE]
        own = files("services") / service / "migrations"
        found += [(service, path.name, path.read_text()) for path in _sorted(own)]
    return found


async def migrate_database(dsn: str, secrets: Secrets) -> list[str]:
    """Applies the missing migrations, in order. Returns their names.

    Raises:
        ChangedMigrationError: an applied file has changed since.
        AnotherKeyFileError: the key file is not the one whose keys wrap the vault's.
        KeysUnavailableError: the key file lacks the key of an epoch that is in use.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await _roles(connection, secrets)
        applied = [name for schema, name, sql in steps() if await _apply(connection, schema, name, sql)]
        await _grant_upstreams(connection)
        await _record_epochs(dsn, secrets)
        return applied
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Difference:
    """How a service's schema differs from this program's migrations; a service is ready only without a difference."""

    missing: int = 0
    """Migrations that the database lacks."""
    unknown: int = 0
    """Migrations that the program does not know: the database is a newer program's."""


async def difference(connection: asyncpg.Connection, service: str) -> Difference:
    """Compares a service's applied migrations with the program's."""
    wanted = {name for schema, name, _ in steps() if schema == service}
    try:
        rows = await connection.fetch(f"select name from {service}.migration")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return Difference(missing=len(wanted))
    applied = {row["name"] for row in rows}
    return Difference(missing=len(wanted - applied), unknown=len(applied - wanted))


async def _roles(connection: asyncpg.Connection, secrets: Secrets) -> None:
    """Creates the roles. They are the server's, the lock only a database's: another migration may do the same."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                return await _make_roles(connection, secrets)
        except _CONCURRENT_CHANGES as error:
            concurrent = not isinstance(error, asyncpg.InternalServerError) or "concurrently updated" in str(error)
            if attempt == MAX_ATTEMPTS or not concurrent:
                raise
        await asyncio.sleep(0.05 * attempt)
    return None


async def _make_roles(connection: asyncpg.Connection, secrets: Secrets) -> None:
    existing = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
    if OWNER not in existing:
        await connection.execute(f"create role {OWNER} nologin")
    await connection.execute(f"grant {OWNER} to current_user")
    for service in SERVICES:
        role = postgres_role(service)
        verb = "alter" if role in existing else "create"
        password = secrets.postgres[service].replace("'", "''")
        await connection.execute(f"{verb} role {role} login nosuperuser nocreatedb nocreaterole password '{password}'")
    await grant_database(connection, await connection.fetchval("select quote_ident(current_database())"))


async def grant_database(connection: asyncpg.Connection, database: str) -> None:
    """Grants connecting to the services and to nobody else. A database cloned from another does not inherit this."""
    await connection.execute(f"revoke all on database {database} from public")
    for service in SERVICES:
        await connection.execute(f"grant connect on database {database} to {postgres_role(service)}")
    await connection.execute(f"grant create on database {database} to {OWNER}")


async def _apply(connection: asyncpg.Connection, schema: str, name: str, sql: str) -> bool:
    digest = hashlib.sha256(sql.encode()).hexdigest()
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        await connection.execute(f"create schema if not exists {schema}")
        await connection.execute(MIGRATIONS.format(schema=schema))
        known = await connection.fetchval(f"select sha256 from {schema}.migration where name = $1", name)
        if known is not None:
            if known != digest:
                raise ChangedMigrationError(f"{schema}/{name} is not the file that was applied")
            return False
        await connection.execute(sql)
        await connection.execute(
            f"insert into {schema}.migration (name, sha256) values ($1, $2)",
            name,
            digest,
        )
        if schema in SERVICES:
            await connection.execute(f"grant select on {schema}.migration to {postgres_role(schema)}")
    return True


async def _grant_upstreams(connection: asyncpg.Connection) -> None:
    """Grants each follower reading the logs that it follows, to fill a hole in the stream, and their signs of life."""
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        for service, upstreams in UPSTREAMS.items():
            for upstream in upstreams:
                await connection.execute(f"grant usage on schema {upstream} to {postgres_role(service)}")
                tables = ", ".join(f"{upstream}.{table}" for table in ("event", "head", "heartbeat"))
                await connection.execute(f"grant select on {tables} to {postgres_role(service)}")


async def _record_epochs(dsn: str, secrets: Secrets) -> None:
    """Stores the check values of this installation's epoch keys, or compares them with those stored."""
    database = Database(dsn, service=KEEPER, password=secrets.postgres[KEEPER])
    try:
        keys = {kind: decoded(epochs) for kind, epochs in secrets.epoch_keys.items()}
        await record_epochs(database, keys, system_clock())
    finally:
        await database.close()


def _filled(sql: str, service: str) -> str:
    return sql.replace("{schema}", service).replace("{role}", postgres_role(service))


def _sorted(folder: Traversable) -> list[Any]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.endswith(".sql")), key=lambda path: path.name)
