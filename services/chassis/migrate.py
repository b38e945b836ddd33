"""Makes and upgrades schemas, roles and streams with an administrator's access, apart from any service.

Migrations are plain SQL files, forward only, each applied once and remembered with its hash; a file
that changed after it was applied is refused. Services never run them: they sign in with roles that may not.
"""

import asyncio
import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import asyncpg

from services.chassis.names import SERVICES, UPSTREAMS, postgres_role
from services.chassis.secrets import Secrets

OWNER = "canaliza_owner"
LOCK = 0x63616E616C697A61  # "canaliza": one migration at a time

ATTEMPTS = 10
_MEETINGS = (asyncpg.InternalServerError, asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError)

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
        log = (chassis / "0001_log.sql").read_text()
        found.append((service, "0001_log.sql", _filled(log, service)))
        own = files("services") / service / "migrations"
        found += [(service, path.name, path.read_text()) for path in _sorted(own)]
    return found


async def migrate_database(dsn: str, secrets: Secrets) -> list[str]:
    """Brings the database up to this program. Returns what was applied, as ``schema/name``.

    Raises:
        ChangedMigrationError: an applied file has changed since.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await _roles(connection, secrets)
        applied = [name for schema, name, sql in steps() if await _apply(connection, schema, name, sql)]
        await _grant_upstreams(connection)
        return applied
    finally:
        await connection.close()


async def pending(connection: asyncpg.Connection, service: str) -> int:
    """How many of a service's own migrations the database lacks: a service is not ready before it is 0."""
    wanted = {name for schema, name, _ in steps() if schema == service}
    try:
        rows = await connection.fetch(f"select name from {service}.migration")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return len(wanted)
    return len(wanted - {row["name"] for row in rows})


async def _roles(connection: asyncpg.Connection, secrets: Secrets) -> None:
    """Roles belong to the server, the lock to one database: another's migration may be at the same roles."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with connection.transaction():
                return await _make_roles(connection, secrets)
        except _MEETINGS as error:
            met = not isinstance(error, asyncpg.InternalServerError) or "concurrently updated" in str(error)
            if attempt == ATTEMPTS or not met:
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
    database = await connection.fetchval("select quote_ident(current_database())")
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
    """A follower may read the log it follows, to fill a hole in the stream; it may do nothing else there."""
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        for service, upstreams in UPSTREAMS.items():
            for upstream in upstreams:
                await connection.execute(f"grant usage on schema {upstream} to {postgres_role(service)}")
                await connection.execute(
                    f"grant select on {upstream}.event, {upstream}.head to {postgres_role(service)}"
                )


def _filled(sql: str, service: str) -> str:
    return sql.replace("{schema}", service).replace("{role}", postgres_role(service))


def _sorted(folder: Traversable) -> list[Any]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.endswith(".sql")), key=lambda path: path.name)
