"""Exceptional access for people: the list, and one access with what the viewer may do with it.

``/mesa/accesos``. ``break_glass_opening`` has the form that opens one, ``break_glass_acts`` reads by it and reviews it.
"""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import Agency, ReviewVerdict
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError, UnreadableContentError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.referral.break_glass.queries import AccessLists
from services.referral.break_glass.readings import AccessReader
from services.referral.break_glass.schemas import BreakGlassDisclosure, BreakGlassJustification
from services.referral.overview.queries import Overview
from services.referral.pages.disclosed import Fact, facts_of
from services.referral.pages.terms import CLOSES_AFTER

TEMPLATES = PageTemplates(__name__, "pages/templates/break_glass")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPages:
    """Draws the pages of exceptional accesses."""

    readings: AccessReader
    lists: AccessLists
    overview: Overview
    clock: Clock

    async def one(
        self,
        request: Request,
        principal: Principal,
        access_id: UUID,
        *,
        fault: ServiceError | None = None,
        opened: BreakGlassDisclosure | None = None,
        why: BreakGlassJustification | None = None,
    ) -> Response:
        """One access as it is now; ``opened`` and ``why``: with what has just been read.

        Raises:
            NotFoundError: no such access, or the principal may not see it.
        """
        access = await self.lists.one(principal, access_id)
        standing = await self.readings.standing(access_id, principal)
        may_review = role_allows(principal, Action.REVIEW_ACCESS) and standing.may_review
        shown: dict[str, Any] = {
            "access": access,
            "code": short_code(access.referral_id),
            "may_open": access.referral_id in await self.overview.visible(principal, [access.referral_id]),
            "may_read": role_allows(principal, Action.BREAK_GLASS) and standing.may_read,
            "may_review": may_review,
            "may_judge": may_review and (why is not None or isinstance(fault, UnreadableContentError)),
            "opened": opened,
            "facts": [] if opened is None else _in_words(request, opened),
            "why": why,
            "order": uuid4(),
            "closes_after": CLOSES_AFTER,
            "verdicts": [one.value for one in ReviewVerdict],
        }
        sealed = opened is not None or why is not None
        here = f"/mesa/accesos/{access_id}"
        return page(
            request,
            TEMPLATES,
            "access.html",
            fault=fault,
            now=self.clock(),
            confidential=sealed,
            address=here,
            **shown,
        )


def pages(drawn: AccessPages, tokens: Tokens) -> APIRouter:
    """``/mesa/accesos`` and one of them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/mesa/accesos")
    async def show_accesses(
        request: Request,
        por_revisar: Annotated[bool, Query()] = False,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.SEE_ACCESSES),
    ) -> Response:
        """Lists the accesses to the viewer's referrals and by the viewer's staff, the latest first, no content."""
        found = await drawn.lists.page(principal, unreviewed=por_revisar, cursor=cursor)
        shown: dict[str, Any] = {
            "accesses": found.items,
            "next": found.next_cursor,
            "cursor": cursor,
            "unreviewed": por_revisar,
            "code": short_code,
            "may_begin": _may_begin(principal),
        }
        return page(request, TEMPLATES, "list.html", now=drawn.clock(), **shown)

    @router.get("/mesa/accesos/{access_id}")
    async def show_access(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.SEE_ACCESSES)
    ) -> Response:
        """Shows one access: who opened what, until when, and its review. Nothing is opened."""
        return await drawn.one(request, principal, access_id)

    return router


def _in_words(request: Request, opened: BreakGlassDisclosure) -> list[Fact]:
    return facts_of(opened.disclosed, (), TEMPLATES.words(viewer_of(request, TEMPLATES.words).language))


def _may_begin(principal: Principal) -> bool:
    """Whether the viewer may open anything at all: the desk that receives reports about staff may not."""
    return role_allows(principal, Action.BREAK_GLASS) and principal.org != Agency.PEAS
