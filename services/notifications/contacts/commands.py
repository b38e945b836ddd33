"""Changes to the contacts of the staff: each an event that names codes and no address."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from events.notifications import ContactsChanged
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import Decided, Facts, Same, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.notifications.command_contents.queries import CommandContents
from services.notifications.contacts.domain import Contact, NoContactError
from services.notifications.contacts.projections import AddressBook, read_contacts
from services.notifications.contacts.schemas import StaffContactsImported, StaffContactState

T = TypeVar("T")

CONTACTS = uuid5(UUID(int=0), "notifications/contacts")
"""The stream of every change to the contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCommands:
    """Imports, disables and enables contacts; a repeated command takes effect once."""

    log: Log
    clock: Clock
    database: Database
    book: AddressBook
    contents: CommandContents

    async def import_(self, command: UUID, new: Sequence[Contact], principal: Principal) -> StaffContactsImported:
        """Replaces all contacts by these. Disabled contacts stay disabled.

        Raises:
            CommandIdReusedError: the id was used for another command.
        """
        after = {one.code: one for one in new}
        content = [[getattr(one, name) for name in Contact.__slots__] for _, one in sorted(after.items())]

        async def decide(before: Mapping[str, Contact], work: UnitOfWork) -> Decided:
            changed = [
                code for code in sorted(before.keys() | after.keys()) if not _same(before.get(code), after.get(code))
            ]
            event = ContactsChanged(change="imported", contacts=tuple(changed))
            work.record(CONTACTS, event, case=None, actor=principal.actor, cause=command)
            return Decided(in_transaction=self.contents.storing(command, content, self.book.importing(new)))

        async def same(facts: Facts) -> bool:
            event = facts[0].event
            imported = isinstance(event, ContactsChanged) and event.change == "imported"
            return imported and await self.contents.matches(command, content)

        event = await self._change(command, principal, self._contacts, decide, same)
        return StaffContactsImported(contacts=len(after), changed=len(event.contacts))

    async def set_disabled(
        self, command: UUID, code: str, principal: Principal, *, disabled: bool
    ) -> StaffContactState:
        """Stops or resumes notifying a contact; its queued deliveries move to a substitute.

        Raises:
            CommandIdReusedError: the id was used for another command.
            NotFoundError: no such contact.
        """
        event = ContactsChanged(change="disabled" if disabled else "enabled", contacts=(code,))

        async def admit(work: UnitOfWork) -> None:
            if code not in await self._contacts(work):
                raise NotFoundError

        async def decide(_: None, work: UnitOfWork) -> Decided:
            work.record(CONTACTS, event, case=None, actor=principal.actor, cause=command)
            return Decided(in_transaction=self.book.disabling(code, disabled=disabled))

        same = led_to(ContactsChanged, **dict(event))
        await self._change(command, principal, admit, decide, same)
        return StaffContactState(contact=code, disabled=disabled)

    async def set_quiet_hours(
        self, command: UUID, quiet: tuple[int, int] | None, time_zone: str, principal: Principal
    ) -> None:
        """Sets the principal's own quiet hours; ``None``: none. No import of contacts changes them from then on.

        Raises:
            CommandIdReusedError: the id was used for another command.
            NoContactError: nobody wrote a contact of theirs down.
        """
        code = principal.person or ""
        content = [code, quiet, time_zone]
        event = ContactsChanged(change="quiet_hours", contacts=(code,))

        async def admit(work: UnitOfWork) -> None:
            if code not in await self._contacts(work):
                raise NoContactError

        async def decide(_: None, work: UnitOfWork) -> Decided:
            work.record(CONTACTS, event, case=None, actor=principal.actor, cause=command)
            change = self.book.setting_quiet_hours(code, quiet, time_zone)
            return Decided(in_transaction=self.contents.storing(command, content, change))

        async def same(facts: Facts) -> bool:
            return facts[0].event == event and await self.contents.matches(command, content)

        await self._change(command, principal, admit, decide, same)

    async def _contacts(self, _work: UnitOfWork) -> Mapping[str, Contact]:
        await self.book.ready()
        async with self.database.reading() as connection:
            return {one.code: one for one in await read_contacts(connection)}

    async def _change(
        self,
        command: UUID,
        principal: Principal,
        admit: Callable[[UnitOfWork], Awaitable[T]],
        decide: Callable[[T, UnitOfWork], Awaitable[Decided]],
        same: Same,
    ) -> ContactsChanged:
        actor = principal.actor
        done = await execute(self.log, self.clock, command, actor, [CONTACTS], admit=admit, decide=decide, same=same)
        event = done.facts[0].event
        assert isinstance(event, ContactsChanged)  # noqa: S101 - its stream holds nothing else
        return event


def _same(one: Contact | None, other: Contact | None) -> bool:
    if one is None or other is None:
        return False
    return all(getattr(one, name) == getattr(other, name) for name in Contact.__slots__ if name != "disabled")
