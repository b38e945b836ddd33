"""Where a desk's alerts go. Addresses of staff stay in a mutable table: events only ever say a contact's code."""

from pathlib import Path
from typing import Any

import yaml

from services.chassis.database import Database
from services.chassis.programme import programme
from services.notifications.desks_file import UnknownDeskError, refuse_unknown_desks

__all__ = ["Contacts", "UnknownDeskError", "contacts"]


def contacts(path: Path | None) -> list[tuple[str, str, str, str]]:
    """(code, agency, channel, address) of every desk: the installation's own file, or the starting directory's.

    Raises:
        UnknownDeskError: the file names a desk of somebody who is no agency.
    """
    if path is not None:
        refuse_unknown_desks(path)
    desks: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path else programme()["desks"]
    return [
        (f"{agency}/{channel}/{number}", agency, channel, target)
        for agency, channels in desks.items()
        for channel, targets in channels.items()
        for number, target in enumerate(targets, start=1)
    ]


class Contacts:
    """Brings the table in line with what is known, once; nobody is alerted before that."""

    def __init__(self, database: Database, known: list[tuple[str, str, str, str]]) -> None:
        """``known`` as from ``contacts``."""
        self._database = database
        self._known = known
        self._kept = False

    async def ready(self) -> None:
        """Returns when the table holds the contacts.

        Raises:
            StoreUnavailableError: PostgreSQL cannot be reached; ask again.
        """
        if self._kept:
            return
        async with self._database.reading() as connection, connection.transaction():
            codes = [one[0] for one in self._known]
            await connection.execute("delete from contact where contact_id <> all($1::text[])", codes)
            await connection.executemany(
                """insert into contact values ($1,$2,$3,$4)
                on conflict (contact_id) do update set target = excluded.target""",
                self._known,
            )
        self._kept = True
