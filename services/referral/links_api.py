"""An alert's link over HTTP: which referral it is, and its acknowledgement by one tap."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.access import Action, Principal
from services.chassis.problems import OF_ONE_THING
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.referral.commands import Desk, Order
from services.referral.links import Links

Code = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Acknowledge(BaseModel):
    """``expected_version`` may be left out: who only says that it was seen need not have read more than the alert."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    expected_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


def add_links(router: APIRouter, links: Links, desk: Desk, tokens: Tokens) -> None:
    """``GET /alerts/{code}/referral`` and ``POST /alerts/{code}/acknowledge``."""
    problems = OF_ONE_THING | {410: {"description": "Problem"}}

    @router.get("/alerts/{code}/referral", responses=problems)
    async def linked(code: Code, principal: Principal = may(tokens, Action.ANSWER_REFERRAL)) -> dict[str, Any]:
        """Which referral an alert's link is about, for its own desk alone."""
        referral = await links.opened(code, principal, Action.ANSWER_REFERRAL)
        return {
            "referral_id": str(referral.id),
            "urgency": referral.urgency,
            "state": referral.state,
            "version": referral.version,
        }

    @router.post("/alerts/{code}/acknowledge", responses=problems)
    async def acknowledge(
        code: Code, body: Acknowledge, principal: Principal = may(tokens, Action.ANSWER_REFERRAL)
    ) -> dict[str, Any]:
        """Acknowledges the referral that the alert is about; alerts and reminders stop with it."""
        referral = await links.opened(code, principal, Action.ANSWER_REFERRAL)
        version = body.expected_version or referral.version
        order = Order(referral=referral.id, step="acknowledge", command_id=body.command_id, expected_version=version)
        return await desk.carry_out(order, principal)
