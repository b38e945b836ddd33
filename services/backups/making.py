"""Makes a backup: written aside, read back, and complete only once its manifest is there."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import asyncpg
import orjson

from services.backups.at_work import alone, remove_drills
from services.backups.erased import listed, write_erased
from services.backups.keeping import COMPLETE, UNFINISHED, complete, remove_old, remove_unfinished
from services.backups.key_copies import KeyCopies
from services.backups.manifest import Manifest, sums
from services.backups.places import check_apart
from services.backups.positions import epochs_needed, log_ends, migrations_applied
from services.backups.programs import run_program
from services.backups.reading_back import CONTENTS, read_back
from services.backups.saved_settings import save_open, save_secret
from services.backups.wal import ARCHIVE, prune, segment_at
from services.chassis.clock import Clock
from services.chassis.private_files import private_folder
from services.chassis.secrets.epoch_files import EpochFiles
from services.chassis.settings import Settings

DUMP = "database.dump"
MAY_COPY = "select rolsuper or rolreplication from pg_roles where rolname = current_user"
MAY_SWITCH = "select has_function_privilege('pg_switch_wal()', 'execute')"
SWITCH = "select pg_switch_wal()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made."""

    folder: Path
    manifest: Manifest
    keys_copied: bool
    removed: list[str]
    """Older backups that are no longer kept, and what interrupted ones had left."""
    copies_destroyed: int
    """Copies of epoch keys whose term was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Where a backup goes. ``own``: the installation's key files; ``term``: of the copies of destroyed epochs."""

    dsn: str
    settings: Settings
    own: EpochFiles
    term: timedelta
    clock: Clock
    to: Path
    keys_to: Path | None
    keep: int
    kind: Literal["base", "dump"] | None = None
    """``None``: a base backup if the role of the DSN may make one, otherwise a dump."""

    async def run(self) -> Made:
        """Makes the backup.

        Raises:
            RefusedError: it was not made; nothing half done is left.
            UnsafeSecretsError: the key files cannot be used.
        """
        check_apart(self.settings, self.to, self.keys_to)
        private_folder(self.to)
        with alone(self.to):
            return await self._run()

    async def _run(self) -> Made:
        listed(self.to)
        left = await asyncio.to_thread(remove_unfinished, self.to) + await remove_drills(self.to)
        at = self.clock()
        connection = await asyncpg.connect(self.dsn)
        try:
            async with self._aside(at) as folder:
                manifest = await self._write(connection, folder, at)
                await write_erased(connection, self.to)  # before the backup is complete: none is without it
            if await connection.fetchval(MAY_SWITCH):
                await connection.execute(SWITCH)  # what was committed meanwhile goes into the archive now
        finally:
            await connection.close()
        destroyed = await asyncio.to_thread(self._keys) if self.keys_to is not None else 0
        removed = await asyncio.to_thread(self._remove_old)
        return Made(
            folder=_named(self.to, COMPLETE, at),
            manifest=manifest,
            keys_copied=self.keys_to is not None,
            removed=left + removed,
            copies_destroyed=destroyed,
        )

    @asynccontextmanager
    async def _aside(self, at: datetime) -> AsyncIterator[Path]:
        """A folder that becomes the backup's when the context ends well, and is removed otherwise."""
        folder = _named(self.to, UNFINISHED, at)
        private_folder(folder)
        try:
            yield folder
            await asyncio.to_thread(_flush, folder)
            folder.rename(_named(self.to, COMPLETE, at))
            _flush_folder(self.to)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    async def _write(self, connection: asyncpg.Connection, folder: Path, at: datetime) -> Manifest:
        kind = self.kind or ("base" if await connection.fetchval(MAY_COPY) else "dump")
        logs, applied = await log_ends(connection), await migrations_applied(connection)
        epochs = await epochs_needed(connection)
        if kind == "base":
            where = await self._base(folder)
        else:
            where = {}
            words = ("--format=custom", "--compress=1", "--file", str(folder / DUMP))
            await run_program("pg_dump", *words, dsn=self.dsn)
        save_open(self.settings, folder)
        manifest = Manifest(
            kind=kind,
            made_at=at,
            program=version("canaliza"),
            postgres=connection.get_server_version().major,
            role=await connection.fetchval("select current_user::text"),
            database=await connection.fetchval("select current_database()::text"),
            logs=logs,
            epochs=epochs,
            migrations=applied,
            files=await asyncio.to_thread(sums, folder),
            **where,
        )
        await asyncio.to_thread(manifest.write, folder)
        return manifest

    async def _base(self, folder: Path) -> dict[str, Any]:
        """Copies the server's files while it works, and reads the copy back."""
        words = ("--pgdata", str(folder), "--format=tar", "--compress=client-gzip:1", "--wal-method=stream")
        await run_program("pg_basebackup", *words, "--checkpoint=fast", "--manifest-checksums=SHA256", dsn=self.dsn)
        await asyncio.to_thread(read_back, folder)
        (wal, *_) = orjson.loads((folder / CONTENTS).read_bytes())["WAL-Ranges"]
        return {"timeline": wal["Timeline"], "begins": wal["Start-LSN"], "ends": wal["End-LSN"]}

    def _keys(self) -> int:
        assert self.keys_to is not None  # noqa: S101 - run() looked
        copies = KeyCopies(self.keys_to)
        destroyed = copies.save(self.own, self.clock(), self.term)
        save_secret(self.settings, self.keys_to)
        return len(destroyed)

    def _remove_old(self) -> list[str]:
        removed = remove_old(self.to, self.keep)
        kept = [Manifest.read(folder) for folder in complete(self.to)]
        prune(self.to / ARCHIVE, [segment_at(one.begins, one.timeline) for one in kept if one.kind == "base"])
        return removed


def _named(to: Path, prefix: str, at: datetime) -> Path:
    return to / f"{prefix}{at:%Y%m%dT%H%M%S%fZ}"


def _flush(folder: Path) -> None:
    """Writes every file of the folder to the disk itself."""
    for path in folder.rglob("*"):
        _flush_folder(path)
    _flush_folder(folder)


def _flush_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
