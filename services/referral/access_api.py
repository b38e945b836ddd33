"""Exceptional access over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import OverrideBasis, ReviewVerdict
from services.chassis.access import Action, Principal
from services.chassis.database import Database
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.referral.accesses import accesses_seen
from services.referral.exceptional import Asked, BreakGlass

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 409, 410, 422, 503)
}
Why = Annotated[str, Field(min_length=20, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]


class _Body(BaseModel):
    """Closed, and silent about its input when it is wrong."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID


class Open(_Body):
    """On which ground and why, in words of one's own; they are sealed. ``release``: what waits for consent is sent."""

    basis: OverrideBasis
    justification: Why
    release: bool = False


class Review(_Body):
    """What a second person finds."""

    verdict: ReviewVerdict


def add_accesses(router: APIRouter, break_glass: BreakGlass, tokens: Tokens, database: Database) -> None:
    """``/referrals/{id}/break-glass`` and ``/break-glass``."""

    @router.post("/referrals/{referral_id}/break-glass", status_code=201, responses=PROBLEMS)
    async def break_glass_open(
        referral_id: UUID, body: Open, principal: Principal = may(tokens, Action.BREAK_GLASS)
    ) -> dict[str, Any]:
        """Acceso excepcional: opens what a referral discloses to whoever asks, for four hours. Its owners are told."""
        asked = Asked(
            referral=referral_id,
            command=body.command_id,
            basis=body.basis,
            justification=body.justification,
            release=body.release,
        )
        return await break_glass.open(asked, principal)

    @router.get("/break-glass", responses=PROBLEMS)
    async def break_glass_list(principal: Principal = may(tokens, Action.SEE_ACCESSES)) -> dict[str, Any]:
        """Exceptional accesses to what is the caller's, and by the caller's people, the latest first; no content."""
        return {"items": await accesses_seen(database, principal)}

    @router.get("/break-glass/{access_id}/disclosure", responses=PROBLEMS)
    async def break_glass_read(
        access_id: UUID, principal: Principal = may(tokens, Action.BREAK_GLASS)
    ) -> dict[str, Any]:
        """What was opened, to the one person it was opened to, while it lasts. Every reading is an event."""
        return await break_glass.read(access_id, principal)

    @router.get("/break-glass/{access_id}/justification", responses=PROBLEMS)
    async def break_glass_why(
        access_id: UUID, principal: Principal = may(tokens, Action.REVIEW_ACCESS)
    ) -> dict[str, Any]:
        """Why it was opened, for whoever reviews it. This reading is an event, too."""
        return await break_glass.justification(access_id, principal)

    @router.post("/break-glass/{access_id}/review", responses=PROBLEMS)
    async def break_glass_review(
        access_id: UUID, body: Review, principal: Principal = may(tokens, Action.REVIEW_ACCESS)
    ) -> dict[str, Any]:
        """A second person says whether it was justified; if it was not, it is closed by that."""
        return await break_glass.review(access_id, body.command_id, body.verdict, principal)
