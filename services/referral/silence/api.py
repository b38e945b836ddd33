"""Silence over HTTP."""

from collections.abc import Collection

from fastapi import APIRouter

from events.vocabulary import RiskCategory
from services.chassis.authorization.policy import Action, Principal
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.referral.showings.commands import ReferralShowings
from services.referral.silence.queries import silence_overview
from services.referral.silence.schemas import SilenceOverview


def router(
    tokens: Tokens, database: Database, restricted: Collection[RiskCategory], showings: ReferralShowings
) -> APIRouter:
    """``/silence``. ``restricted``: the categories of the rules that must not be guessed from it."""
    routes = APIRouter()

    @routes.get("/silence")
    async def show_silence(principal: Principal = requires(tokens, Action.SEE_SILENCE)) -> SilenceOverview:
        """Shows who has gone silent, what falls due next and what waits for a decision; a supervisor: her agency's."""
        return await silence_overview(database, principal, restricted, showings)

    return routes
