"""What so many cases take on the disk."""

from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.ground import Ground, Place
from services.chassis.names import SERVICES, Names
from services.system import MODELS

TABLES = """
select n.nspname as schema, c.relname as name, c.reltuples::bigint as rows,
  pg_table_size(c.oid) as heap, pg_indexes_size(c.oid) as indexes
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
order by pg_total_relation_size(c.oid) desc"""
WAL = "select coalesce(sum(size), 0) from pg_ls_waldir()"


async def on_disk(dsn: str) -> dict[str, Any]:
    """Bytes of the database, in all and by what they are for; the largest tables by name."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = [dict(row) for row in await connection.fetch(TABLES)]
        events = {log: await connection.fetchval(f"select position from {log}.head") for log in SERVICES}
        whole = await connection.fetchval("select pg_database_size(current_database())")
        wal = await connection.fetchval(WAL)
    finally:
        await connection.close()
    kinds = Counter[str]()
    for table in tables:
        kinds[_kind(table["schema"], table["name"])] += table["heap"] + table["indexes"]
    return {"events": events, "database": whole, "wal": int(wal), "by_kind": dict(kinds), "tables": tables[:15]}


def _kind(schema: str, table: str) -> str:
    if table == "event":
        return "logs"
    if schema in MODELS and table in {name for model in MODELS[schema] for name in model.tables}:
        return f"read models of {schema}"
    return "keys" if schema == "vault" else "everything else"


async def streams(ground: Ground, place: Place) -> dict[str, dict[str, int]]:
    """Messages and bytes of each log's copy in JetStream, as far as it has been filled."""
    async with ground.jetstream_administrator() as client:
        found = {}
        for service in SERVICES:
            info = await client.jetstream().stream_info(Names(place.namespace).stream(service))
            found[service] = {"messages": info.state.messages, "bytes": info.state.bytes}
        return found


def folder_size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
