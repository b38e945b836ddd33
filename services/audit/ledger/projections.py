"""Lets the ledger grow, through the functions that let it do nothing else (``0007_ledger.sql``)."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.domain import Inconsistency, InconsistentLedgerError
from services.audit.ledger.notes import Note

BEGIN = "select begin_ledger($1, $2)"
ADD_LEAVES = "select add_leaves($1, $2, $3, $4, $5)"
ADD_CHECKPOINT = "select add_checkpoint($1, $2, $3, $4, $5, $6)"
ALONE = "select pg_advisory_xact_lock(hashtext('canaliza ledger'), hashtext($1))"


async def begin_ledger(connection: asyncpg.Connection, ledger: str, at: datetime) -> bool:
    """Begins a ledger unless it is there; false: another one began after it."""
    current: bool = await connection.fetchval(BEGIN, ledger, at)
    return current


async def add_leaves(connection: asyncpg.Connection, ledger: str, log: str, after: int, added: Sequence[bytes]) -> bool:
    """Adds hashes to each level of a tree of ``after`` leaves, the leaves first; false: it has others by now.

    Raises:
        InconsistentLedgerError: the tiles are not those of a tree of so many leaves.
    """
    leaves, *upper = added
    try:
        done: bool = await connection.fetchval(ADD_LEAVES, ledger, log, after, leaves, upper)
    except (asyncpg.CheckViolationError, asyncpg.UniqueViolationError):
        raise InconsistentLedgerError(Inconsistency.TILES_CHANGED) from None
    return done


async def add_checkpoint(
    connection: asyncpg.Connection, ledger: str, log: str, checkpoint: Checkpoint, note: Note, at: datetime
) -> bool:
    """Stores a checkpoint as it was signed; false: a later one is there."""
    done: bool = await connection.fetchval(ADD_CHECKPOINT, ledger, log, checkpoint.size, checkpoint.root, str(note), at)
    return done


async def alone_with(connection: asyncpg.Connection, origin: str) -> None:
    """Waits until no other process seals this log; until the end of the transaction."""
    await connection.execute(ALONE, origin)
