"""Which version of each read model a service's tables were filled by: a changed projection is known to be stale."""

from collections.abc import Mapping

import asyncpg

from services.chassis.names import postgres_role

TABLE = """
create table if not exists {service}.read_model (
  name text primary key, version integer not null, filled_at timestamptz not null default now())
"""
UNTOUCHED = """
select not exists (select from {service}.event) and not exists (select from {service}.tracking where position > 0)
"""
RECORD = """
insert into {service}.read_model (name, version) select * from unnest($1::text[], $2::int[])
on conflict (name) do update set version = excluded.version, filled_at = now()
"""


async def keep_versions(connection: asyncpg.Connection, service: str, versions: Mapping[str, int]) -> None:
    """Makes the table of versions, as the owner; where nothing was filled yet every model is this program's."""
    if await connection.fetchval("select to_regclass($1)", f"{service}.read_model") is None:
        await connection.execute(TABLE.format(service=service))
        await connection.execute(f"grant select on {service}.read_model to {postgres_role(service)}")
    if versions and await connection.fetchval(UNTOUCHED.format(service=service)):
        await record_versions(connection, service, versions)


async def record_versions(connection: asyncpg.Connection, service: str, versions: Mapping[str, int]) -> None:
    """Records, as the owner, that these models were filled by these versions; others are forgotten."""
    await connection.execute(f"delete from {service}.read_model where not name = any($1)", list(versions))
    await connection.execute(RECORD.format(service=service), list(versions), list(versions.values()))


async def stale_models(connection: asyncpg.Connection, service: str, versions: Mapping[str, int]) -> list[str]:
    """The models whose tables another version has filled, or nobody knows which."""
    if await connection.fetchval("select to_regclass($1)", f"{service}.read_model") is None:
        return sorted(versions)
    rows = await connection.fetch(f"select name, version from {service}.read_model")
    filled = {row["name"]: row["version"] for row in rows}
    return sorted(name for name, version in versions.items() if filled.get(name) != version)
