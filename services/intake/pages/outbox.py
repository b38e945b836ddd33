"""What waits on this telephone: the shell that shows it, which the server never sees filled in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.intake.pages.shells import KEPT, language_of, shell_page

TEMPLATES = PageTemplates(__name__, "pages/templates/outbox")


def pages(tokens: Tokens, clock: Clock) -> APIRouter:
    """``/albergue/pendientes``, and its shell."""
    router = APIRouter(include_in_schema=False)

    @router.get("/albergue/pendientes")
    async def show_outbox(request: Request, _: Principal = requires(tokens, Action.SUBMIT)) -> Response:
        """Shows what this telephone keeps; its script reads it there."""
        return page(request, TEMPLATES, "outbox.html", frame="layout.html", now=clock())

    @router.get(f"{KEPT}/pendientes")
    async def show_outbox_shell(request: Request) -> Response:
        """The same page for the service worker to keep."""
        return shell_page(request, TEMPLATES, "outbox.html", language_of(request), frame="shell.html")

    return router
