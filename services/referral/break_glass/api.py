"""Exceptional access over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from events.vocabulary import Watched
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
from services.chassis.security.current import counts_as
from services.chassis.web.refusals import refuses
from services.referral.break_glass.commands import BreakGlass
from services.referral.break_glass.domain import (
    AccessOverError,
    AlreadyReviewedError,
    OpenRequest,
    OwnAccessError,
    TooManyAccessesError,
)
from services.referral.break_glass.queries import visible_accesses
from services.referral.break_glass.readings import AccessReader
from services.referral.break_glass.schemas import (
    BreakGlassAccess,
    BreakGlassDisclosure,
    BreakGlassJustification,
    BreakGlassList,
    OpenBreakGlass,
    ReviewBreakGlass,
)
from services.referral.consent.overrides import OverrideRefusedError
from services.referral.lifecycle.transitions import IllegalStepError
from services.referral.showings.commands import ReferralShowings

EVERY_ROUTE = (NotFoundError, VersionConflictError)
"""Refusals of every route about one access."""


def router(
    break_glass: BreakGlass,
    readings: AccessReader,
    tokens: Tokens,
    database: Database,
    showings: ReferralShowings,
) -> APIRouter:
    """``/referrals/{id}/break-glass`` and ``/break-glass``."""
    routes = APIRouter()

    @routes.post(
        "/referrals/{referral_id}/break-glass",
        status_code=201,
        responses=refuses(
            *EVERY_ROUTE,
            CommandIdReusedError,
            ErasedError,
            KeysLostError,
            IllegalStepError,
            OverrideRefusedError,
            TooManyAccessesError,
        ),
    )
    async def open_break_glass(
        referral_id: UUID, body: OpenBreakGlass, principal: Principal = requires(tokens, Action.BREAK_GLASS)
    ) -> BreakGlassAccess:
        """Acceso excepcional: opens a referral's disclosure to the caller for four hours and notifies its owners."""
        counts_as(Watched.EXCEPTIONAL_ACCESSES)
        request = OpenRequest(
            referral=referral_id,
            command=body.command_id,
            basis=body.basis,
            justification=body.justification,
            release=body.release,
        )
        return await break_glass.open(request, principal)

    @routes.get("/break-glass")
    async def list_break_glass(principal: Principal = requires(tokens, Action.SEE_ACCESSES)) -> BreakGlassList:
        """Lists exceptional accesses to the caller's referrals and by the caller's staff, latest first, no content."""
        return await visible_accesses(database, showings, principal)

    @routes.get(
        "/break-glass/{access_id}/disclosure",
        responses=refuses(*EVERY_ROUTE, AccessOverError, ErasedError, KeysLostError, OverrideRefusedError),
    )
    async def read_break_glass(
        access_id: UUID, principal: Principal = requires(tokens, Action.BREAK_GLASS)
    ) -> BreakGlassDisclosure:
        """Reads what was opened, for the person who opened it, while the access lasts. Every reading is recorded."""
        return await readings.read(access_id, principal)

    @routes.get("/break-glass/{access_id}/justification", responses=refuses(*EVERY_ROUTE, ErasedError, KeysLostError))
    async def read_break_glass_justification(
        access_id: UUID, principal: Principal = requires(tokens, Action.REVIEW_ACCESS)
    ) -> BreakGlassJustification:
        """Reads why an access was opened, in order to review it. Every reading is recorded."""
        return await readings.justification(access_id, principal)

    @routes.post(
        "/break-glass/{access_id}/review",
        responses=refuses(*EVERY_ROUTE, AlreadyReviewedError, CommandIdReusedError, OwnAccessError),
    )
    async def review_break_glass(
        access_id: UUID, body: ReviewBreakGlass, principal: Principal = requires(tokens, Action.REVIEW_ACCESS)
    ) -> BreakGlassAccess:
        """Records a second person's verdict; an access that was not justified is closed at once."""
        return await break_glass.review(access_id, body.command_id, body.verdict, principal)

    return routes
