"""A case on its way over HTTP: the slip, what the person says with it, and the next shelter."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from services.chassis.access import Action, Principal
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.intake.answer_readings import AnswerReadings
from services.intake.by_slip import BySlip
from services.intake.continuity_bodies import Checked, Handover, NewSlip, PairDecided, SlipConfirmation, SlipWithdrawal
from services.intake.duplicates import Duplicates
from services.intake.handovers import Handovers
from services.intake.slip_page import POLICY, page
from services.intake.slips import Slips
from services.intake.wordings import Use, wordings

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 409, 422, 429, 503)
}
SHOWN: dict[str, Any] = {
    "type": "object",
    "required": ["case_id", "slip_id", "code"],
    "properties": {
        "case_id": {"type": "string", "format": "uuid"},
        "slip_id": {"type": "string", "format": "uuid"},
        "code": {"type": "string"},
    },
}


def add_slips(router: APIRouter, slips: Slips, by_slip: BySlip, tokens: Tokens) -> None:
    """``/cases/{case_id}/slip``, and what is public: ``/slips/…``."""

    @router.post(
        "/cases/{case_id}/slip",
        status_code=201,
        response_class=JSONResponse,
        responses={
            201: {
                "description": "La hoja, una sola vez · The slip, once",
                "content": {
                    "application/json": {"schema": SHOWN},
                    "text/html": {"schema": {"type": "string"}},
                },
            },
            **PROBLEMS,
        },
    )
    async def issue_slip(
        case_id: UUID,
        body: NewSlip,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        principal: Principal = may(tokens, Action.ISSUE_SLIP),
    ) -> Response:
        """A slip for the person, shown once; an earlier one dies. As ``text/html`` it is a page to print."""
        issued = await slips.issue(case_id, body.command_id, body.word, principal, override=body.override)
        if "text/html" in accept:
            shown = page(issued.code, issued.language)
            return HTMLResponse(shown, status_code=201, headers={"Content-Security-Policy": POLICY})
        return JSONResponse(issued.answer(), status_code=201)

    @router.delete("/cases/{case_id}/slip", responses=PROBLEMS)
    async def revoke_slip(case_id: UUID, principal: Principal = may(tokens, Action.ISSUE_SLIP)) -> dict[str, Any]:
        """The slip was lost, or is not wanted any more."""
        return await slips.revoke(case_id, principal)

    @router.post("/cases/{case_id}/withdrawal-check", responses=PROBLEMS)
    async def check_withdrawal(
        case_id: UUID, body: Checked, principal: Principal = may(tokens, Action.CHECK_WITHDRAWAL)
    ) -> dict[str, Any]:
        """Somebody spoke with the person about a withdrawal made with the slip: confirmed, or dismissed."""
        return await by_slip.check(case_id, body.command_id, body.answer, principal)

    @router.post("/slips/withdraw", status_code=202, responses=PROBLEMS)
    async def withdraw_by_slip(request: Request, body: SlipWithdrawal) -> dict[str, bool]:
        """Open to anybody with a slip and its word: consent is taken back, and frozen until somebody has checked."""
        return await by_slip.withdraw(body.slip, body.word, body.command_id, body.recipient, _place(request))

    @router.post("/slips/confirm", status_code=202, responses=PROBLEMS)
    async def confirm_by_slip(request: Request, body: SlipConfirmation) -> dict[str, bool]:
        """Open to anybody with a slip and its word: whether help came. It answers the same whatever was reported."""
        return await by_slip.confirm(
            body.slip, body.word, body.command_id, body.agency, body.confirmation, _place(request)
        )


def add_handovers(router: APIRouter, handovers: Handovers, readings: AnswerReadings, tokens: Tokens) -> None:
    """``/handovers``, and what the shelter that holds a case may read of it."""
    texts = wordings(Use.HANDOVER)

    @router.post("/handovers", status_code=201, responses=PROBLEMS)
    async def hand_over(body: Handover, principal: Principal = may(tokens, Action.TAKE_OVER)) -> dict[str, Any]:
        """The person arrived with slip and word and lets this shelter take their case over; a family together."""
        arrived = [one.arrival(texts, principal.label) for one in (body, *body.family)]
        return await handovers.take_over(body.command_id, arrived, principal)

    @router.get("/cases/{case_id}/answers", responses=PROBLEMS)
    async def read_answers(case_id: UUID, principal: Principal = may(tokens, Action.READ_ANSWERS)) -> dict[str, Any]:
        """The coded answers, as far as the shelter that holds the case may know them. Every reading is recorded."""
        return await readings.answers(case_id, principal)


def add_duplicates(router: APIRouter, duplicates: Duplicates, tokens: Tokens) -> None:
    """``/duplicates``: a shelter's own cases only."""

    @router.get("/duplicates", responses=PROBLEMS)
    async def suspected_duplicates(principal: Principal = may(tokens, Action.DECIDE_DUPLICATE)) -> dict[str, Any]:
        """Pairs of this shelter's cases that look like one person's, each with the reasons; nobody has decided yet."""
        return {"items": await duplicates.suspected(principal)}

    @router.post("/duplicates", status_code=201, responses=PROBLEMS)
    async def decide_duplicate(
        body: PairDecided, principal: Principal = may(tokens, Action.DECIDE_DUPLICATE)
    ) -> dict[str, Any]:
        """Somebody who knows says whether they are. Nothing is merged, deleted or closed by it."""
        return await duplicates.decide(body.command_id, (body.first, body.later), body.decision, principal)


def _place(request: Request) -> str:
    """Where a request comes from. Counted as a keyed digest, for an hour; kept nowhere else."""
    return request.client.host if request.client is not None else "nowhere"
