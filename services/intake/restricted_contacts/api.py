"""Contact with an authority at a person's written wish, over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import (
    CommandIdReusedError,
    ErasedError,
    KeysLostError,
    NotFoundError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.cases.errors import NoPersonError
from services.intake.restricted_contacts.commands import RestrictedContactCommands
from services.intake.restricted_contacts.domain import (
    AlreadyAuthorisedError,
    ContactLapsedError,
    RecipientWithheldError,
    SamePersonError,
    WishWithdrawnError,
)
from services.intake.restricted_contacts.queries import list_contacts
from services.intake.restricted_contacts.schemas import (
    RestrictedContactAuthorisation,
    RestrictedContactList,
    RestrictedContactRequest,
    RestrictedContactState,
)
from services.intake.wordings import Wordings, wording_of

DECISION_REFUSALS = (
    NotFoundError,
    NoPersonError,
    RecipientWithheldError,
    ErasedError,
    KeysLostError,
    CommandIdReusedError,
    VersionConflictError,
)
"""Refusals common to recording and authorising a wish."""


def add_routes(
    router: APIRouter,
    contacts: RestrictedContactCommands,
    wordings: Wordings,
    tokens: Tokens,
    database: Database,
    clock: Clock,
) -> None:
    """``/cases/{case_id}/restricted-contacts``. No route sends anything to an authority."""

    @router.get("/cases/{case_id}/restricted-contacts", responses=refuses(NotFoundError))
    async def list_restricted_contacts(
        case_id: UUID, principal: Principal = requires(tokens, Action.SEE_RESTRICTED_CONTACTS)
    ) -> RestrictedContactList:
        """Lists a person's signed wishes to contact an authority, and who recorded and authorised them."""
        return await list_contacts(database, contacts.keyring, case_id, principal, clock())

    @router.post("/cases/{case_id}/restricted-contacts", status_code=201, responses=refuses(*DECISION_REFUSALS))
    async def request_restricted_contact(
        case_id: UUID,
        body: RestrictedContactRequest,
        principal: Principal = requires(tokens, Action.REQUEST_RESTRICTED_CONTACT),
    ) -> RestrictedContactState:
        """Records a person's written wish. It lapses unless a second member of staff authorises it within 24 hours."""
        wording = wording_of(wordings, body.wording_version)
        return await contacts.request(case_id, body.command_id, body.recipient, body.purpose, wording, principal)

    @router.post(
        "/cases/{case_id}/restricted-contacts/{contact_id}/authorise",
        responses=refuses(
            *DECISION_REFUSALS, WishWithdrawnError, AlreadyAuthorisedError, SamePersonError, ContactLapsedError
        ),
    )
    async def authorise_restricted_contact(
        case_id: UUID,
        contact_id: UUID,
        body: RestrictedContactAuthorisation,
        principal: Principal = requires(tokens, Action.AUTHORISE_RESTRICTED_CONTACT),
    ) -> RestrictedContactState:
        """Authorises a wish that another member of staff recorded. The contact is made by people; nothing is sent."""
        return await contacts.authorise(case_id, contact_id, body.command_id, principal)

    @router.delete(
        "/cases/{case_id}/restricted-contacts/{contact_id}",
        responses=refuses(NotFoundError, VersionConflictError),
    )
    async def withdraw_restricted_contact(
        case_id: UUID, contact_id: UUID, principal: Principal = requires(tokens, Action.REQUEST_RESTRICTED_CONTACT)
    ) -> RestrictedContactState:
        """Withdraws a wish, because the person changed their mind. It cannot be authorised or acted on any more."""
        return await contacts.withdraw(case_id, contact_id, principal)
