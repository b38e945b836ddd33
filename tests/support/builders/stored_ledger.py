"""One log with its ledger, without any service around it, and what its database's owner may do to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from services.audit.ledger.checkpoints import Checkpoint
from services.audit.ledger.commands import Sealer
from services.audit.ledger.growth import EMPTY, grown
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.sealed_file import SealedFile
from services.chassis.database import Database
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from tests.support.system.logs import as_admin, some

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
KEYS = LedgerKeys("4f0c9a7be2d14c0f8b6a5d3e2c1b0a99", b"\x07" * 32)
LOG = "audit"


class Ledger:
    """One database with a log, its ledger, and the file beside the key."""

    def __init__(self, dsn: str, database: Database, log: Log, folder: Path) -> None:
        self.dsn, self.database, self.log, self.folder = dsn, database, log, folder

    def sealer(self, keys: LedgerKeys = KEYS, folder: Path | None = None) -> Sealer:
        """Another process of the audit service."""
        key = keys.signer(LOG)
        file = SealedFile.of(folder or self.folder, key.verifier)
        return Sealer(ledger=KEYS.id, log=LOG, key=key, file=file, database=self.database, clock=lambda: NOW)

    async def record(self, count: int) -> None:
        await self.log.append(Append(entries=some(count)))

    async def gathered(self, sealer: Sealer) -> None:
        while await sealer.gather(await self.log.head()):
            pass

    async def grows(self, count: int, sealer: Sealer | None = None) -> Checkpoint | None:
        """So many events more, sealed."""
        sealer = sealer or self.sealer()
        if count:
            await self.record(count)
        await self.gathered(sealer)
        return await sealer.seal()

    async def pure_root(self, size: int) -> bytes:
        """The root over what the log has, computed from its entries."""
        entries = await self.log.entries(after=0, limit=size)
        return grown(EMPTY, [one.leaf_hash() for one in entries])[0].root()

    @asynccontextmanager
    async def as_owner(self) -> AsyncIterator[asyncpg.Connection]:
        """Whoever owns the database and takes its triggers away."""
        async with as_admin(self.dsn) as admin:
            await admin.execute("set session_replication_role = replica")
            yield admin


async def cut_back(ledger: Ledger, size: int) -> None:
    """The database as it was at a size: an older backup in its place."""
    async with ledger.as_owner() as owner:
        await owner.execute("delete from audit.event where position > $1", size)
        await owner.execute("update audit.head set position = $1", size)
        await owner.execute("delete from audit.checkpoint where size > $1", size)
        await owner.execute("delete from audit.tile where level > 0 or number > $1", size // 256)
        await owner.execute(
            "update audit.tile set hashes = substr(hashes, 1, $2) where number = $1", size // 256, 32 * (size % 256)
        )
        await owner.execute("update audit.tree set size = $1 where log = 'audit'", size)
