"""Referrals over HTTP: lists, and the steps of a referral's life."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from events.vocabulary import Agency, ReferralState
from services.chassis.access import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.foundation import Foundation
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.referral.bodies import BODIES, StepBody
from services.referral.commands import Desk, Order
from services.referral.queries import MOST, Wanted, list_referrals
from services.referral.reading import Readings


def routes(desk: Desk, readings: Readings, tokens: Tokens, foundation: Foundation) -> APIRouter:
    """``GET /referrals``, what is sealed in one, and ``POST /referrals/{id}/<step>``."""
    router = APIRouter(tags=["referral"])
    counting = desk.policies.counting
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
        for status in (401, 403, 404, 409, 410, 422, 503)
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
        return await list_referrals(foundation.database, principal, wanted, foundation.clock(), counting)

    @router.get("/referrals/{referral_id}", responses=problems)
    async def referral(referral_id: UUID, principal: Principal = may(tokens, Action.LIST_REFERRALS)) -> dict[str, Any]:
        """One referral, as the list shows it."""
        wanted = Wanted(referral=referral_id, limit=1)
        page = await list_referrals(foundation.database, principal, wanted, foundation.clock(), counting)
        found: list[dict[str, Any]] = page["items"]
        if not found:
            raise NotFoundError
        return found[0]

    @router.get("/referrals/{referral_id}/disclosure", responses=problems)
    async def disclosure(
        referral_id: UUID, principal: Principal = may(tokens, Action.READ_DISCLOSURE)
    ) -> dict[str, Any]:
        """What this desk was told about the person, while it may know it. Every reading is recorded."""
        return await readings.disclosure(referral_id, principal)

    @router.get("/referrals/{referral_id}/messages", responses=problems)
    async def messages(referral_id: UUID, principal: Principal = may(tokens, Action.READ_MESSAGES)) -> dict[str, Any]:
        """The question, the answer, notes and comments that are for the caller. Every reading is recorded."""
        return await readings.messages(referral_id, principal)

    for step, (body, summary) in BODIES.items():
        router.add_api_route(
            f"/referrals/{{referral_id}}/{step}",
            _endpoint(desk, tokens, step, body),
            methods=["POST"],
            name=step,
            summary=summary,
            responses=problems,
        )
    return router


def _endpoint(
    desk: Desk, tokens: Tokens, step: str, kind: type[StepBody]
) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
    """One step's handler. Its body's class is given to FastAPI as the annotation."""

    async def carry_out(
        referral_id: UUID, body: StepBody, principal: Principal = may(tokens, Action.ANSWER_REFERRAL)
    ) -> dict[str, Any]:
        order = Order(
            referral=referral_id,
            step=step,
            command_id=body.command_id,
            expected_version=body.expected_version,
            ask=body.ask(),
            text=body.text(),
        )
        return await desk.carry_out(order, principal)

    carry_out.__annotations__["body"] = kind
    return carry_out
