"""What an administrator does to the contacts of the staff: each change an event that names codes and no address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from events.notifications import ContactsChanged
from services.chassis.access import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, VersionConflictError
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.notifications.address_book import AddressBook, known
from services.notifications.contacts import Contact

CONTACTS = derived(UUID(int=0), "notifications/contacts")
"""The stream of all that happened to the contacts."""
ATTEMPTS = 5
PLACES = "select contact_id, array_agg(distinct desk order by desk) as desks from roster group by contact_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directing:
    """Carries the changes out; the same command twice takes effect once."""

    log: Log
    clock: Clock
    database: Database
    book: AddressBook

    async def import_(self, command: UUID, new: Sequence[Contact], principal: Principal) -> dict[str, Any]:
        """Puts these contacts in the place of all that were known. Whoever is disabled remains so."""
        await self.book.ready()
        async with self.database.reading() as connection:
            before = {one.code: one for one in await known(connection)}
        after = {one.code: one for one in new}
        changed = [
            code for code in sorted(before.keys() | after.keys()) if not _same(before.get(code), after.get(code))
        ]
        await self._append(command, "imported", changed, self.book.importing(new), principal)
        return {"contacts": len(after), "changed": len(changed)}

    async def set_disabled(self, command: UUID, code: str, principal: Principal, *, disabled: bool) -> dict[str, Any]:
        """Nobody is sent anything there any more, or again; what was queued goes to whoever is told instead.

        Raises:
            NotFoundError: no such contact.
        """
        await self.book.ready()
        async with self.database.reading() as connection:
            if code not in {one.code for one in await known(connection)}:
                raise NotFoundError
        change = self.book.disabling(code, disabled=disabled)
        await self._append(command, "disabled" if disabled else "enabled", [code], change, principal)
        return {"contact": code, "disabled": disabled}

    async def listed(self) -> list[dict[str, Any]]:
        """Everybody, without a single address: codes, channels in order, and which desks tell them."""
        await self.book.ready()
        async with self.database.reading() as connection:
            found = await known(connection)
            desks = {row["contact_id"]: list(row["desks"]) for row in await connection.fetch(PLACES)}
        return [
            {
                "contact": one.code,
                "channels": [way.channel for way in one.ways],
                "usable": [way.channel for way in one.ways if way.channel in self.book.channels],
                "duty": one.duty,
                "language": one.language,
                "timezone": one.timezone,
                "quiet": one.quiet is not None,
                "disabled": one.disabled,
                "told_by": desks.get(one.code, []),
            }
            for one in found
        ]

    async def _append(
        self,
        command: UUID,
        change: Literal["imported", "disabled", "enabled"],
        codes: Sequence[str],
        within: Any,
        principal: Principal,
    ) -> None:
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load([CONTACTS])
            event = ContactsChanged(change=change, contacts=tuple(codes))
            workspace.record(CONTACTS, event, case=None, actor=principal.actor, cause=command)
            try:
                await self.log.append(Append(entries=workspace.entries, command=command, within=within))
            except VersionConflictError:
                continue
            return
        raise VersionConflictError


def _same(one: Contact | None, other: Contact | None) -> bool:
    if one is None or other is None:
        return False
    return all(getattr(one, name) == getattr(other, name) for name in Contact.__slots__ if name != "disabled")
