"""Changes of shift over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.access import Action, Principal
from services.chassis.problems import OF_ONE_THING
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.notifications.handover import Handovers

Desk = Annotated[str, Path(max_length=40)]
Person = Annotated[str, Field(pattern=r"^p-\d{3}$")]


class Handover(BaseModel):
    """Who hands the desk over and who takes it, by the directory's codes."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    given_by: Person
    taken_by: Person


def add_handovers(router: APIRouter, handovers: Handovers, tokens: Tokens) -> None:
    """``GET`` and ``POST /desks/{desk}/handover``."""

    @router.get("/desks/{desk}/handover", responses=OF_ONE_THING)
    async def shown(desk: Desk, principal: Principal = may(tokens, Action.HAND_OVER)) -> dict[str, Any]:
        """Who is called first, what is open now, and the last changes of shift."""
        return await handovers.listed(desk, principal)

    @router.post("/desks/{desk}/handover", responses=OF_ONE_THING)
    async def hand_over(
        desk: Desk, body: Handover, principal: Principal = may(tokens, Action.HAND_OVER)
    ) -> dict[str, Any]:
        """Hands the desk over with what is open; both are told, and alerts go to whoever took it first."""
        return await handovers.hand_over(body.command_id, desk, body.given_by, body.taken_by, principal)
