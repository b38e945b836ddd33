"""Contacts of the staff over HTTP: written by an administrator, read back without addresses."""

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import (
    CommandIdReusedError,
    EntryTooLargeError,
    NotFoundError,
    ServiceError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.chassis.web.schemas import Fault
from services.notifications.contacts import queries
from services.notifications.contacts.commands import ContactCommands
from services.notifications.contacts.domain import ContactFaultsError, Place
from services.notifications.contacts.file_format import Known, is_code, parse_contacts
from services.notifications.contacts.projections import AddressBook
from services.notifications.contacts.schemas import (
    StaffContactCommand,
    StaffContactList,
    StaffContactsImport,
    StaffContactsImported,
    StaffContactState,
)


class ContactFaultError(ServiceError):
    """The contacts cannot be used. ``canaliza contacts import`` names lines."""

    code = "contacts_not_valid"
    status = 422


def _fault(place: Place) -> Fault:
    """A fault with its place as far as that consists of codes and numbers: anything else may be an address."""
    parts = [str(part) for part in place if is_code(part)]
    known = parts if len(parts) == len(place) else []
    return Fault(field=".".join(["contacts", *known]), code="not_valid")


def routes(commands: ContactCommands, book: AddressBook, known: Known, database: Database, tokens: Tokens) -> APIRouter:
    """``GET`` and ``PUT /contacts``, ``POST /contacts/disable`` and ``/contacts/enable``."""
    router = APIRouter(tags=["notifications"])

    @router.get("/contacts")
    async def list_contacts(_principal: Principal = requires(tokens, Action.OPERATE)) -> StaffContactList:
        """Lists every contact: its code, channels and desks, never an address."""
        return await queries.list_contacts(database, book)

    @router.put(
        "/contacts",
        responses=refuses(ContactFaultError, CommandIdReusedError, VersionConflictError, EntryTooLargeError),
    )
    async def import_contacts(
        body: StaffContactsImport, principal: Principal = requires(tokens, Action.OPERATE)
    ) -> StaffContactsImported:
        """Replaces all contacts. The event names the contacts that changed, without their addresses."""
        try:
            new = parse_contacts(body.contacts, known)
        except ContactFaultsError as error:
            faults = [_fault(place).model_dump(exclude_none=True) for place, _ in error.faults]
            raise ContactFaultError(faults=faults) from None
        return await commands.import_(body.command_id, new, principal)

    @router.post("/contacts/disable", responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError))
    async def disable_contact(
        body: StaffContactCommand, principal: Principal = requires(tokens, Action.OPERATE)
    ) -> StaffContactState:
        """Stops notifying a contact; the next one is notified instead."""
        return await commands.set_disabled(body.command_id, body.contact, principal, disabled=True)

    @router.post("/contacts/enable", responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError))
    async def enable_contact(
        body: StaffContactCommand, principal: Principal = requires(tokens, Action.OPERATE)
    ) -> StaffContactState:
        """Resumes notifying a contact."""
        return await commands.set_disabled(body.command_id, body.contact, principal, disabled=False)

    return router
