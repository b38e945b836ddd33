"""Where an alert's link leads a person: the referral's state, and the next step by one tap. Nothing of its person."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from events.vocabulary import ReferralState, Role
from services.chassis.access import Action, Principal
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.html import both, form, hidden, link, page
from services.chassis.programme import MEXICO
from services.chassis.requests import filled, may
from services.chassis.tokens import Tokens
from services.referral.commands import Desk, Order
from services.referral.domain import Referral
from services.referral.links import Links
from services.referral.links_api import Code
from services.referral.steps import legal_steps, takes

MOST = 1_024
STATE = {
    ReferralState.REQUESTED: ("Nadie ha acusado recibo todavía.", "Nobody has acknowledged it yet."),
    ReferralState.ACKNOWLEDGED: ("Hay acuse de recibo; falta decidir.", "It was acknowledged; a decision is due."),
    ReferralState.INFO_REQUESTED: ("Se preguntó algo al albergue.", "The shelter was asked something."),
    ReferralState.ACCEPTED: ("Está aceptada.", "It was accepted."),
    ReferralState.DECLINED: ("Fue declinada.", "It was declined."),
    ReferralState.SCHEDULED: ("Tiene cita.", "It has an appointment."),
    ReferralState.IN_SERVICE: ("La atención empezó.", "The service has begun."),
    ReferralState.DELIVERED: ("La atención se prestó; falta confirmarla.", "Served; to be confirmed."),
    ReferralState.EXPIRED: ("Venció el plazo sin decisión.", "Its time went by without a decision."),
}
OVER = ("Ya no está abierta.", "It is no longer open.")
BUTTONS = {
    "acknowledge": ("Acusar recibo", "Acknowledge"),
    "accept": ("Aceptar", "Accept"),
}
"""What needs nothing to be said with it. The rest is done where there is room to say it."""


def pages(links: Links, desk: Desk, tokens: Tokens) -> APIRouter:
    """``/c/{code}``. A browser that nobody has signed in with is led to the sign-in first, and back here."""
    router = APIRouter(include_in_schema=False)

    @router.get("/c/{code}")
    async def shown(code: Code, principal: Principal = may(tokens, Action.ANSWER_REFERRAL)) -> HTMLResponse:
        """The referral that the link is of."""
        return _page(code, await links.opened(code, principal, Action.ANSWER_REFERRAL), principal.role)

    @router.post("/c/{code}")
    async def taken(
        request: Request, code: Code, principal: Principal = may(tokens, Action.ANSWER_REFERRAL, by_form=True)
    ) -> Response:
        """Takes a step; who was slower sees what happened, and may decide again."""
        referral = await links.opened(code, principal, Action.ANSWER_REFERRAL)
        order = _order(referral, await filled(request, MOST))
        try:
            await desk.carry_out(order, principal)
        except ServiceError as error:
            now = await links.opened(code, principal, Action.ANSWER_REFERRAL)
            return _page(code, now, principal.role, refused=error)
        return RedirectResponse(f"/c/{code}", status_code=303)

    return router


def _order(referral: Referral, given: dict[str, str]) -> Order:
    """What a button asks for.

    Raises:
        MalformedRequestError: no button of ours.
    """
    step = given.get("paso", "")
    try:
        command, version = UUID(given["orden"]), int(given["version"])
    except (KeyError, ValueError):
        raise MalformedRequestError from None
    if step not in BUTTONS:
        raise MalformedRequestError
    return Order(referral=referral.id, step=step, command_id=command, expected_version=version)


def _page(code: str, referral: Referral, role: Role, *, refused: ServiceError | None = None) -> HTMLResponse:
    state = STATE.get(referral.state, OVER)
    body = f"<p>{both(*state)}</p>{_due(referral)}"
    legal = legal_steps(referral)
    for step, button in BUTTONS.items():
        if step in legal and takes(step, referral.state, role):
            # Drawn with the page: pressed twice, or sent twice by a bad link, it is one order.
            order = hidden("orden", str(uuid4())) + hidden("version", str(referral.version)) + hidden("paso", step)
            body += form(f"/c/{code}", order, button)
    body += link(f"/c/{code}", ("Actualizar", "Refresh"))
    title = (f"Canalización {referral.urgency}", f"Referral {referral.urgency}")
    fault = None if refused is None else (refused.es, refused.en)
    return page(title, body, fault=fault, status=200 if refused is None else refused.status)


def _due(referral: Referral) -> str:
    """Until when the next answer is due, by Mexico City's clock."""
    times = referral.deadlines
    if times is None:
        return ""
    if referral.state is ReferralState.REQUESTED:
        by, es, en = times.acknowledge_by, "Acuse a más tardar", "To be acknowledged by"
    elif referral.state is ReferralState.ACKNOWLEDGED and not referral.asked:  # a question stops the clock for a while
        by, es, en = times.decide_by, "Decisión a más tardar", "To be decided by"
    else:
        return ""
    at = by.astimezone(MEXICO)
    day, hour = f"{at:%d/%m/%Y}", f"{at:%H:%M}"

    return f"<p>{both(f'{es} el {day} a las {hour}.', f'{en} {day}, {hour}.')}</p>"
