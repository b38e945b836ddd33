"""``/albergue/casos/{case_id}``: one case of the shelter. Who is shown a reserved reason is recorded."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.intake.pages.case_reading import PATH, CasePages, address

ACTS = ("consentimiento", "retiro", "datos", "corregir", "corregir/guardar", "hoja", "hoja/anular", "quien-ha-visto")
"""Where the forms of the page are sent."""


def pages(drawn: CasePages, tokens: Tokens) -> APIRouter:
    """The page, and the way back to it from where its forms are sent."""
    router = APIRouter(include_in_schema=False)

    async def leave_form(case_id: UUID, principal: Principal = requires(tokens, Action.LIST_CASES)) -> RedirectResponse:
        """Leads back to the page: a browser that was closed asks for the address that its form was sent to."""
        await drawn.status(case_id, principal)
        return RedirectResponse(address(case_id), status_code=303)

    for act in ACTS:
        router.add_api_route(f"{PATH}/{act}", leave_form, methods=["GET"], response_model=None)

    @router.get(PATH)
    async def show_case(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.LIST_CASES)
    ) -> Response:
        """Shows the case; to a shelter that handed it over only that it did."""
        return await drawn.draw(request, principal, case_id)

    return router
