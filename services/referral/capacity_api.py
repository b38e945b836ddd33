"""Room over HTTP: who has any, as they say themselves and for as long as they say it for."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from events.vocabulary import Agency, Capacity
from services.chassis.access import Action, Principal
from services.chassis.problems import MEDIA_TYPE
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.referral.capacity_book import CapacityBook

Code = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_-]{0,63}$")]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 409, 422, 503)
}


class DeskRoom(BaseModel):
    """Whether there is room, and until when that may be believed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    capacity: Capacity
    expires_at: AwareDatetime


class ShelterRoom(DeskRoom):
    """And how many beds are free, if they are counted."""

    beds: Annotated[int, Field(ge=0, le=10_000)] | None = None


def add_capacity(router: APIRouter, book: CapacityBook, tokens: Tokens) -> None:
    """``/capacity``."""

    @router.get("/capacity", responses=PROBLEMS)
    async def capacity(principal: Principal = may(tokens, Action.SEE_CAPACITY)) -> dict[str, Any]:
        """Every shelter and every desk. What was said and is over is ``unknown_stale``, never what it was."""
        return await book.listed(principal)

    @router.put("/capacity/shelters/{shelter}", responses=PROBLEMS)
    async def shelter_capacity(
        shelter: Code, body: ShelterRoom, principal: Principal = may(tokens, Action.SET_CAPACITY)
    ) -> dict[str, Any]:
        """A shelter says whether it has room."""
        said = (body.capacity, body.beds, body.expires_at)
        return await book.of_shelter(shelter, body.command_id, said, principal)

    @router.put("/capacity/agencies/{agency}/desks/{desk}", responses=PROBLEMS)
    async def desk_capacity(
        agency: Agency, desk: Code, body: DeskRoom, principal: Principal = may(tokens, Action.SET_CAPACITY)
    ) -> dict[str, Any]:
        """An agency says whether one of its desks has room."""
        return await book.of_desk(agency, desk, body.command_id, (body.capacity, body.expires_at), principal)
