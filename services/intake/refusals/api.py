"""What was refused, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.errors import (
    CommandIdReusedError,
    ErasedError,
    KeysLostError,
    NotFoundError,
    VersionConflictError,
)
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.refusals import refuses
from services.intake.refusals.commands import RefusalCommands
from services.intake.refusals.domain import RefusalSettledError
from services.intake.refusals.queries import MAX_PAGE_SIZE, list_refusals
from services.intake.refusals.schemas import (
    CorrectedRefusal,
    Correction,
    OpenedRefusal,
    RefusalCommand,
    RefusedPage,
    SettledRefusal,
)
from services.intake.submissions.commands import SubmissionConflictError, SubmissionRefusedError
from services.intake.submissions.rejections import TooManyRefusedError

EVERY_COMMAND = (NotFoundError, RefusalSettledError, CommandIdReusedError, VersionConflictError)
"""Refusals of every command about something refused."""


def add_routes(
    router: APIRouter, refusals: RefusalCommands, tokens: Tokens, database: Database, cursors: Cursors
) -> None:
    """``/refusals``: an organisation's own only."""

    @router.get("/refusals")
    async def list_refused_submissions(
        principal: Principal = requires(tokens, Action.HANDLE_REFUSALS),
        settled: Annotated[bool, Query()] = False,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 50,
    ) -> RefusedPage:
        """Lists what this shelter sent and was refused, newest first: what waits for correction, or what is settled."""
        return await list_refusals(database, cursors, principal, settled=settled, cursor=cursor, limit=limit)

    @router.post("/refusals/{refusal_id}/open", responses=refuses(*EVERY_COMMAND, ErasedError, KeysLostError))
    async def open_refused_submission(
        refusal_id: UUID, body: RefusalCommand, principal: Principal = requires(tokens, Action.READ_REFUSAL)
    ) -> OpenedRefusal:
        """Hands back a refused document, without harm by staff, which no shelter reads. Every time is recorded."""
        return await refusals.open(refusal_id, body.command_id, principal)

    @router.post(
        "/refusals/{refusal_id}/correct",
        responses=refuses(
            *EVERY_COMMAND,
            SubmissionRefusedError,
            SubmissionConflictError,
            TooManyRefusedError,
            ErasedError,
            KeysLostError,
        ),
    )
    async def correct_refused_submission(
        refusal_id: UUID, body: Correction, principal: Principal = requires(tokens, Action.HANDLE_REFUSALS)
    ) -> CorrectedRefusal:
        """Sends the corrected document: it opens the case, or amends it if that is what was refused."""
        return await refusals.correct(refusal_id, body.command_id, body.submission, principal, amends=body.amends)

    @router.post("/refusals/{refusal_id}/discard", responses=refuses(*EVERY_COMMAND))
    async def discard_refused_submission(
        refusal_id: UUID, body: RefusalCommand, principal: Principal = requires(tokens, Action.HANDLE_REFUSALS)
    ) -> SettledRefusal:
        """Sets a refused document aside: it is not to be sent again. It stays stored, sealed."""
        return await refusals.discard(refusal_id, body.command_id, principal)
