"""What an auditor reads over HTTP. There is nothing here that changes anything."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.audit.history import read_history
from services.chassis.access import Action, Principal
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.foundation import Foundation
from services.chassis.tokens import Tokens
from services.chassis.web import may


def routes(tokens: Tokens, foundation: Foundation) -> APIRouter:
    """``GET /audit/cases/{id}/history``."""
    router = APIRouter(prefix="/audit", tags=["audit"])

    @router.get("/cases/{case_id}/history")
    async def history(
        case_id: UUID,
        _principal: Principal = may(tokens, Action.SEE_HISTORY),
        at: Annotated[datetime | None, Query(description="RFC 3339; leave out for now")] = None,
    ) -> dict[str, Any]:
        """Every fact recorded about a case until a moment, as sentences and as data; sealed data stays sealed."""
        if at is not None and at.tzinfo is None:
            raise MalformedRequestError(faults=[{"field": "query.at", "code": "needs_offset"}])
        lines = await read_history(foundation.database, case_id, at)
        if not lines:
            raise NotFoundError
        return {
            "case_id": str(case_id),
            "at": None if at is None else at.isoformat(),
            "entries": [line.as_item() for line in lines],
        }

    return router
