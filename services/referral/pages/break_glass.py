"""Exceptional access for people: the list, opening one, reading by it, and its review by a second person.

``/mesa/accesos``. Whatever is opened is shown once, by a form, and never at an address of its own: going back to the page
opens nothing, and every reading is recorded as it is over the API.
"""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import Agency, ReviewVerdict
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError, UnreadableContentError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.referral.break_glass.commands import BreakGlass
from services.referral.break_glass.queries import AccessLists
from services.referral.break_glass.readings import AccessReader
from services.referral.break_glass.schemas import BreakGlassDisclosure, BreakGlassJustification, ReviewBreakGlass
from services.referral.overview.queries import Overview
from services.referral.pages.disclosed import ORDER, Fact, field_in_words, values_in_words

TEMPLATES = PageTemplates(__name__, "pages/templates/break_glass")


def pages(
    commands: BreakGlass, readings: AccessReader, lists: AccessLists, overview: Overview, tokens: Tokens, clock: Clock
) -> APIRouter:
    """``/mesa/accesos`` and one of them; ``break_glass_opening`` has the form that opens one."""
    router = APIRouter()

    async def access_page(
        request: Request,
        principal: Principal,
        access_id: UUID,
        *,
        fault: ServiceError | None = None,
        opened: BreakGlassDisclosure | None = None,
        why: BreakGlassJustification | None = None,
    ) -> Response:
        access = await lists.one(principal, access_id)
        standing = await readings.standing(access_id, principal)
        may_review = role_allows(principal, Action.REVIEW_ACCESS) and standing.may_review
        shown: dict[str, Any] = {
            "access": access,
            "code": short_code(access.referral_id),
            "may_open": access.referral_id in await overview.visible(principal, [access.referral_id]),
            "may_read": role_allows(principal, Action.BREAK_GLASS) and standing.may_read,
            "may_review": may_review,
            "may_judge": may_review and (why is not None or isinstance(fault, UnreadableContentError)),
            "opened": opened,
            "facts": [] if opened is None else _facts(opened, viewer_of(request, TEMPLATES.words).language),
            "why": why,
            "order": uuid4(),
            "verdicts": [one.value for one in ReviewVerdict],
        }
        sealed = opened is not None or why is not None
        return page(request, TEMPLATES, "access.html", fault=fault, now=clock(), confidential=sealed, **shown)

    @router.get("/mesa/accesos")
    async def show_accesses(
        request: Request,
        por_revisar: Annotated[bool, Query()] = False,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.SEE_ACCESSES),
    ) -> Response:
        """Lists the accesses to the viewer's referrals and by the viewer's staff, the latest first, no content."""
        found = await lists.page(principal, unreviewed=por_revisar, cursor=cursor)
        shown: dict[str, Any] = {
            "accesses": found.items,
            "next": found.next_cursor,
            "cursor": cursor,
            "unreviewed": por_revisar,
            "code": short_code,
            "may_begin": _may_begin(principal),
        }
        return page(request, TEMPLATES, "list.html", now=clock(), **shown)

    @router.get("/mesa/accesos/{access_id}")
    async def show_access(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.SEE_ACCESSES)
    ) -> Response:
        """Shows one access: who opened what, until when, and its review. Nothing is opened."""
        return await access_page(request, principal, access_id)

    @router.post("/mesa/accesos/{access_id}/leer")
    async def read_access(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.BREAK_GLASS, by_form=True)
    ) -> Response:
        """Shows once what was opened, to the person who opened it. The reading is recorded."""
        await form_of(request, principal)
        try:
            opened = await readings.read(access_id, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await access_page(request, principal, access_id, fault=error)
        return await access_page(request, principal, access_id, opened=opened)

    @router.post("/mesa/accesos/{access_id}/motivo")
    async def read_justification(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.REVIEW_ACCESS, by_form=True)
    ) -> Response:
        """Shows once why it was opened, with the form of the review. The reading is recorded."""
        await form_of(request, principal)
        try:
            why = await readings.justification(access_id, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await access_page(request, principal, access_id, fault=error)
        return await access_page(request, principal, access_id, why=why)

    @router.post("/mesa/accesos/{access_id}/revisar")
    async def review_access(
        request: Request, access_id: UUID, principal: Principal = requires(tokens, Action.REVIEW_ACCESS, by_form=True)
    ) -> Response:
        """Records a second person's verdict."""
        form = await form_of(request, principal)
        try:
            said = validated(ReviewBreakGlass, {"command_id": form.command_id, "verdict": form.text("verdict")})
            await commands.review(access_id, said.command_id, said.verdict, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await access_page(request, principal, access_id, fault=error)
        return done(f"/mesa/accesos/{access_id}", "access_reviewed")

    return router


def _facts(opened: BreakGlassDisclosure, language: str) -> list[Fact]:
    """What was opened, in words."""
    say, told = TEMPLATES.words(language), opened.disclosed
    names = [*(name for name in ORDER if name in told), *(name for name in told if name not in ORDER)]
    return [Fact(field_in_words(name, say), values_in_words(name, told[name], say), is_new=False) for name in names]


def _may_begin(principal: Principal) -> bool:
    """Whether the viewer may open anything at all: the desk that receives reports about staff may not."""
    return role_allows(principal, Action.BREAK_GLASS) and principal.org != Agency.PEAS
