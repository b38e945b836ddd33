"""The page of one referral: what it asks, what comes next, and what has happened. Sealed content only when opened."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.refused import is_for_people
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.referral.disclosures.domain import purpose_of
from services.referral.live.domain import may_watch
from services.referral.live.queries import ReferralChanges
from services.referral.offers.queries import AskedReferrals
from services.referral.pages.attempts import NOTHING_OPENED, NOTHING_TRIED, Attempt, Opened, faster
from services.referral.pages.clocks import clocks_of, next_due
from services.referral.pages.disclosed import facts
from services.referral.pages.live import is_readable
from services.referral.pages.other_acts import agencies_with_one, milestones, votes
from services.referral.pages.steps import answers, offered, reroutable
from services.referral.pages.terms import CLOSES_AFTER
from services.referral.pages.why import reasons
from services.referral.routing.policy import RuleSet
from services.referral.timeline.queries import ReferralHistories

TEMPLATES = PageTemplates(__name__, "pages/templates/referral")
PATH = "/mesa/canalizaciones/{referral_id}"
SHOWN_AT_ONCE = 30
"""Things that happened which are not folded away; a referral that nobody moves is asked for each working day."""


def address(referral: UUID) -> str:
    """The address of a referral's page."""
    return PATH.format(referral_id=referral)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralPages:
    """Draws the page of one referral for its viewer."""

    histories: ReferralHistories
    asked: AskedReferrals
    changes: ReferralChanges
    rules: RuleSet
    clock: Clock

    async def draw(
        self,
        request: Request,
        principal: Principal,
        referral: UUID,
        *,
        fault: ServiceError | None = None,
        attempt: Attempt = NOTHING_TRIED,
        opened: Opened = NOTHING_OPENED,
    ) -> Response:
        """The page as it is now.

        Raises:
            NotFoundError: no such referral, or the principal may not see it.
        """
        since = opened.since or await self.place(principal)
        found = await self.histories.one(principal, referral)
        shown, viewer = found.shown, viewer_of(request, TEMPLATES.words)
        say = TEMPLATES.words(viewer.language)
        read, reported = opened.disclosure, shown.appointment_at is not None or shown.outcome is not None
        steps = offered(found.state, principal.role) if role_allows(principal, Action.ANSWER_REFERRAL) else []
        return page(
            request,
            TEMPLATES,
            "referral.html",
            fault=fault,
            now=self.clock(),
            confidential=reported or attempt is not NOTHING_TRIED or opened is not NOTHING_OPENED,
            address=address(referral),
            it=shown,
            timeline=found.timeline,
            shown_at_once=SHOWN_AT_ONCE,
            unseen=found.unseen,
            related=found.related,
            why=reasons(shown.categories, self.rules, viewer.language),
            clocks=clocks_of(shown),
            due=next_due(shown),
            steps=steps,
            answers=answers(say, reroutable(found.state, agencies_with_one(found.related))),
            milestones=milestones(found, principal),
            contest=votes(found, principal),
            order=uuid4,
            attempt=attempt,
            typed_in_vain=attempt.in_vain([one.name for one in steps]),
            faster=faster(fault),
            may_read=role_allows(principal, Action.READ_DISCLOSURE),
            readable=is_readable(shown, self.clock),
            purpose=purpose_of(found.state, principal),
            has_messages=found.has_messages and role_allows(principal, Action.READ_MESSAGES),
            facts=None if read is None else facts(read, say),
            read=read if is_readable(shown, self.clock) else None,
            messages=opened.messages,
            since=since,
            closes_after=CLOSES_AFTER,
        )

    async def place(self, principal: Principal) -> str | None:
        """The place in what changes, read before what a page shows, so that no change falls in between."""
        return await self.changes.now(principal) if may_watch(principal) else None


def pages(drawn: ReferralPages, tokens: Tokens) -> APIRouter:
    """``GET /mesa/canalizaciones/{referral_id}``: only who was shown a reserved reason is recorded."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH + "/{act}")
    async def leave_form(
        referral_id: UUID, principal: Principal = requires(tokens, Action.LIST_REFERRALS)
    ) -> RedirectResponse:
        """Leads back to the page: a browser that was closed asks for the address that its form was sent to."""
        await drawn.histories.worklist.one(principal, referral_id, None)
        return RedirectResponse(address(referral_id), status_code=303)

    @router.get(PATH)
    async def show_referral(
        request: Request, referral_id: UUID, principal: Principal = requires(tokens, Action.LIST_REFERRALS)
    ) -> Response:
        """Shows the referral; an agency that was asked in another's stead finds the question instead."""
        try:
            return await drawn.draw(request, principal, referral_id)
        except NotFoundError:
            if is_for_people(request) and await drawn.asked.was_asked(referral_id, principal):
                return RedirectResponse(f"/mesa/preguntas/{referral_id}", status_code=303)
            raise

    return router
