"""Who is silent, who soon will be, and what runs out next: of a supervisor's own agency, to the coordination of all."""

from collections.abc import Collection

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import RiskCategory
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.referral.showings.commands import ReferralShowings
from services.referral.silence.queries import silence_overview

TEMPLATES = PageTemplates(__name__, "pages/templates/silence")


def pages(
    database: Database,
    restricted: Collection[RiskCategory],
    showings: ReferralShowings,
    tokens: Tokens,
    clock: Clock,
) -> APIRouter:
    """``/mesa/silencio``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/mesa/silencio")
    async def show_silence(request: Request, principal: Principal = requires(tokens, Action.SEE_SILENCE)) -> Response:
        """Shows who is silent since when, who falls silent next, and which referral has something due next."""
        found = await silence_overview(database, principal, restricted, showings)
        return page(request, TEMPLATES, "silence.html", now=clock(), found=found, code=short_code)

    return router
