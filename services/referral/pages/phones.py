"""The telephones of every desk, to be printed and hung on a wall (M2)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.referral.phones.ports import PhoneBook

TEMPLATES = PageTemplates(__name__, "pages/templates/phones")


def pages(phones: PhoneBook, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/coordinacion/telefonos``: the same people as see who has room."""
    router = APIRouter(include_in_schema=False)

    @router.get("/coordinacion/telefonos")
    async def show_phones(request: Request, _: Principal = requires(tokens, Action.SEE_CAPACITY)) -> Response:
        """Shows every desk with its hours and numbers, and a blank to write on where there is no number."""
        desks = phones.desks(viewer_of(request, TEMPLATES.words).language)
        return page(request, TEMPLATES, "phones.html", now=clock(), desks=desks, emergency=phones.emergency)

    return router
