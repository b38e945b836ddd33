"""Comparisons and findings over HTTP, read-only."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.audit.tampering.comparing import MAX_COUNT, Comparer
from services.audit.tampering.queries import Findings
from services.audit.tampering.schemas import Comparison, EntryComparison, SomeLog, TamperingFinding, TamperingList
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.refusals import refuses
from services.chassis.web.schemas import SAFE_INTEGER

MAX_PAGE_SIZE = 200
Position = Annotated[int, Query(ge=1, le=SAFE_INTEGER)]


def add_routes(router: APIRouter, comparer: Comparer, findings: Findings, tokens: Tokens) -> None:
    """``GET /audit/tampering``, ``/audit/comparison`` and ``/audit/comparison/{log}/{position}``."""

    @router.get("/audit/tampering")
    async def list_tampering(
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 50,
    ) -> TamperingList:
        """Lists where logs were found not to be as they were sealed, what was told last first."""
        items, after = await findings.page(principal, cursor=cursor, limit=limit)
        return TamperingList(items=[TamperingFinding.of(one) for one in items], next_cursor=after)

    @router.get("/audit/comparison")
    async def compare_log(
        log: SomeLog,
        _principal: Principal = requires(tokens, Action.SEE_HISTORY),
        first: Annotated[Position, Query(alias="from")] = 1,
        count: Annotated[int, Query(ge=1, le=MAX_COUNT)] = MAX_COUNT,
    ) -> Comparison:
        """Compares a part of a log now with what was sealed of it."""
        return await comparer.part(log, first, count)

    @router.get("/audit/comparison/{log}/{position}", responses=refuses(NotFoundError))
    async def compare_entry(
        log: SomeLog, position: int, principal: Principal = requires(tokens, Action.SEE_HISTORY)
    ) -> EntryComparison:
        """Compares one event with what was sealed, and shows what its stream has kept."""
        if not 1 <= position <= SAFE_INTEGER:
            raise NotFoundError
        return await comparer.entry(log, position, principal)
