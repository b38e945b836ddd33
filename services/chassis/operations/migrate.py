"""Creates and upgrades schemas and roles with an administrator's access, separately from the services.

Migrations are plain SQL files, forward only, each applied once and recorded with its hash; a file
that changed after it was applied is refused. Services never run them: their roles may not.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from events.vocabulary import BoxClass
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.names import SERVICES, UPSTREAMS, postgres_role
from services.chassis.operations.administration import administrator_of
from services.chassis.operations.bridges import bridge, digest
from services.chassis.operations.epochs import record_epochs
from services.chassis.operations.migrations import Migration, migrations
from services.chassis.operations.model_versions import keep_versions
from services.chassis.operations.role_passwords import being_renewed, verifier
from services.chassis.secrets.epoch_files import KEEPER
from services.chassis.secrets.installation import Secrets
from services.chassis.vault.epochs import AnotherKeyFileError, check_value, decoded

OWNER = "canaliza_owner"
LOCK = 0x63616E616C697A61  # "canaliza": one migration or renewal at a time

MAX_ATTEMPTS = 10
_CONCURRENT_CHANGES = (asyncpg.InternalServerError, asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError)

MIGRATIONS = """
create table if not exists {schema}.migration (
  name text primary key, sha256 text not null, applied_at timestamptz not null default now())
"""
HAS_KINDS = """
select exists (select from pg_attribute where attrelid = to_regclass($1) and attname = 'expands' and not attisdropped)
"""
APPLIED = (
    "select name, sha256, coalesce((to_jsonb(m) ->> 'expands')::boolean, false) as expands from {schema}.migration m"
)
"""An installation that an earlier program migrated last has no column ``expands``: what it has, contracts."""
RECORD = """
insert into {schema}.migration (name, sha256, expands) values ($1, $2, $3)
on conflict (name) do update set sha256 = excluded.sha256
"""
_NOT_THERE = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError)


class ChangedMigrationError(RuntimeError):
    """A migration file is not the one that was applied."""


class NewerDatabaseError(RuntimeError):
    """A newer program has migrated the database in a way that this one cannot live with; names the migrations."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What a database lacks of this program, and what it has of a newer one."""

    missing: Sequence[Migration]
    newer: Sequence[str]
    """Migrations that this program does not know and cannot live with."""
    tolerated: Sequence[str]
    """Migrations that this program does not know and need not."""


def steps() -> tuple[tuple[str, str, str], ...]:
    """Every migration in order: schema, name, SQL."""
    return tuple((each.schema, each.name, each.sql) for each in migrations())


async def migrate_database(
    dsn: str,
    secrets: Secrets,
    versions: Mapping[str, Mapping[str, int]] | None = None,
    *,
    by_now: Callable[[Secrets], Secrets] = lambda read: read,
) -> list[str]:
    """Applies the missing migrations, in order. Returns their names.

    ``by_now``: the secrets as they are once it is this migration's turn: it may have waited for a renewal.
    ``versions``: of each service's read models, by their names, recorded where no event has filled one yet.

    Raises:
        CannotAdministerError: the server cannot be reached, or the administrator may not do this.
        ChangedMigrationError: an applied file has changed since.
        NewerDatabaseError: the database is a newer program's; nothing was changed.
        AnotherKeyFileError: the key file is not the one whose keys wrap the vault's.
        KeysUnavailableError: the key file lacks the key of an epoch that is in use.
    """
    async with administrator_of(dsn) as connection:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        secrets = by_now(secrets)
        found = await compare(connection)
        if found.newer:
            raise NewerDatabaseError(", ".join(found.newer))
        await _refuse_other_secrets(connection, secrets)
        await _roles(connection, secrets, await being_renewed(dsn, secrets))
        applied = [each.name for each in migrations() if await _apply(connection, each)]
        await _grant_upstreams(connection)
        for service in SERVICES:
            async with connection.transaction():
                await connection.execute(f"set local role {OWNER}")
                await keep_versions(connection, service, (versions or {}).get(service, {}))
        await _record_epochs(dsn, secrets)
        return applied


async def pending(dsn: str) -> Pending:
    """What ``migrate_database`` would do. Changes nothing.

    Raises:
        CannotAdministerError: the server cannot be reached.
        ChangedMigrationError: an applied file has changed since.
    """
    async with administrator_of(dsn) as connection:
        return await compare(connection)


async def compare(connection: asyncpg.Connection) -> Pending:
    """Compares every schema's applied migrations with the program's.

    Raises:
        ChangedMigrationError: an applied file has changed since.
    """
    applied = {schema: await _applied(connection, schema) for schema in {each.schema for each in migrations()}}
    known = {(each.schema, each.name): each for each in migrations()}
    missing = []
    for (schema, name), each in known.items():
        row = applied[schema].get(name)
        if row is None or (row["sha256"] != digest(each) and bridge(each, row["sha256"]) is not None):
            missing.append(each)
        elif row["sha256"] != digest(each):
            raise ChangedMigrationError(f"{schema}/{name} is not the file that was applied")
    unknown = [
        (f"{schema}/{name}", row["expands"])
        for schema, rows in sorted(applied.items())
        for name, row in rows.items()
        if (schema, name) not in known
    ]
    return Pending(
        missing=missing,
        newer=[name for name, expands in unknown if not expands],
        tolerated=[name for name, expands in unknown if expands],
    )


async def _applied(connection: asyncpg.Connection, schema: str) -> dict[str, asyncpg.Record]:
    if await connection.fetchval("select to_regclass($1)", f"{schema}.migration") is None:
        return {}
    return {row["name"]: row for row in await connection.fetch(APPLIED.format(schema=schema))}


@dataclass(frozen=True, slots=True)
class Difference:
    """How a service's schema differs from this program's migrations; a service is ready only without a difference."""

    missing: int = 0
    """Migrations that the database lacks."""
    unknown: int = 0
    """Migrations that the program does not know and cannot live with: the database is a newer program's."""


async def difference(connection: asyncpg.Connection, service: str) -> Difference:
    """Compares a service's applied migrations with the program's. Unknown ones that only expand are no difference."""
    wanted = {each.name for each in migrations() if each.schema == service}
    try:
        rows = await connection.fetch(APPLIED.format(schema=service))
    except _NOT_THERE:
        return Difference(missing=len(wanted))
    applied = {row["name"]: row["expands"] for row in rows}
    newer = [name for name, expands in applied.items() if name not in wanted and not expands]
    return Difference(missing=len(wanted - set(applied)), unknown=len(newer))


async def _refuse_other_secrets(connection: asyncpg.Connection, secrets: Secrets) -> None:
    """Refuses secrets that are another installation's before anything is changed: running services go on.

    Raises:
        AnotherKeyFileError: the key file is not the one whose keys wrap the vault's.
    """
    if await connection.fetchval("select to_regclass('vault.epoch')") is None:
        return
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        rows = await connection.fetch("select class, epoch, check_value from vault.epoch where destroyed_at is null")
    for row in rows:
        kind, epoch = BoxClass(row["class"]), row["epoch"]
        key = decoded(secrets.epoch_keys[kind]).get(epoch)
        if key is not None and check_value(kind, epoch, key) != row["check_value"]:
            raise AnotherKeyFileError


async def _roles(connection: asyncpg.Connection, secrets: Secrets, left: Collection[str]) -> None:
    """Creates the roles. They are the server's, the lock only a database's: another migration may do the same."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                return await _make_roles(connection, secrets, left)
        except _CONCURRENT_CHANGES as error:
            concurrent = not isinstance(error, asyncpg.InternalServerError) or "concurrently updated" in str(error)
            if attempt == MAX_ATTEMPTS or not concurrent:
                raise
        await asyncio.sleep(0.05 * attempt)
    return None


async def _make_roles(connection: asyncpg.Connection, secrets: Secrets, left: Collection[str]) -> None:
    """Creates roles and gives them their passwords, with no right that an administrator without superuser lacks.

    ``left``: the services whose password stays as it is.
    """
    query = "select rolname, rolsuper or rolcreatedb or rolcreaterole as strong from pg_roles"
    existing = {row["rolname"]: row["strong"] for row in await connection.fetch(query)}
    if OWNER not in existing:
        await connection.execute(f"create role {OWNER} nologin")
    await connection.execute(f"grant {OWNER} to current_user")
    for service in SERVICES:
        role = postgres_role(service)
        verb = "alter" if role in existing else "create"
        # To name an attribute is to change it, which only a superuser may, even where it is so already.
        weaker = "nosuperuser nocreatedb nocreaterole" if existing.get(role) else ""
        password = "" if service in left else f"password '{verifier(secrets.postgres[service])}'"
        await connection.execute(f"{verb} role {role} login {weaker} {password}")
    await grant_database(connection, await connection.fetchval("select quote_ident(current_database())"))


async def grant_database(connection: asyncpg.Connection, database: str) -> None:
    """Grants connecting to the services and to nobody else. A database cloned from another does not inherit this."""
    await connection.execute(f"revoke all on database {database} from public")
    for service in SERVICES:
        await connection.execute(f"grant connect on database {database} to {postgres_role(service)}")
    await connection.execute(f"grant create on database {database} to {OWNER}")


async def _apply(connection: asyncpg.Connection, step: Migration) -> bool:
    schema, name = step.schema, step.name
    async with connection.transaction():
        await connection.execute(f"set local role {OWNER}")
        await connection.execute(f"create schema if not exists {schema}")
        await connection.execute(MIGRATIONS.format(schema=schema))
        if not await connection.fetchval(HAS_KINDS, f"{schema}.migration"):  # altering waits for every reader
            column = "expands boolean not null default false"
            await connection.execute(f"alter table {schema}.migration add column {column}")
        known = await connection.fetchval(f"select sha256 from {schema}.migration where name = $1", name)
        if known == digest(step):
            return False
        sql = step.sql if known is None else bridge(step, known)
        if sql is None:
            raise ChangedMigrationError(f"{schema}/{name} is not the file that was applied")
        await connection.execute(sql)
        await connection.execute(RECORD.format(schema=schema), name, digest(step), step.expands)
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
    database = Database(dsn, service=KEEPER, password=lambda: secrets.of(KEEPER).all_of("postgres"))
    try:
        keys = {kind: decoded(epochs) for kind, epochs in secrets.epoch_keys.items()}
        await record_epochs(database, keys, system_clock())
    finally:
        await database.close()
