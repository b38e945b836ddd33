"""Finds a refused document without a person's id when it is sent again, by a keyed digest that dies with its key."""

import hashlib
import hmac
from uuid import UUID

from services.chassis.database import Database
from services.chassis.eventlog.side_rows import Rows

INSERT = """
insert into vault.refused (id, key_id) select * from unnest($1::uuid[], $2::uuid[])
on conflict (id) do nothing returning id
"""
FIND = "select subject from vault.refused join vault.key on key.id = key_id where refused.id = $1"


def digest_of(index_key: bytes, content: bytes) -> UUID:
    """The digest of a document, 16 bytes."""
    return UUID(bytes=hmac.digest(index_key, b"refused\x00" + content, hashlib.sha256)[:16])


def refused_row(digest: UUID, key: UUID) -> Rows:
    """The row by which it is found, committed with the key."""
    return {INSERT: [(digest, key)]}


async def find_refused(database: Database, digest: UUID) -> UUID | None:
    """The subject under whose key the document was stored; ``None``: it was not, or that key was destroyed."""
    async with database.reading() as connection:
        found = await connection.fetchval(FIND, digest)
    return None if found is None else UUID(int=found.int)
