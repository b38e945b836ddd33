"""``POST /referrals/{id}/offer`` and ``/cannot``: an agency that was asked in another's stead answers."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.offers.commands import OfferCommands
from services.referral.offers.domain import NoLongerAskedError
from services.referral.offers.schemas import AnswerRequest, RecordedAnswer

REFUSALS = refuses(NotFoundError, NoLongerAskedError, CommandIdReusedError, VersionConflictError)


def router(commands: OfferCommands, tokens: Tokens) -> APIRouter:
    """The two answers."""
    routes = APIRouter()

    @routes.post(
        "/referrals/{referral_id}/offer",
        summary="Ofrecer ayuda en lugar de otra agencia · Offer to help in another agency's stead",
        responses=REFUSALS,
    )
    async def offer_help(
        referral_id: UUID,
        body: AnswerRequest,
        principal: Principal = requires(tokens, Action.ANSWER_REQUEST),
    ) -> RecordedAnswer:
        """Says that the agency can help: shelter and coordinator are alerted, and it is sent there where it may be."""
        return await commands.record(referral_id, principal, command_id=body.command_id, can=True)

    @routes.post(
        "/referrals/{referral_id}/cannot",
        summary="No poder ayudar en lugar de otra agencia · Say that the agency cannot help",
        responses=REFUSALS,
    )
    async def decline_to_help(
        referral_id: UUID,
        body: AnswerRequest,
        principal: Principal = requires(tokens, Action.ANSWER_REQUEST),
    ) -> RecordedAnswer:
        """Says that the agency cannot help; when nobody who was asked can, the coordinator is alerted."""
        return await commands.record(referral_id, principal, command_id=body.command_id, can=False)

    return routes
