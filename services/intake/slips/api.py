"""The person's slip, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.responses import HTMLResponse, Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import (
    CommandIdReusedError,
    ErasedError,
    KeysLostError,
    NotFoundError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.cases.errors import NoPersonError, SecondPersonNeededError
from services.intake.cases.schemas import CaseChanged
from services.intake.slips.commands import SlipCommands, SlipNotOfferedError, SlipShownOnceError
from services.intake.slips.pages import POLICY, page
from services.intake.slips.schemas import IssuedSlip, SlipRequest


def add_routes(router: APIRouter, slips: SlipCommands, tokens: Tokens) -> None:
    """``/cases/{case_id}/slip``."""

    @router.post(
        "/cases/{case_id}/slip",
        status_code=201,
        response_model=IssuedSlip,
        responses={
            201: {
                "description": "La hoja, una sola vez · The slip, once",
                "content": {"text/html": {"schema": {"type": "string"}}},
            },
            **refuses(
                NotFoundError,
                NoPersonError,
                SlipNotOfferedError,
                SlipShownOnceError,
                SecondPersonNeededError,
                ErasedError,
                KeysLostError,
                CommandIdReusedError,
                VersionConflictError,
            ),
        },
    )
    async def issue_slip(
        case_id: UUID,
        body: SlipRequest,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        principal: Principal = requires(tokens, Action.ISSUE_SLIP),
    ) -> IssuedSlip | Response:
        """Issues a slip, shown once, and deletes an earlier one. With ``Accept: text/html`` it is a page to print."""
        issued = await slips.issue(case_id, body.command_id, body.word, principal, override=body.override)
        if "text/html" in accept:
            shown = page(issued.code, issued.language)
            return HTMLResponse(shown, status_code=201, headers={"Content-Security-Policy": POLICY})
        return issued.answer()

    @router.delete(
        "/cases/{case_id}/slip", responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError)
    )
    async def revoke_slip(case_id: UUID, principal: Principal = requires(tokens, Action.ISSUE_SLIP)) -> CaseChanged:
        """Revokes the slip, because it was lost or is not wanted any more."""
        return await slips.revoke(case_id, principal)
