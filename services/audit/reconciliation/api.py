"""The counts over HTTP, read-only."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from services.audit.reconciliation.projections import day_of
from services.audit.reconciliation.queries import MAX_PAGE_SIZE, Counts
from services.audit.reconciliation.schemas import CountsPage
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH

SHOWN = timedelta(days=30)
"""How far back the days go that are shown unless others are asked for."""
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
Code = Annotated[str | None, Query(max_length=40, pattern=r"^[A-Z0-9*-]+$", description="A shelter's code")]
Day = Annotated[date | None, Query(ge=EARLIEST, le=LATEST, description="A day of Mexico City")]


def add_routes(router: APIRouter, counts: Counts, tokens: Tokens, clock: Clock) -> None:
    """``GET /audit/counts``."""

    @router.get("/audit/counts")
    async def list_counts(
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        shelter: Code = None,
        since: Annotated[Day, Query(alias="from")] = None,
        until: Annotated[Day, Query(alias="to")] = None,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 50,
    ) -> CountsPage:
        """Lists, by shelter and day, what devices, logs, stream and rules counted, and the numbers that are missing."""
        last = until or day_of(clock())
        first = since or last - SHOWN
        return await counts.page(principal, shelter=shelter, first=first, last=last, cursor=cursor, limit=limit)
