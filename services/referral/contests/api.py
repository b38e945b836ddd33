"""``POST /referrals/{id}/settle``: two people decide about a contested referral."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NeedsAPersonError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.contests.commands import ContestCommands
from services.referral.contests.domain import NothingContestedError, SecondPersonNeededError
from services.referral.contests.schemas import ContestAfterDecision, SettleContest
from services.referral.lifecycle.transitions import StaleVersionError


def router(contests: ContestCommands, tokens: Tokens) -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.post(
        "/referrals/{referral_id}/settle",
        summary="Decidir entre dos personas si sigue · Decide, as one of two people, whether it goes on",
        responses=refuses(
            NotFoundError,
            NeedsAPersonError,
            StaleVersionError,
            NothingContestedError,
            SecondPersonNeededError,
            CommandIdReusedError,
            VersionConflictError,
        ),
    )
    async def settle_contest(
        referral_id: UUID, body: SettleContest, principal: Principal = requires(tokens, Action.SETTLE_CONTEST)
    ) -> ContestAfterDecision:
        """Decides whether a child's referral to which somebody said no goes on; it takes two people who agree."""
        return await contests.settle(referral_id, body.command_id, body.expected_version, body.decision, principal)

    return routes
