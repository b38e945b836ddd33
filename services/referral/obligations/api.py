"""Tasks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.refusals import refuses
from services.referral.obligations.commands import ObligationCommands
from services.referral.obligations.domain import ObligationDoneError
from services.referral.obligations.queries import ObligationLists
from services.referral.obligations.schemas import FinishObligation, ObligationAfterCommand, ObligationList


def router(commands: ObligationCommands, lists: ObligationLists, tokens: Tokens) -> APIRouter:
    """``/obligations``."""
    routes = APIRouter()

    @routes.get("/obligations")
    async def list_obligations(
        ended: Annotated[bool, Query(description="Those that ended, instead of the open ones.")] = False,
        case: UUID | None = None,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.SEE_OBLIGATIONS),
    ) -> ObligationList:
        """Lists the caller's tasks with a clock: a shelter's, an agency's, or to the coordinator everybody's."""
        return await lists.own(principal, ended=ended, case=case, cursor=cursor)

    @routes.post(
        "/obligations/{task_id}/done",
        responses=refuses(NotFoundError, ObligationDoneError, CommandIdReusedError, VersionConflictError),
    )
    async def finish_obligation(
        task_id: UUID, body: FinishObligation, principal: Principal = requires(tokens, Action.FINISH_OBLIGATION)
    ) -> ObligationAfterCommand:
        """Records what became of a task, by its owner or the coordinator."""
        return await commands.finish(task_id, body.command_id, body.result, principal)

    return routes
