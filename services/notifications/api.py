"""Alerts over HTTP: the list, and a stream of ids that tells an open page to read it again."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.chassis.access import Action, Principal, allowed
from services.chassis.foundation import Foundation
from services.chassis.requests import may
from services.chassis.tokens import Tokens
from services.notifications.live import Live
from services.notifications.queries import list_alerts


def routes(live: Live, tokens: Tokens, foundation: Foundation) -> APIRouter:
    """``GET /alerts`` and ``GET /alerts/stream``."""
    router = APIRouter(tags=["notifications"])

    @router.get("/alerts")
    async def alerts(
        principal: Principal = may(tokens, Action.SEE_ALERTS),
        after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
        state: Annotated[Literal["pending", "answered"] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """The desk's alerts, oldest first. ``after`` is the sequence of the last one already seen."""
        return {"items": await list_alerts(foundation.database, principal, after=after, limit=limit, state=state)}

    @router.get("/alerts/stream", response_class=EventSourceResponse)
    async def stream(principal: Principal = may(tokens, Action.SEE_ALERTS)) -> AsyncIterator[ServerSentEvent]:
        """Server-sent events with ids only: ``raised`` and ``answered``."""
        async for change in live.changes():
            if allowed(principal, Action.SEE_ALERTS, agency=change.agency):
                yield ServerSentEvent(event=change.kind, id=str(change.sequence), data={"alert_id": change.alert})

    return router
