"""Examines a restored system: its logs, its seals, its boxes and its read models. Nothing of it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.audit.ledger.keys import LedgerKeys
from services.backups.boxes import Boxes, came_back, sample
from services.backups.checking import Chosen
from services.backups.erased import erase_again
from services.backups.positions import log_end, log_ends
from services.backups.seals import Seals, continued_by, seals_of
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.names import SERVICES
from services.chassis.operations.migrate import migrate_database, steps
from services.chassis.secrets.installation import Secrets
from services.chassis.vault.epochs import KeysUnavailableError
from services.upkeep import rebuild_read_models

ENTRIES = f"select {ENTRY_COLUMNS} from {{log}}.event where position > $1 order by position limit 1000"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a drill looked at, in words."""

    code: str
    ok: bool
    es: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examining:
    """A restored system, and what it is compared with."""

    dsn: str
    chosen: Chosen
    secrets: Secrets
    running: str | None
    """The administrator's DSN of the running system, if it runs: what is restored must be its beginning."""
    beside_keys: Sequence[Path]
    """Folders with the last seal of each log, which may be later than the backup's."""

    async def run(self) -> list[Check]:
        """Looks at everything."""
        checks = [Check("restored", True, "Se restauró", "It was restored")]
        connection = await asyncpg.connect(self.dsn)
        try:
            again = await erase_again(connection, self.chosen.root)
            checks += await _positions(connection, self.chosen)
            boxes = await sample(connection, self.secrets.epoch_keys)
            ledger = LedgerKeys.of(self.secrets.of("audit"))
            checks += await self._read(connection, boxes, ledger)
            left = await came_back(connection)
            checks.append(
                Check(
                    "erased",
                    left == 0,
                    f"Nada de quien fue suprimido se abre ({again} llaves volvieron y se destruyeron de nuevo)",
                    f"Nothing of whoever was erased opens ({again} keys came back and were destroyed again)",
                )
            )
        finally:
            await connection.close()
        return checks + await _read_models(self.dsn, self.secrets, self.chosen)

    async def _read(self, connection: asyncpg.Connection, boxes: Boxes, ledger: LedgerKeys) -> list[Check]:
        """Reads every event of every log once: for its seal, and for the boxes in it."""
        checks, count = list[Check](), 0
        for log in SERVICES:
            seals = await seals_of(connection, log, ledger, self.beside_keys)
            position = 0
            while rows := await connection.fetch(ENTRIES.format(log=log), position):
                entries = [from_row(row) for row in rows]
                for entry in entries:
                    boxes.look(decode(entry))
                seals.add([entry.leaf_hash() for entry in entries])
                position, count = entries[-1].position, count + len(entries)
            checks.append(await self._sealed(seals))
        opened = f"{len(boxes.opened)}/{len(boxes.opened | boxes.without)}"
        keys_ok = not boxes.unopened and not boxes.broken
        es = f"Las llaves abren una muestra de cada clase y época ({opened})"
        en = f"The keys open a sample of each class and epoch ({opened})"
        if not keys_ok:
            named = ", ".join(f"{kind} {epoch}" for kind, epoch in sorted(boxes.without))
            es, en = f"Las llaves no abren {named}", f"The keys do not open {named}"
        read = Check("logs", True, f"Se leyó todo hecho de los registros ({count})", f"Every event was read ({count})")
        return [read, Check("keys", keys_ok, es, en), *checks]

    async def _sealed(self, seals: Seals) -> Check:
        ok, more = not seals.differing and not seals.forged, ("", "")
        if ok and self.running is not None:
            running = await asyncpg.connect(self.running)
            try:
                continued = await continued_by(running, seals)
            finally:
                await running.close()
            ok = continued is not False
            more = (
                (", y el que está en marcha lo continúa", ", and the running one continues it") if continued else more
            )
        es = f"{seals.log}: {seals.edge.size} hechos, como se sellaron hasta {seals.last}{more[0]}"
        en = f"{seals.log}: {seals.edge.size} events, as sealed up to {seals.last}{more[1]}"
        if not ok:
            es = f"{seals.log}: no es el registro que se selló, o no es el principio del que está en marcha"
            en = f"{seals.log}: it is not the log that was sealed, or not the beginning of the running one"
        return Check("seals", ok, es, en)


async def _positions(connection: asyncpg.Connection, chosen: Chosen) -> list[Check]:
    """Whether each log has the event at which it ended when the backup began."""
    checks = []
    ends = await log_ends(connection)
    for log, then in chosen.manifest.logs.items():
        there = await log_end(connection, log, then.position)
        ok = there.leaf == then.leaf and ends[log].position >= then.position
        es = f"{log}: hasta {ends[log].position}, y el respaldo dice {then.position}"
        checks.append(Check("positions", ok, es, f"{log}: up to {ends[log].position}; the backup says {then.position}"))
    return checks


async def _read_models(dsn: str, secrets: Secrets, chosen: Chosen) -> list[Check]:
    """Whether what is shown is what the logs give; a backup of an older program is upgraded first."""
    checks = []
    if {(schema, name) for schema, name, _ in steps()} - {
        (schema, name) for schema, names in chosen.manifest.migrations.items() for name in names
    }:
        try:
            applied = len(await migrate_database(dsn, secrets))
        except KeysUnavailableError as error:
            return [Check("upgraded", False, error.title(), error.title("en"))]
        checks.append(Check("upgraded", True, f"{applied} migraciones aplicadas", f"{applied} migrations applied"))
    differing = []
    for name in SERVICES:
        found = await rebuild_read_models(dsn, name, swap=False)
        differing += [f"{name}.{table}" for table, rows in found.differing.items() if rows]
    es = "Lo que se muestra es lo que dan los registros" if not differing else f"No es igual: {', '.join(differing)}"
    en = "The read models equal the logs" if not differing else f"They differ: {', '.join(differing)}"
    return [*checks, Check("read_models", not differing, es, en)]
