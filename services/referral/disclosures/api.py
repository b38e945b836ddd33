"""A referral's sealed content over HTTP: its disclosure and its messages. Every reading is recorded."""

from uuid import UUID

from fastapi import APIRouter

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import ErasedError, KeysLostError, NotFoundError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.refusals import refuses
from services.referral.disclosures.commands import DisclosureClosedError, DisclosureReader
from services.referral.disclosures.schemas import ReferralDisclosure, ReferralMessages

REFUSALS = (NotFoundError, ErasedError, KeysLostError, VersionConflictError)


def router(readings: DisclosureReader, tokens: Tokens) -> APIRouter:
    """``/referrals/{id}/disclosure`` and ``/referrals/{id}/messages``."""
    routes = APIRouter()

    @routes.get("/referrals/{referral_id}/disclosure", responses=refuses(*REFUSALS, DisclosureClosedError))
    async def read_disclosure(
        referral_id: UUID, principal: Principal = requires(tokens, Action.READ_DISCLOSURE)
    ) -> ReferralDisclosure:
        """Reads what was disclosed to the caller's agency, while it may know it. Every reading is recorded."""
        return await readings.disclosure(referral_id, principal)

    @routes.get("/referrals/{referral_id}/messages", responses=refuses(*REFUSALS))
    async def read_messages(
        referral_id: UUID, principal: Principal = requires(tokens, Action.READ_MESSAGES)
    ) -> ReferralMessages:
        """Reads the question, the answer, notes and comments that are for the caller. Every reading is recorded."""
        return await readings.messages(referral_id, principal)

    return routes
