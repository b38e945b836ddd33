"""Milestones over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.milestones.commands import MilestoneCommands
from services.referral.milestones.domain import MilestoneDayError, NoMilestoneError
from services.referral.milestones.schemas import MilestoneAnswer, RecordMilestone

REFUSALS = (NotFoundError, NoMilestoneError, MilestoneDayError, CommandIdReusedError, VersionConflictError)


def router(commands: MilestoneCommands, tokens: Tokens) -> APIRouter:
    """``/referrals/{id}/milestones``."""
    routes = APIRouter()

    @routes.post("/referrals/{referral_id}/milestones", responses=refuses(*REFUSALS))
    async def record_milestone(
        referral_id: UUID, body: RecordMilestone, principal: Principal = requires(tokens, Action.RECORD_MILESTONE)
    ) -> MilestoneAnswer:
        """Records an event in the person's life with which a legal clock begins, of a referral that was accepted."""
        return await commands.record(referral_id, body.command_id, body.milestone, body.on, principal)

    return routes
