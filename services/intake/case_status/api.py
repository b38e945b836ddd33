"""The status of a case over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.upstream import Upstream
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.case_status.commands import recorded
from services.intake.case_status.queries import case_status
from services.intake.case_status.schemas import CaseStatus
from services.intake.routing.queries import RoutingStates
from services.intake.showings.commands import CaseShowings


def add_routes(
    router: APIRouter, database: Database, log: Log, routing: RoutingStates, showings: CaseShowings, tokens: Tokens
) -> None:
    """``GET /cases/{case_id}``."""
    referral = Upstream(database, "referral")

    @router.get("/cases/{case_id}", response_model_exclude_unset=True, responses=refuses(NotFoundError))
    async def get_case(case_id: UUID, principal: Principal = requires(tokens, Action.SEE_CASE)) -> CaseStatus:
        """Shows a case and the state of its referrals. An agency sees its own referrals only."""
        status = await case_status(database, log, referral, routing, case_id, principal)
        return await recorded(showings, status, principal)
