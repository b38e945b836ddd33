"""Who knew what of a case, over HTTP, read-only."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from events.vocabulary import AuditView
from services.audit.history.commands import Histories
from services.audit.history.queries import until
from services.audit.knowledge.answers import knowledge_of
from services.audit.knowledge.schemas import CaseKnowledge
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.moments import Instant
from services.chassis.web.refusals import refuses

At = Annotated[Instant, Query(description="RFC 3339 with offset")]


def add_routes(router: APIRouter, histories: Histories, tokens: Tokens, clock: Clock) -> None:
    """``GET /audit/cases/{id}/knowledge``."""

    @router.get("/audit/cases/{case_id}/knowledge", responses=refuses(NotFoundError))
    async def get_case_knowledge(
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        at: At | None = None,
    ) -> CaseKnowledge:
        """Tells what each organisation had been told of a case at a moment, could read, and read or was shown."""
        lines = await histories.of_case(case_id, principal, AuditView.KNOWLEDGE, at=at)
        return knowledge_of(case_id, until(lines, at), at, clock())
