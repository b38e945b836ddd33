"""Stores what a command contained beyond its event, so that its id cannot be reused for another command.

The events of this service name no address and no secret. Those of a command are stored as a digest with a key that is
not in the database: equal contents can be recognised, and no address can be guessed from it.
"""

import hmac
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.database import Database
from services.chassis.eventlog.commands import InTransaction
from services.chassis.secrets.key_ring import KeyRing, ring_of
from services.notifications.command_contents.domain import content_key, digest

STORE = "insert into command_content (command, digest) values ($1, $2)"
STORED = "select digest from command_content where command = $1"


class CommandContents:
    """Stores digests of commands' contents and compares with them."""

    def __init__(self, database: Database, keys: KeyRing | str | None) -> None:
        """``keys`` are the installation's for links (64 bytes, base64); without one nothing is stored or compared."""
        self._keys = ring_of(keys)
        self._database = database

    def storing(self, command: UUID, content: Any, also: InTransaction) -> InTransaction:
        """Stores the digest of a command's content (see ``digest``) in its transaction, after ``also`` has run."""

        async def store(connection: asyncpg.Connection) -> None:
            await also(connection)
            for key in self._keys()[:1]:
                await connection.execute(STORE, command, digest(content_key(key), content))

        return store

    async def matches(self, command: UUID, content: Any) -> bool:
        """Whether a command had this content; also true of a command without a digest, from before they existed."""
        async with self._database.reading() as connection:
            stored = await connection.fetchval(STORED, command)
        digests = [digest(content_key(key), content) for key in self._keys()]
        return stored is None or not digests or any(hmac.compare_digest(stored, each) for each in digests)
