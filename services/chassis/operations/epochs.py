"""Records the epochs of a key file in the vault, so that another key file is recognised and refused.

Done by ``migrate`` and by a rotation, with intake's role: the owner of the schemas sees no key.
"""

from collections.abc import Mapping
from datetime import datetime

import asyncpg

from events.vocabulary import BoxClass
from services.chassis.database import Database
from services.chassis.vault.epochs import (
    AnotherKeyFileError,
    EpochKeys,
    KeysUnavailableError,
    UnwrappingError,
    check_value,
)

RECORDED = "select class, epoch, check_value, destroyed_at is not null as destroyed from vault.epoch"
ONE_OF_AN_EPOCH = "select id, wrapped from vault.key where class = $1 and epoch = $2 limit 1"
RECORD = """
insert into vault.epoch (class, epoch, check_value, created_at) values ($1, $2, $3, $4) on conflict do nothing
"""


async def record_epochs(database: Database, keys: Mapping[BoxClass, Mapping[int, bytes]], at: datetime) -> None:
    """Stores the check values of epochs that are new in this file; compares those that are known.

    An installation of an earlier version has keys and no check value: its file must unwrap one of them.

    Raises:
        AnotherKeyFileError: the file is not the one whose keys wrap the vault's.
        KeysUnavailableError: the file lacks the key of an epoch that is in use.
        StoreUnavailableError: the vault cannot be reached.
    """
    async with database.reading() as connection, connection.transaction():
        recorded = {(row["class"], row["epoch"]): row for row in await connection.fetch(RECORDED)}
        for (kind, epoch), row in recorded.items():
            if not row["destroyed"] and epoch not in keys[BoxClass(kind)]:
                raise KeysUnavailableError
        for kind, epochs in keys.items():
            for epoch, key in epochs.items():
                known = recorded.get((kind.value, epoch))
                value = check_value(kind, epoch, key)
                if known is None:
                    await _must_unwrap(connection, kind, epoch, key)
                    await connection.execute(RECORD, kind.value, epoch, value, at)
                elif known["check_value"] != value:
                    raise AnotherKeyFileError


async def _must_unwrap(connection: asyncpg.Connection, kind: BoxClass, epoch: int, key: bytes) -> None:
    row = await connection.fetchrow(ONE_OF_AN_EPOCH, kind.value, epoch)
    if row is None:
        return
    try:
        EpochKeys({kind: {epoch: key}}).unwrap(row["id"], kind, epoch, row["wrapped"])
    except UnwrappingError:
        raise AnotherKeyFileError from None
