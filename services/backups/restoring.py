"""Restores a backup as the embedded server of a new installation: the server's files, and the keys if they are gone."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from events.vocabulary import BoxClass
from services.backups.at_work import end_server
from services.backups.checking import Chosen, choose
from services.backups.erased import erase_again, write_erased
from services.backups.key_copies import KeyCopies
from services.backups.keys_at_hand import must_open
from services.backups.positions import log_ends
from services.backups.recovering import recovered, unpack
from services.backups.refusals import RefusedError
from services.chassis.clock import Clock
from services.chassis.names import SERVICES, postgres_role
from services.chassis.own_system import INSTALLATION_FILE
from services.chassis.private_files import private_folder
from services.chassis.secrets.epoch_files import EpochFiles
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.local.cluster import ADMIN
from services.local.lock import only_one
from services.upkeep import epoch_files, recover_keys

ASIDE = "postgres.restored"
MAY_STAY = frozenset({"nats", "nats.log", "nats.log.1", "postgres.log", "postgres.log.1", "lock", ASIDE,
                      "cases-to-send-again.json"})  # fmt: skip
"""What the data may have already: above all the streams, from which ``repair`` brings back what the backup lacks."""
SEALED_WITH = "select count(*) from vault.key where class = $1 and epoch = $2"
LAST = "select max(epoch) from vault.epoch where class = $1"
DESTROYED = "select class, epoch from vault.epoch where destroyed_at is not null"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostEpoch:
    """An epoch whose key is nowhere any more; ``people``: keys of people that it wrapped."""

    kind: BoxClass
    epoch: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored. ``erased_again``: keys of erased people that came back and were destroyed."""

    backup: str
    positions: Mapping[str, int]
    erased_again: int
    lost: list[LostEpoch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """What to restore, and whence the keys come. ``term``: of the copies of destroyed epochs."""

    settings: Settings
    source: Path
    keys_from: Path | None
    until: datetime | None
    term: timedelta
    clock: Clock
    as_far_as_it_goes: bool = False
    although_keys_are_lost: bool = False

    async def run(self) -> Restored:
        """Restores into ``CANALIZA_DATA``.

        Raises:
            RefusedError: it cannot be; nothing was changed.
            UnsafeSecretsError: the files of keys cannot be used.
        """
        data = self.settings.data.resolve()
        _must_be_free(data)
        chosen = await asyncio.to_thread(choose, self.source, self.until, as_far_as_it_goes=self.as_far_as_it_goes)
        if chosen.manifest.kind != "base" or chosen.manifest.role != ADMIN:
            raise RefusedError(
                f"{chosen.folder.name} es de un servidor propio: se restaura allí, como dice la guía de operación.",
                "It is of a server of your own: it is restored there, as the operator's guide says.",
            )
        files = epoch_files(self.settings)
        secrets, new = await asyncio.to_thread(self._secrets, files)
        must_open(chosen, secrets.epoch_keys, although_keys_are_lost=self.although_keys_are_lost)
        private_folder(data)
        with only_one(data):
            aside = data / ASIDE
            await end_server(aside)
            shutil.rmtree(aside, ignore_errors=True)
            try:
                if self.until is not None:
                    await self._learn_who_was_erased(chosen, aside)
                await unpack(chosen, aside)
                if new and self.keys_from is not None:
                    await asyncio.to_thread(KeyCopies(self.keys_from).install, files.folder, secrets)
                restored = await self._recover(chosen, aside, secrets, files)
                aside.rename(data / "postgres")
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise
        return restored

    async def _learn_who_was_erased(self, chosen: Chosen, aside: Path) -> None:
        """Reads the WAL to its end first: whoever was erased after the moment is not brought back either."""
        await unpack(chosen, aside)
        log = aside.parent / "postgres.log"
        async with recovered(aside, chosen.manifest, chosen.archive, None, log) as dsn:
            connection = await asyncpg.connect(dsn)
            try:
                with suppress(asyncpg.UndefinedTableError):  # what is to be undone may have been to that table
                    await write_erased(connection, chosen.root)
            finally:
                await connection.close()
        await asyncio.to_thread(shutil.rmtree, aside)

    def _secrets(self, files: EpochFiles) -> tuple[Secrets, bool]:
        """The installation's secrets, and whether they come from the copy: the present ones know more."""
        if (files.folder / INSTALLATION_FILE).exists():
            return Secrets.load(self.settings.data, self.settings.keys), False
        if self.keys_from is None:
            raise RefusedError(
                f"En {files.folder} no hay llaves: diga dónde está su copia con --keys-from.",
                "There are no keys there: say where their copy is by --keys-from.",
            )
        return KeyCopies(self.keys_from).secrets(self.clock(), self.term), True

    async def _recover(self, chosen: Chosen, aside: Path, secrets: Secrets, files: EpochFiles) -> Restored:
        log = aside.parent / "postgres.log"
        async with recovered(aside, chosen.manifest, chosen.archive, self.until, log) as dsn:
            connection = await asyncpg.connect(dsn)
            try:
                await _set_passwords(connection, secrets)
                again = await erase_again(connection, chosen.root)
                lost = [
                    LostEpoch(kind=kind, epoch=epoch, people=await connection.fetchval(SEALED_WITH, kind, epoch))
                    for kind, epoch in await recover_keys(dsn, self.settings, self.clock)
                ]
                await self._go_on_after(connection, lost, files)
                ends = await log_ends(connection)
            finally:
                await connection.close()
        positions = {name: end.position for name, end in ends.items()}
        return Restored(backup=chosen.folder.name, positions=positions, erased_again=again, lost=lost)

    async def _go_on_after(self, connection: asyncpg.Connection, lost: list[LostEpoch], files: EpochFiles) -> None:
        """Takes keys of destroyed epochs out of the files, and begins a new one where the newest was lost."""
        destroyed: dict[BoxClass, tuple[int, ...]] = {}
        for row in await connection.fetch(DESTROYED):
            kind = BoxClass(row["class"])
            destroyed[kind] = (*destroyed.get(kind, ()), row["epoch"])
        last = {one.kind: await connection.fetchval(LAST, one.kind) for one in lost}
        await asyncio.to_thread(files.add, list(last), after=last)
        await asyncio.to_thread(files.remove, destroyed, self.clock())


def _must_be_free(data: Path) -> None:
    there = sorted(path.name for path in data.iterdir()) if data.exists() else []
    if any(name not in MAY_STAY for name in there):
        raise RefusedError(
            f"{data} no está vacía ({', '.join(there)}): restaure en otra CANALIZA_DATA, o aparte lo que hay.",
            "It is not empty: restore into another CANALIZA_DATA, or move away what is there.",
        )


async def _set_passwords(connection: asyncpg.Connection, secrets: Secrets) -> None:
    """Gives the roles their passwords of today: the backup has those of then."""
    passwords = {ADMIN: secrets.postgres_admin} | {postgres_role(one): secrets.postgres[one] for one in SERVICES}
    for role, password in passwords.items():
        quoted = await connection.fetchval("select quote_literal($1::text)", password)
        await connection.execute(f"alter role {role} password {quoted}")
