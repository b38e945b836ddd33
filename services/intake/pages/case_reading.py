"""Draws the page of one case: what to do first, what is awaited of whom, what happened. Sealed content when opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import Response

from events.vocabulary import CaseKind, ConsentDecision
from services.chassis.authorization.policy import Action, Principal, lacks_a_person, role_allows
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.log import Log
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.intake.case_list.queries import head_of, heads_of
from services.intake.case_status.commands import recorded
from services.intake.case_status.queries import case_status
from services.intake.case_status.schemas import CaseStatus
from services.intake.case_timeline.queries import CaseTimeline, CaseTimelines
from services.intake.consents.schemas import CaseConsent
from services.intake.pages.case_attempts import NOTHING_OPENED, NOTHING_TRIED, Attempt, Opened
from services.intake.pages.case_choices import choices_of
from services.intake.pages.case_rows import lines_of, turns_of
from services.intake.pages.read_aloud import read_aloud
from services.intake.routing.queries import RoutingStates
from services.intake.showings.commands import CaseShowings
from services.intake.who_knew.queries import WhoKnew
from services.intake.wordings import Use

TEMPLATES = PageTemplates(__name__, "pages/templates/case")
PATH = "/albergue/casos/{case_id}"
CLOSES_AFTER = 300
"""Seconds after which what was opened is taken off the screen, if nobody touches it."""
SHOWN_AT_ONCE = 20
"""Things that happened which are not folded away."""
ACTS = {
    "consent": Action.SUBMIT,
    "amend": Action.READ_ANSWERS,
    "identity": Action.READ_IDENTITY,
    "slip": Action.ISSUE_SLIP,
    "check": Action.CHECK_WITHDRAWAL,
    "authority": Action.SEE_RESTRICTED_CONTACTS,
    "tell": Action.TELL_PERSON,
}
"""What may be done on the page, by the action that it needs."""


def address(case: UUID) -> str:
    """The address of a case's page."""
    return PATH.format(case_id=case)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePages:
    """Draws the page of one case for its viewer."""

    database: Database
    log: Log
    timelines: CaseTimelines
    routing: RoutingStates
    showings: CaseShowings
    who_knew: WhoKnew
    clock: Clock

    async def status(self, case: UUID, principal: Principal) -> CaseStatus:
        """The case, as far as the principal may see it.

        Raises:
            NotFoundError: no such case, or the principal may see nothing of it.
        """
        return await case_status(self.database, self.log, self.timelines.referral, self.routing, case, principal)

    async def draw(
        self,
        request: Request,
        principal: Principal,
        case: UUID,
        *,
        fault: ServiceError | None = None,
        attempt: Attempt = NOTHING_TRIED,
        opened: Opened = NOTHING_OPENED,
    ) -> Response:
        """The page as it is now; of a case that was handed over only that it was.

        Raises:
            NotFoundError: no such case, or the principal may see nothing of it.
        """
        status = await recorded(self.showings, await self.status(case, principal), principal)
        if status.handed_over:
            return page(request, TEMPLATES, "handed_over.html", fault=fault, now=self.clock(), address=address(case))
        timeline = await self.timelines.of(status)
        head = await head_of(self.database, case, principal)
        related = await heads_of(self.database, {*status.family, *status.same_person}, principal)
        now = self.clock()
        lines = lines_of(status.referrals, timeline.clocks, now)
        viewer = viewer_of(request, TEMPLATES.words)
        may = _may(principal, status)
        return page(
            request,
            TEMPLATES,
            "case.html",
            fault=fault,
            now=now,
            confidential=opened is not NOTHING_OPENED or attempt is not NOTHING_TRIED,
            address=address(case),
            it=status,
            head=head,
            is_of_a_person=head is not None and head.kind is CaseKind.PERSON,
            lines=lines,
            turns=turns_of(lines, frozen=status.frozen is not None),
            decisions=_in_force(status.consents),
            related=related,
            timeline=timeline.entries,
            version=timeline.version,
            shown_at_once=SHOWN_AT_ONCE,
            may=may,
            knowers=await self.who_knew.of(status) if "tell" in may else [],
            order=uuid4,
            choices=choices_of(TEMPLATES.words(viewer.language)),
            read=read_aloud(Use.CONSENT, viewer.language),
            attempt=attempt,
            opened=opened,
            closes_after=CLOSES_AFTER,
        )

    async def version(self, case: UUID, principal: Principal) -> int:
        """The case's version, as its shelter is told it.

        Raises:
            NotFoundError: no such case, or the principal may see nothing of it.
        """
        timeline: CaseTimeline = await self.timelines.of(await self.status(case, principal))
        return timeline.version


def _may(principal: Principal, status: CaseStatus) -> frozenset[str]:
    """What the viewer may do; nothing is read or sent while a withdrawal waits to be checked."""
    may = {
        name
        for name, action in ACTS.items()
        if role_allows(principal, action) and not lacks_a_person(principal, action)
    }
    return frozenset(may - {"amend"} if status.frozen is not None else may)


def _in_force(consents: Sequence[CaseConsent]) -> list[CaseConsent]:
    """The last decision about each recipient, unless it was withdrawn or nobody was asked."""
    last = {one.recipient: one for one in consents}
    found = (one for one in last.values() if one.decision is not ConsentDecision.NOT_ASKED)
    return sorted((one for one in found if one.withdrawn_at is None), key=lambda one: one.recipient)
