"""Erasures over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import CommandIdReusedError, ErasedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.intake.erasures.commands import ErasureCommands
from services.intake.erasures.domain import CaseOpenError
from services.intake.erasures.policy import RetentionPolicy
from services.intake.erasures.queries import due
from services.intake.erasures.schemas import DueErasures, Erasure, ErasureCommand, ErasurePreview

REFUSALS = refuses(NotFoundError, ErasedError, CaseOpenError, CommandIdReusedError, VersionConflictError)


def add_routes(
    router: APIRouter,
    erasures: ErasureCommands,
    policy: RetentionPolicy,
    tokens: Tokens,
    database: Database,
    clock: Clock,
) -> None:
    """``/cases/{case_id}/erasure``, ``/refusals/{refusal_id}/erasure`` and ``/retention``."""

    @router.get("/cases/{case_id}/erasure", responses=refuses(NotFoundError))
    async def preview_case_erasure(
        case_id: UUID, _principal: Principal = requires(tokens, Action.ERASE)
    ) -> ErasurePreview:
        """Shows what would be destroyed if the person of this case were erased; nothing of what it says."""
        return await erasures.preview(case_id)

    @router.post("/cases/{case_id}/erasure", responses=REFUSALS)
    async def erase_case(
        case_id: UUID, body: ErasureCommand, principal: Principal = requires(tokens, Action.ERASE)
    ) -> Erasure:
        """Destroys the keys of everything sealed about the person. It cannot be undone.

        Open referrals are withdrawn, and whoever was told must delete it.
        """
        return await erasures.erase(case_id, body.command_id, body.basis, principal)

    @router.get("/refusals/{refusal_id}/erasure", responses=refuses(NotFoundError))
    async def preview_refusal_erasure(
        refusal_id: UUID, _principal: Principal = requires(tokens, Action.ERASE)
    ) -> ErasurePreview:
        """Shows what would be destroyed if the person of this refused document were erased."""
        return await erasures.preview(refusal_id)

    @router.post("/refusals/{refusal_id}/erasure", responses=REFUSALS)
    async def erase_refusal(
        refusal_id: UUID, body: ErasureCommand, principal: Principal = requires(tokens, Action.ERASE)
    ) -> Erasure:
        """Destroys the key of a refused document, and of whatever else is sealed about the same person."""
        return await erasures.erase(refusal_id, body.command_id, body.basis, principal)

    @router.get("/retention")
    async def list_due_erasures(_principal: Principal = requires(tokens, Action.ERASE)) -> DueErasures:
        """Lists the cases and refused documents whose term by the retention policy is over. Nothing is erased."""
        return await due(database, policy, clock())
