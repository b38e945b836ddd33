"""Histories over HTTP, read-only."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from events.vocabulary import AuditView
from services.audit.history.commands import Histories
from services.audit.history.queries import alert_trail, case_history
from services.audit.history.schemas import AlertTrail, CaseHistory
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.moments import Instant
from services.chassis.web.refusals import refuses

At = Annotated[Instant, Query(description="RFC 3339 with offset")]


def routes(histories: Histories, tokens: Tokens) -> APIRouter:
    """``GET /audit/cases/{id}/history`` and ``/audit/referrals/{id}/alerts``."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit/cases/{case_id}/history", responses=refuses(NotFoundError))
    async def get_case_history(
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        at: At | None = None,
    ) -> CaseHistory:
        """Lists every fact about a case until a moment, as sentences and as data; sealed data stays sealed."""
        return case_history(case_id, await histories.of_case(case_id, principal, AuditView.HISTORY, at=at), at)

    @router.get("/audit/referrals/{referral_id}/alerts", responses=refuses(NotFoundError))
    async def list_referral_alerts(
        referral_id: UUID, principal: Principal = requires(tokens, Action.SEE_HISTORY)
    ) -> AlertTrail:
        """Lists every fact about a referral's alerts: raised, attempted, delivered or failed, answered; no address."""
        return alert_trail(referral_id, await histories.of_alerts(referral_id, principal))

    return router
