"""Referrals over HTTP: lists, and the steps of a referral's life."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from events.vocabulary import Agency, ReferralState
from services.chassis.access import Action, Principal
from services.chassis.foundation import Foundation
from services.chassis.problems import MEDIA_TYPE
from services.chassis.tokens import Tokens
from services.chassis.web import may
from services.referral.commands import Desk, Order
from services.referral.queries import MOST, Wanted, list_referrals


class StepBody(BaseModel):
    """Every step carries the caller's own command id and the version it was decided on."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    expected_version: int


def routes(desk: Desk, tokens: Tokens, foundation: Foundation) -> APIRouter:
    """``GET /referrals`` and ``POST /referrals/{id}/<step>``."""
    router = APIRouter(tags=["referral"])
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
        for status in (401, 403, 404, 409, 422, 503)
    }

    @router.get("/referrals", responses=problems)
    async def referrals(
        principal: Principal = may(tokens, Action.LIST_REFERRALS),
        agency: Annotated[Agency | None, Query()] = None,
        state: Annotated[ReferralState | None, Query()] = None,
        case: Annotated[UUID | None, Query()] = None,
        cursor: Annotated[str | None, Query(max_length=20)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> dict[str, Any]:
        """Referrals that the caller may see, oldest first, in pages."""
        wanted = Wanted(agency=agency, state=state, case=case, cursor=cursor, limit=limit)
        return await list_referrals(foundation.database, principal, wanted)

    def add(step: str, summary: str) -> None:
        @router.post(f"/referrals/{{referral_id}}/{step}", responses=problems, summary=summary, name=step)
        async def carry_out(
            referral_id: UUID, body: StepBody, principal: Principal = may(tokens, Action.ANSWER_REFERRAL)
        ) -> dict[str, Any]:
            order = Order(
                referral=referral_id,
                step=step,
                command_id=body.command_id,
                expected_version=body.expected_version,
            )
            return await desk.carry_out(order, principal)

    add("acknowledge", "Acusar recibo · A human at the desk has seen it")
    add("accept", "Aceptar · The agency takes responsibility")
    return router
