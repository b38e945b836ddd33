"""Caravan mode over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.caravans.commands import CaravanCommands, CaravanIsOffError, CaravanIsOnError
from services.referral.caravans.domain import StartCaravan
from services.referral.caravans.queries import list_caravans
from services.referral.caravans.schemas import CaravanModes, CaravanModeState, EndCaravanMode, StartCaravanMode

REPEATED = (CommandIdReusedError, VersionConflictError)


def router(caravanning: CaravanCommands, tokens: Tokens, database: Database) -> APIRouter:
    """``/caravan-modes``."""
    routes = APIRouter()

    @routes.get("/caravan-modes")
    async def list_caravan_modes(
        ended: Annotated[bool, Query()] = False,
        _: Principal = requires(tokens, Action.SEE_SILENCE),
    ) -> CaravanModes:
        """Lists the caravan modes that are active; with ``ended`` also those that ended."""
        return await list_caravans(database, ended=ended)

    @routes.post("/caravan-modes", status_code=201, responses=refuses(*REPEATED, CaravanIsOnError))
    async def start_caravan_mode(
        body: StartCaravanMode, principal: Principal = requires(tokens, Action.TURN_CARAVAN)
    ) -> CaravanModeState:
        """Turns caravan mode on, for at most thirty days. It changes nothing for a U0."""
        start = StartCaravan(states=body.states, shelters=body.shelters, reason=body.reason, until=body.until)
        return await caravanning.begin(body.command_id, start, principal)

    @routes.post("/caravan-modes/{caravan_id}/end", responses=refuses(*REPEATED, NotFoundError, CaravanIsOffError))
    async def end_caravan_mode(
        caravan_id: UUID, body: EndCaravanMode, principal: Principal = requires(tokens, Action.TURN_CARAVAN)
    ) -> CaravanModeState:
        """Turns caravan mode off before its time."""
        return await caravanning.end(caravan_id, body.command_id, principal)

    return routes
