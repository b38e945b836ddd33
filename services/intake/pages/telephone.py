"""Makes a browser a telephone of the shelter: its keys are made there, and never leave it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates

TEMPLATES = PageTemplates(__name__, "pages/templates/outbox")


def pages(tokens: Tokens, clock: Clock) -> APIRouter:
    """``/albergue/telefono``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/albergue/telefono")
    async def show_telephone(request: Request, _: Principal = requires(tokens, Action.SUBMIT)) -> Response:
        """Asks for the coordinator's code and a PIN; its script enrols the browser."""
        return page(request, TEMPLATES, "telephone.html", now=clock())

    return router
