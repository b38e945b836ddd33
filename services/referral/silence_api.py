"""Silence and caravan mode over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from events.vocabulary import CaravanReason
from services.chassis.access import Action, Principal
from services.chassis.database import Database
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.referral.caravanning import Caravanning, Wanted, list_caravans
from services.referral.silence_queries import silence_seen

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 409, 422, 503)
}
State = Annotated[str, Field(pattern=r"^MX-[A-Z]{3}$")]
Shelter = Annotated[str, Field(pattern=r"^ALB-[A-Z]{3}-\d\d$")]


class _Body(BaseModel):
    """Closed, and silent about its input when it is wrong."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID


class NewCaravan(_Body):
    """For which states or shelters, why, and until when at the latest."""

    states: Annotated[list[State], Field(max_length=32)] = []
    shelters: Annotated[list[Shelter], Field(max_length=200)] = []
    reason: CaravanReason
    until: AwareDatetime

    def wanted(self) -> Wanted:
        """As it is carried out."""
        return Wanted(states=self.states, shelters=self.shelters, reason=self.reason, until=self.until)


class End(_Body):
    """It is to be off."""


def add_silence(router: APIRouter, caravanning: Caravanning, tokens: Tokens, database: Database) -> None:
    """``/silence`` and ``/caravan-modes``."""

    @router.get("/silence", responses=PROBLEMS)
    async def silence(principal: Principal = may(tokens, Action.SEE_SILENCE)) -> dict[str, Any]:
        """Desks and shelters that have gone silent, and what runs out next. A supervisor sees her own agency's."""
        return await silence_seen(database, principal)

    @router.get("/caravan-modes", responses=PROBLEMS)
    async def caravan_modes(
        ended: Annotated[bool, Query()] = False,
        _: Principal = may(tokens, Action.SEE_SILENCE),
    ) -> dict[str, Any]:
        """Where caravan mode is on; with ``ended`` also where it was."""
        return {"items": await list_caravans(database, ended=ended)}

    @router.post("/caravan-modes", status_code=201, responses=PROBLEMS)
    async def begin_caravan_mode(
        body: NewCaravan, principal: Principal = may(tokens, Action.TURN_CARAVAN)
    ) -> dict[str, Any]:
        """Turns caravan mode on, for at most thirty days. What is U0 is answered for as before."""
        return await caravanning.begin(body.command_id, body.wanted(), principal)

    @router.post("/caravan-modes/{caravan_id}/end", responses=PROBLEMS)
    async def end_caravan_mode(
        caravan_id: UUID, body: End, principal: Principal = may(tokens, Action.TURN_CARAVAN)
    ) -> dict[str, Any]:
        """Turns it off before its time."""
        return await caravanning.end(caravan_id, body.command_id, principal)
