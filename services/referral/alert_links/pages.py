"""The page of an alert's link: leads to the referral's own page, for the desk that was alerted and until it expires."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse

from services.chassis.authorization.policy import Action, Principal
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.referral.alert_links.queries import AlertLinks
from services.referral.alert_links.schemas import Code


def pages(links: AlertLinks, tokens: Tokens) -> APIRouter:
    """``/c/{code}``. A browser without a session is sent to the sign-in first, and back here."""
    router = APIRouter(include_in_schema=False)

    @router.get("/c/{code}")
    async def open_link(
        code: Code, principal: Principal = requires(tokens, Action.ANSWER_REFERRAL)
    ) -> RedirectResponse:
        """Leads to the page of the link's referral."""
        referral = await links.resolve(code, principal, Action.ANSWER_REFERRAL)
        return RedirectResponse(f"/mesa/canalizaciones/{referral.id}", status_code=303)

    return router
