"""The register of authorities' demands, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import MEXICO, Clock
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, NotFoundError, StoreUnavailableError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.refusals import refuses
from services.intake.authority_demands.commands import AuthorityDemandCommands
from services.intake.authority_demands.domain import AlreadyAnsweredError, NoCourtOrderError, NotYetError
from services.intake.authority_demands.queries import MAX_PAGE_SIZE, count_demands, list_demands
from services.intake.authority_demands.schemas import (
    AuthorityDemandAnswer,
    AuthorityDemandCounts,
    AuthorityDemandPage,
    AuthorityDemandState,
    NewAuthorityDemand,
)


def add_routes(
    router: APIRouter,
    demands: AuthorityDemandCommands,
    tokens: Tokens,
    database: Database,
    cursors: Cursors,
    clock: Clock,
) -> None:
    """``/authority-demands``."""

    @router.get("/authority-demands")
    async def list_authority_demands(
        principal: Principal = requires(tokens, Action.SEE_DEMANDS),
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 100,
    ) -> AuthorityDemandPage:
        """Lists the register of demands, oldest first, in pages."""
        return await list_demands(database, cursors, principal, cursor, limit)

    @router.post(
        "/authority-demands",
        status_code=201,
        responses=refuses(NotYetError, CommandIdReusedError, VersionConflictError),
    )
    async def record_authority_demand(
        body: NewAuthorityDemand, principal: Principal = requires(tokens, Action.RECORD_DEMAND)
    ) -> AuthorityDemandState:
        """Records that an authority demanded data. The record names no case and no person."""
        return await demands.record(body.command_id, body.demand(), principal)

    @router.post(
        "/authority-demands/{demand_id}/answer",
        responses=refuses(
            NotFoundError, AlreadyAnsweredError, NoCourtOrderError, CommandIdReusedError, VersionConflictError
        ),
    )
    async def answer_authority_demand(
        demand_id: UUID, body: AuthorityDemandAnswer, principal: Principal = requires(tokens, Action.ANSWER_DEMAND)
    ) -> AuthorityDemandState:
        """Records the answer to a demand. Only a demand with a court's order can be complied with."""
        return await demands.answer(demand_id, body.command_id, body.answer, principal)

    @router.get("/authority-demands/counts", responses=refuses(StoreUnavailableError))
    async def count_authority_demands(
        year: Annotated[int | None, Query(ge=2013, le=2100)] = None,
    ) -> AuthorityDemandCounts:
        """Counts the demands recorded in each past quarter. Public; small counts are hidden."""
        wanted = clock().astimezone(MEXICO).year if year is None else year
        return await count_demands(database, wanted, clock())
