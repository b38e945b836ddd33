"""The list of cases over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import Cursors
from services.intake.case_list.commands import recorded
from services.intake.case_list.queries import list_cases
from services.intake.case_list.schemas import CaseFilters, CasePage
from services.intake.routing.queries import RoutingStates
from services.intake.showings.commands import CaseShowings


def add_routes(
    router: APIRouter,
    database: Database,
    routing: RoutingStates,
    cursors: Cursors,
    showings: CaseShowings,
    tokens: Tokens,
) -> None:
    """``GET /cases``."""

    @router.get("/cases")
    async def list_held_cases(
        filters: Annotated[CaseFilters, Query()], principal: Principal = requires(tokens, Action.LIST_CASES)
    ) -> CasePage:
        """Lists the cases that this shelter holds now, newest first, or finds one by its receipt."""
        found = await list_cases(database, routing, cursors, filters, principal)
        return await recorded(showings, found, principal)
