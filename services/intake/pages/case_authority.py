"""``/albergue/casos/{case_id}/autoridad``: the person asks in writing for contact with an authority.

Two members of staff are needed, and people make the contact: nothing is sent. What was asked for is sealed, so it is on
a page of its own.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import ConsentPurpose, RestrictedRecipient
from services.chassis.authorization.policy import Action, Principal, lacks_a_person, role_allows
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of, validated
from services.chassis.web.pages.viewer import viewer_of
from services.intake.case_list.queries import head_of
from services.intake.pages.case_reading import PATH, TEMPLATES, CasePages, address
from services.intake.pages.read_aloud import read_aloud
from services.intake.restricted_contacts.commands import RestrictedContactCommands
from services.intake.restricted_contacts.domain import same_person
from services.intake.restricted_contacts.queries import list_contacts
from services.intake.restricted_contacts.schemas import RestrictedContactRequest
from services.intake.wordings import Use, Wordings, wording_of

HERE = PATH + "/autoridad"
ONE = HERE + "/{contact_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityPages:
    """Draws the page, and carries out what is done there."""

    drawn: CasePages
    contacts: RestrictedContactCommands
    wordings: Wordings
    database: Database
    clock: Clock

    async def draw(
        self, request: Request, principal: Principal, case: UUID, fault: ServiceError | None = None
    ) -> Response:
        """The person's wishes as they are now, and the form of a new one.

        Raises:
            NotFoundError: no such case, or another shelter's.
        """
        found = await list_contacts(self.database, self.contacts.keyring, case, principal, self.clock())
        head = await head_of(self.database, case, principal)
        return page(
            request,
            TEMPLATES,
            "authority.html",
            fault=fault,
            now=self.clock(),
            confidential=True,
            address=address(case),
            head=head,
            contacts=found.items,
            recipients=[one.value for one in RestrictedRecipient],
            purposes=[one.value for one in ConsentPurpose],
            read=read_aloud(Use.RESTRICTED_CONTACT, viewer_of(request, TEMPLATES.words).language),
            mine={one.contact_id for one in found.items if same_person(one.requested_by, principal.label)},
            may_request=_may(principal, Action.REQUEST_RESTRICTED_CONTACT),
            may_authorise=_may(principal, Action.AUTHORISE_RESTRICTED_CONTACT),
            order=uuid4,
        )

    async def carry_out(
        self, request: Request, principal: Principal, case: UUID, act: str, command: Awaitable[object]
    ) -> Response:
        """Carries out an act; a refused one shows the page as it is now.

        Raises:
            NotFoundError: no such case or wish, or the principal may not see it.
        """
        try:
            await command
        except NotFoundError:
            raise
        except ServiceError as error:
            return await self.draw(request, principal, case, fault=error)
        return done(f"{address(case)}/autoridad", act)


def pages(them: AuthorityPages, tokens: Tokens) -> APIRouter:
    """The page, and its three forms."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_wishes(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.SEE_RESTRICTED_CONTACTS)
    ) -> Response:
        """Shows what the person asked for with an authority, and who recorded and authorised it."""
        return await them.draw(request, principal, case_id)

    @router.post(HERE)
    async def record_wish(
        request: Request,
        case_id: UUID,
        principal: Principal = requires(tokens, Action.REQUEST_RESTRICTED_CONTACT, by_form=True),
    ) -> Response:
        """Records the person's written wish."""
        form = await form_of(request, principal)

        async def record() -> None:
            said = validated(
                RestrictedContactRequest,
                {"command_id": form.command_id}
                | {name: form.text(name) for name in ("recipient", "purpose", "wording_version")},
            )
            wording = wording_of(them.wordings, said.wording_version)
            await them.contacts.request(case_id, said.command_id, said.recipient, said.purpose, wording, principal)

        return await them.carry_out(request, principal, case_id, "case_contact", record())

    @router.post(ONE + "/autorizar")
    async def authorise_wish(
        request: Request,
        case_id: UUID,
        contact_id: UUID,
        principal: Principal = requires(tokens, Action.AUTHORISE_RESTRICTED_CONTACT, by_form=True),
    ) -> Response:
        """Authorises a wish that another member of staff recorded."""
        form = await form_of(request, principal)
        command = them.contacts.authorise(case_id, contact_id, form.command_id, principal)
        return await them.carry_out(request, principal, case_id, "case_authorised", command)

    @router.post(ONE + "/retirar")
    async def withdraw_wish(
        request: Request,
        case_id: UUID,
        contact_id: UUID,
        principal: Principal = requires(tokens, Action.REQUEST_RESTRICTED_CONTACT, by_form=True),
    ) -> Response:
        """Withdraws a wish, because the person changed their mind."""
        await form_of(request, principal)
        command = them.contacts.withdraw(case_id, contact_id, principal)
        return await them.carry_out(request, principal, case_id, "case_contact_withdrawn", command)

    return router


def _may(principal: Principal, action: Action) -> bool:
    return role_allows(principal, action) and not lacks_a_person(principal, action)
