"""What an auditor reads over HTTP. There is nothing here that changes anything."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BeforeValidator

from services.audit.history import read_alerts, read_history
from services.chassis.access import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.foundation import Foundation
from services.chassis.problems import OF_ONE_THING
from services.chassis.requests import may
from services.chassis.tokens import Tokens


def _written_out(moment: str) -> str:
    """A bare number would be read as seconds since 1970; a moment is written with its date."""
    if "-" not in moment[1:]:
        raise ValueError("not RFC 3339")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), Query(description="RFC 3339 with offset")]


def routes(tokens: Tokens, foundation: Foundation) -> APIRouter:
    """``GET /audit/cases/{id}/history``."""
    router = APIRouter(prefix="/audit", tags=["audit"])

    @router.get("/cases/{case_id}/history")
    async def history(
        case_id: UUID,
        _principal: Principal = may(tokens, Action.SEE_HISTORY),
        at: Moment | None = None,
    ) -> dict[str, Any]:
        """Every fact recorded about a case until a moment, as sentences and as data; sealed data stays sealed."""
        lines = await read_history(foundation.database, case_id)
        if not lines:
            raise NotFoundError
        known = [line for line in lines if at is None or line.fact.recorded_at <= at]
        return {
            "case_id": str(case_id),
            "at": None if at is None else at.isoformat(),
            "entries": [line.as_item() for line in known],
        }

    @router.get("/referrals/{referral_id}/alerts", responses=OF_ONE_THING)
    async def alerts(referral_id: UUID, _principal: Principal = may(tokens, Action.SEE_HISTORY)) -> dict[str, Any]:
        """The trail of a referral's alerts: each raise, channel, attempt, result and answer, no address in any."""
        lines = await read_alerts(foundation.database, referral_id)
        if not lines:
            raise NotFoundError
        return {"referral_id": str(referral_id), "entries": [line.as_item() for line in lines]}

    return router
