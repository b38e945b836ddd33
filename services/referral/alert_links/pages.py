"""The page of an alert's link: the referral's state, and the next step by one tap. Nothing about the person."""

from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from events.vocabulary import ReferralState, Role
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import MEXICO
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.bodies import filled
from services.chassis.web.html import page
from services.chassis.web.templating import Templates
from services.referral.alert_links.queries import AlertLinks
from services.referral.alert_links.schemas import Code
from services.referral.lifecycle.commands import ReferralCommands, StepCommand
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.transitions import legal_steps, takes

MAX_FORM_BYTES = 1_024
TEMPLATES = Templates(__name__, "alert_links/templates")
STATES = frozenset(
    {
        ReferralState.REQUESTED,
        ReferralState.ACKNOWLEDGED,
        ReferralState.INFO_REQUESTED,
        ReferralState.ACCEPTED,
        ReferralState.DECLINED,
        ReferralState.SCHEDULED,
        ReferralState.IN_SERVICE,
        ReferralState.DELIVERED,
        ReferralState.EXPIRED,
    }
)
"""The states that the page names; in any other it says that the referral is over."""
BUTTONS = ("acknowledge", "accept")
"""The steps that need no further fields."""


def pages(links: AlertLinks, commands: ReferralCommands, tokens: Tokens) -> APIRouter:
    """``/c/{code}``. A browser without a session is sent to the sign-in first, and back here."""
    router = APIRouter(include_in_schema=False)

    @router.get("/c/{code}")
    async def show_page(code: Code, principal: Principal = requires(tokens, Action.ANSWER_REFERRAL)) -> HTMLResponse:
        """Shows the referral of the link."""
        return _page(code, await links.resolve(code, principal, Action.ANSWER_REFERRAL), principal.role)

    @router.post("/c/{code}")
    async def take_step(
        request: Request, code: Code, principal: Principal = requires(tokens, Action.ANSWER_REFERRAL, by_form=True)
    ) -> Response:
        """Takes a step; after a refusal shows the referral as it is now, to decide again."""
        referral = await links.resolve(code, principal, Action.ANSWER_REFERRAL)
        step_command = _step_command(referral, await filled(request, MAX_FORM_BYTES))
        try:
            await commands.execute_step(step_command, principal)
        except ServiceError as error:
            now = await links.resolve(code, principal, Action.ANSWER_REFERRAL)
            return _page(code, now, principal.role, refused=error)
        return RedirectResponse(f"/c/{code}", status_code=303)

    return router


def _step_command(referral: Referral, given: dict[str, str]) -> StepCommand:
    """The command of a button.

    Raises:
        MalformedRequestError: the form is not from this page.
    """
    step = given.get("paso", "")
    try:
        command, version = UUID(given["orden"]), int(given["version"])
    except (KeyError, ValueError):
        raise MalformedRequestError from None
    if step not in BUTTONS:
        raise MalformedRequestError
    return StepCommand(referral=referral.id, step=step, command_id=command, expected_version=version)


def _page(code: str, referral: Referral, role: Role, *, refused: ServiceError | None = None) -> HTMLResponse:
    legal = legal_steps(referral)
    steps = [step for step in BUTTONS if step in legal and takes(step, referral, role)]
    state = referral.state if referral.state in STATES else "over"
    return page(
        TEMPLATES,
        "referral.html",
        fault=refused,
        path=f"/c/{code}",
        urgency=referral.urgency,
        state=state,
        changed=referral.has_unseen_change,
        version=referral.version,
        # The command id is part of the page: pressed twice, or sent twice by a bad connection, it is one command.
        orders={step: str(uuid4()) for step in steps},
        **_due(referral),
    )


def _due(referral: Referral) -> dict[str, str]:
    """When the next answer is due, in Mexico City's time: key of the text, day and hour."""
    times, due, by = referral.deadlines, "", None
    if times is not None and referral.state is ReferralState.REQUESTED:
        due, by = "link.acknowledge_by", times.acknowledge_by
    elif referral.has_unseen_change:
        due, by = "link.seen_by", referral.after.unseen_by
    elif times is not None and referral.state is ReferralState.ACKNOWLEDGED and not referral.asked:
        due, by = "link.decide_by", times.decide_by  # a question pauses this clock
    at = None if by is None else by.astimezone(MEXICO)
    return {"due": due, "day": f"{at:%d/%m/%Y}" if at else "", "hour": f"{at:%H:%M}" if at else ""}
