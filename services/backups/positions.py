"""Where the logs of a database end, which epochs it needs, and whose keys were destroyed."""

import asyncpg

from services.audit.ledger.leaves import LEAF_COLUMNS, leaf_hashes_of
from services.backups.manifest import EpochNeeded, LogEnd
from services.chassis.names import SERVICES

HEAD = "select position from {log}.head"
LAST = f"select {LEAF_COLUMNS} from {{log}}.event where position = $1"
EPOCHS = """
select class, epoch, check_value from vault.epoch where destroyed_at is null order by class, epoch
"""
APPLIED = "select name from {schema}.migration order by name"
SCHEMAS = ("vault", "accounts", *SERVICES)


async def log_ends(connection: asyncpg.Connection) -> dict[str, LogEnd]:
    """The last event of every log."""
    return {log: await log_end(connection, log, None) for log in SERVICES}


async def log_end(connection: asyncpg.Connection, log: str, position: int | None) -> LogEnd:
    """The event at a position of a log, or the last one; without a leaf hash if it is not there."""
    at = await connection.fetchval(HEAD.format(log=log)) if position is None else position
    rows = await connection.fetch(LAST.format(log=log), at)
    return LogEnd(at, leaf_hashes_of(rows)[0].hex() if rows else "")


async def epochs_needed(connection: asyncpg.Connection) -> list[EpochNeeded]:
    """The epochs that wrap somebody's key, or may: those that were not destroyed."""
    rows = await connection.fetch(EPOCHS)
    return [EpochNeeded(row["class"], row["epoch"], row["check_value"].hex()) for row in rows]


async def migrations_applied(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """The names of the applied migrations by schema."""
    return {
        schema: [row["name"] for row in await connection.fetch(APPLIED.format(schema=schema))] for schema in SCHEMAS
    }
