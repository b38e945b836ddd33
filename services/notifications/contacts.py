"""Where alerts go. Addresses of staff stay in a mutable table: events only ever say a contact's code.

In the file each agency has its channels, each channel a list of addresses: a text is the duty desk's, ``{to: …, duty:
…}`` somebody's to whom a desk's silence is taken.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from events.vocabulary import Agency, Duty
from services.chassis.access import EVERYWHERE
from services.chassis.database import Database
from services.chassis.programme import programme
from services.notifications.desks_file import UnknownDeskError, refuse_unknown_desks

__all__ = ["Contacts", "UnknownDeskError", "contacts"]

ABOVE_ALL = frozenset({Duty.COORDINATOR, Duty.STEERING})
"""Whoever has one of these hears of every agency's silence, whichever agency lists them."""
LEAD = Agency.OIM
"""Of the programme: its desk hears what nobody else is named for."""


class UnknownDutyError(ValueError):
    """The file gives somebody a duty that does not exist, or that of an agency's desk as a whole."""


class Contact(NamedTuple):
    """One address."""

    code: str
    agency: str
    channel: str
    target: str
    duty: str


def contacts(path: Path | None) -> list[Contact]:
    """Every address: of the installation's own file, or of the starting directory.

    Where nobody is named for a duty the desk stands in, so that no rung of a ladder ends in the air.

    Raises:
        UnknownDutyError: a duty that does not exist. The address is not repeated.
        UnknownDeskError: the file names a desk of somebody who is no agency.
    """
    if path is not None:
        refuse_unknown_desks(path)
    desks: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path else programme()["desks"]
    found = list(_named(desks))
    return [*found, *_standing_in(found)]


def _named(desks: dict[str, Any]) -> Iterator[Contact]:
    for agency, channels in desks.items():
        for channel, targets in channels.items():
            numbers = Counter[str]()
            for one in targets:
                target, duty = (one["to"], one.get("duty", Duty.DESK)) if isinstance(one, dict) else (one, Duty.DESK)
                if duty not in set(Duty) - {Duty.FALLBACK}:
                    raise UnknownDutyError(
                        f"{agency}/{channel}: a duty must be one of desk, on_call, supervisor, coordinator, steering"
                    )
                numbers[duty] += 1
                yield _contact(agency, channel, Duty(duty), numbers[duty], target)


def _standing_in(found: list[Contact]) -> Iterator[Contact]:
    for duty in (Duty.ON_CALL, Duty.SUPERVISOR, *sorted(ABOVE_ALL)):
        named = {one.agency for one in found if one.duty == duty}
        numbers = Counter[tuple[str, str]]()
        for desk in found:
            nobody = not named and desk.agency == LEAD if duty in ABOVE_ALL else desk.agency not in named
            if desk.duty == Duty.DESK and nobody:
                numbers[desk.agency, desk.channel] += 1
                yield _contact(desk.agency, desk.channel, duty, numbers[desk.agency, desk.channel], desk.target)


def _contact(agency: str, channel: str, duty: Duty, number: int, target: str) -> Contact:
    place = f"{agency}/{channel}" if duty is Duty.DESK else f"{agency}/{duty}/{channel}"
    return Contact(f"{place}/{number}", EVERYWHERE if duty in ABOVE_ALL else agency, channel, target, duty)


class Contacts:
    """Brings the table in line with what is known, once; nobody is alerted before that."""

    def __init__(self, database: Database, known: list[Contact]) -> None:
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
            codes = [one.code for one in self._known]
            await connection.execute("delete from contact where contact_id <> all($1::text[])", codes)
            await connection.executemany(
                """insert into contact (contact_id, agency, channel, target, duty) values ($1,$2,$3,$4,$5)
                on conflict (contact_id) do update set target = excluded.target""",
                self._known,
            )
        self._kept = True
