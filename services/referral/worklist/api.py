"""Referrals over HTTP: ``GET /referrals`` and one of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from events.vocabulary import Agency, BlockReason, ReferralState, RiskCategory, Urgency
from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.refusals import refuses
from services.referral.worklist.filters import NotSearchableError, ReferralFilters, Sort
from services.referral.worklist.queries import PAGE_SIZE, Worklist
from services.referral.worklist.schemas import Referral, ReferralPage

SEVERAL = "May be given several times: any of them."
CATEGORIES = f"{SEVERAL} The restricted ones are not searchable."


def router(worklist: Worklist, tokens: Tokens) -> APIRouter:
    """``/referrals`` and ``/referrals/{id}``, as far as the caller may see them."""
    routes = APIRouter()

    @routes.get("/referrals", responses=refuses(NotSearchableError))
    async def list_referrals(
        principal: Principal = requires(tokens, Action.LIST_REFERRALS),
        agency: Annotated[Agency | None, Query()] = None,
        state: Annotated[list[ReferralState], Query(max_length=len(ReferralState), description=SEVERAL)] = [],  # noqa: B006 - the framework copies it
        urgency: Annotated[list[Urgency], Query(max_length=len(Urgency), description=SEVERAL)] = [],  # noqa: B006 - as above
        category: Annotated[list[RiskCategory], Query(max_length=len(RiskCategory), description=CATEGORIES)] = [],  # noqa: B006 - as above
        desk: Annotated[str | None, Query(max_length=40)] = None,
        code: Annotated[str | None, Query(max_length=12, description="The four characters of an alert.")] = None,
        case: Annotated[UUID | None, Query()] = None,
        reason: Annotated[BlockReason | None, Query(description="Why it waits for consent, while it does.")] = None,
        shelter: Annotated[str | None, Query(max_length=40)] = None,
        sort: Annotated[Sort, Query(description="`due`: what is overdue longest, then by the time left.")] = Sort.SENT,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_SIZE)] = 100,
    ) -> ReferralPage:
        """Lists the referrals that the caller may see, in pages: oldest first, or by the time that is left."""
        filters = ReferralFilters(
            agency=agency,
            states=tuple(state),
            urgencies=tuple(urgency),
            categories=tuple(category),
            desk=desk,
            code=code,
            case=case,
            reason=reason,
            shelter=shelter,
            sort=sort,
            cursor=cursor,
            limit=limit,
        )
        return await worklist.page(principal, filters)

    @routes.get("/referrals/{referral_id}", responses=refuses(NotFoundError))
    async def get_referral(
        referral_id: UUID, principal: Principal = requires(tokens, Action.LIST_REFERRALS)
    ) -> Referral:
        """Returns one referral, as the list shows it."""
        return await worklist.one(principal, referral_id)

    return routes
