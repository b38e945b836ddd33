"""Whose keys were destroyed, beside the backups: none of them brings somebody back who was erased after it was made.

Ids of keys alone are in it, which tell nobody who the person was.
"""

import json
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from services.backups.refusals import DamagedBackupError, RefusedError
from services.chassis.private_files import UnsafeSecretsError, read_private, write_private

FILE = "erased.json"
ERASED = "select id, subject, erased_at from vault.erased order by erased_at, id"
TRACE = """
insert into vault.erased (id, subject, erased_at)
select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) on conflict (id) do nothing
"""
AGAIN = """
with gone as (
  delete from vault.key where id = any($1::uuid[]) or subject in (select subject from vault.erased) returning id)
select count(*) from gone
"""


async def write_erased(connection: asyncpg.Connection, folder: Path) -> None:
    """Adds whose keys are destroyed by now to the list beside the backups. Nobody is ever taken from it.

    Raises:
        RefusedError: the list that is there cannot be read; it is left as it is.
    """
    known = {one["id"]: one for one in listed(folder)}
    for row in await connection.fetch(ERASED):
        one = {"id": str(row["id"]), "subject": str(row["subject"]), "erased_at": row["erased_at"].isoformat()}
        known.setdefault(one["id"], one)
    write_private(folder / FILE, json.dumps(list(known.values())) + "\n")


async def erase_again(connection: asyncpg.Connection, folder: Path) -> int:
    """Destroys the keys that an older backup brought back. Returns how many.

    Raises:
        RefusedError: the list cannot be read.
    """
    known = listed(folder)
    ids = [one["id"] for one in known]
    at = [datetime.fromisoformat(one["erased_at"]) for one in known]
    async with connection.transaction():
        await connection.execute(TRACE, ids, [one["subject"] for one in known], at)
        count: int = await connection.fetchval(AGAIN, ids)
    return count


def listed(folder: Path) -> list[dict[str, str]]:
    """The list in a folder of backups; empty: it has none yet. One that cannot be read is not taken for an empty one.

    Raises:
        RefusedError: it cannot be read, or is open to others.
        DamagedBackupError: it is not what was written.
    """
    path = folder / FILE
    if not path.exists():
        return []
    try:
        found: list[dict[str, str]] = json.loads(read_private(path))
        for one in found:
            _ = (UUID(one["id"]), UUID(one["subject"]), datetime.fromisoformat(one["erased_at"]))
    except UnsafeSecretsError as error:
        raise RefusedError(
            f"La lista de suprimidos no se puede leer ({error}): sin ella volverían. No se cambió nada.",
            "The list of the erased cannot be read; without it they would come back. Nothing was changed.",
        ) from None
    except (ValueError, TypeError, KeyError):
        raise DamagedBackupError(
            f"{path} está dañado: traiga la copia de otro disco; sin ella volvería gente suprimida.",
            "The list of the erased is damaged: bring its copy from another disk, or erased people would come back.",
        ) from None
    return found


def must_be_listed(folder: Path) -> None:
    """Refuses backups that were brought here without the list beside them: every complete one had it.

    Raises:
        RefusedError: there is none, or it cannot be read.
    """
    if not (folder / FILE).exists():
        raise RefusedError(
            f"Falta {folder / FILE}, la lista de suprimidos: tráigala con los respaldos; sin ella volvería gente.",
            "The list of the erased, which is beside the backups, is missing: bring it, or erased people come back.",
        )
    listed(folder)
