"""Opening what is sealed of a referral, from its page: each opening is a recorded reading with its purpose."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.forms import form_of
from services.referral.disclosures.commands import DisclosureReader
from services.referral.pages.attempts import Attempt, Opened
from services.referral.pages.referral_page import PATH, ReferralPages


def readings(drawn: ReferralPages, reader: DisclosureReader, tokens: Tokens) -> APIRouter:
    """``POST …/datos`` and ``POST …/mensajes``: the page with what was opened. Loading it again asks first."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH + "/datos")
    async def open_disclosure(
        request: Request,
        referral_id: UUID,
        principal: Principal = requires(tokens, Action.READ_DISCLOSURE, by_form=True),
    ) -> Response:
        """Opens what was disclosed to the agency."""
        await form_of(request, principal)
        since = await drawn.place(principal)
        try:
            opened = Opened(disclosure=await reader.disclosure(referral_id, principal), since=since)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.draw(request, principal, referral_id, fault=error, attempt=Attempt("datos"))
        return await drawn.draw(request, principal, referral_id, opened=opened)

    @router.post(PATH + "/mensajes")
    async def open_messages(
        request: Request, referral_id: UUID, principal: Principal = requires(tokens, Action.READ_MESSAGES, by_form=True)
    ) -> Response:
        """Opens the question, the answer, notes and comments that are for the viewer."""
        await form_of(request, principal)
        since = await drawn.place(principal)
        try:
            opened = Opened(messages=(await reader.messages(referral_id, principal)).items, since=since)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.draw(request, principal, referral_id, fault=error, attempt=Attempt("mensajes"))
        return await drawn.draw(request, principal, referral_id, opened=opened)

    return router
