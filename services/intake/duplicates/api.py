"""Suspected duplicates over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from events.vocabulary import Watched
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.security.current import counts_as
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.refusals import refuses
from services.intake.duplicates.commands import DuplicateCommands, DuplicateList
from services.intake.duplicates.domain import EnoughPairsShownError
from services.intake.duplicates.queries import MAX_PAGE_SIZE
from services.intake.duplicates.schemas import DecidedDuplicate, DuplicateDecision, SuspectedDuplicates


def add_routes(router: APIRouter, duplicates: DuplicateCommands, pairs: DuplicateList, tokens: Tokens) -> None:
    """``/duplicates``: a shelter's own cases only."""

    @router.get("/duplicates", responses=refuses(EnoughPairsShownError, VersionConflictError))
    async def list_duplicates(
        principal: Principal = requires(tokens, Action.DECIDE_DUPLICATE),
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 100,
    ) -> SuspectedDuplicates:
        """Lists undecided pairs of this shelter's cases that may be of one person, newest first, with the reasons.

        Each pair that is shown is recorded, and one worker is shown a number of them in a day.
        """
        counts_as(Watched.DUPLICATE_SEARCHES)
        return await pairs.page(principal, cursor, limit)

    @router.post(
        "/duplicates",
        status_code=201,
        responses=refuses(NotFoundError, CommandIdReusedError, VersionConflictError),
    )
    async def decide_duplicate(
        body: DuplicateDecision, principal: Principal = requires(tokens, Action.DECIDE_DUPLICATE)
    ) -> DecidedDuplicate:
        """Records whether two cases are of one person. Nothing is merged, deleted or closed."""
        return await duplicates.decide(body.command_id, (body.first, body.later), body.decision, principal)
