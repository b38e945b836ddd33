"""Free capacity over HTTP, as shelters and desks report it, for a limited time."""

from typing import Annotated

from fastapi import APIRouter, Path

from events.vocabulary import Agency
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.capacity.commands import CapacityCommands
from services.referral.capacity.domain import ExpiryError
from services.referral.capacity.queries import CapacityOverview
from services.referral.capacity.schemas import CapacityList, CapacityRecorded, SetDeskCapacity, SetShelterCapacity

Code = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_-]{0,63}$")]
REFUSALS = refuses(NotFoundError, ExpiryError, CommandIdReusedError, VersionConflictError)


def router(book: CapacityCommands, rooms: CapacityOverview, tokens: Tokens) -> APIRouter:
    """``/capacity``."""
    routes = APIRouter()

    @routes.get("/capacity")
    async def list_capacity(principal: Principal = requires(tokens, Action.SEE_CAPACITY)) -> CapacityList:
        """Lists the capacity of every shelter and every desk. A report that has expired is ``unknown_stale``."""
        return await rooms.listed(principal)

    @routes.put("/capacity/shelters/{shelter}", responses=REFUSALS)
    async def set_shelter_capacity(
        shelter: Code, body: SetShelterCapacity, principal: Principal = requires(tokens, Action.SET_CAPACITY)
    ) -> CapacityRecorded:
        """Reports a shelter's capacity, and its free beds."""
        report = (body.capacity, body.beds, body.expires_at)
        return await book.set_shelter(shelter, body.command_id, report, principal)

    @routes.put("/capacity/agencies/{agency}/desks/{desk}", responses=REFUSALS)
    async def set_desk_capacity(
        agency: Agency, desk: Code, body: SetDeskCapacity, principal: Principal = requires(tokens, Action.SET_CAPACITY)
    ) -> CapacityRecorded:
        """Reports the capacity of an agency's desk."""
        return await book.set_desk(agency, desk, body.command_id, (body.capacity, body.expires_at), principal)

    return routes
