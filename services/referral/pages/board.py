"""Mesa's board: what a desk has to answer now, what is due first at the top."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import Agency, ExportPurpose, ShownView, Urgency
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import Translator
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.forms import refuse_another_person
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import viewer_of
from services.referral.deadlines.ports import Desks
from services.referral.live.queries import ReferralChanges
from services.referral.pages.board_filters import CATEGORIES, STATES, Search, View
from services.referral.pages.board_rows import row_of
from services.referral.worklist.counts import DeskCounts
from services.referral.worklist.queries import Worklist

TEMPLATES = PageTemplates(__name__, "pages/templates")
PATH = "/mesa"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPages:
    """Draws the board for whoever asks."""

    worklist: Worklist
    counts: DeskCounts
    changes: ReferralChanges
    desks: Desks
    clock: Clock

    async def draw(
        self, request: Request, principal: Principal, search: Search, fault: ServiceError | None = None
    ) -> Response:
        """The board with a search.

        Raises:
            MalformedRequestError: the cursor is not one of this search and reader.
            NotSearchableError: the search is for a category that is restricted.
        """
        now = self.clock()
        since = await self.changes.now(principal)  # before the list, so that no change of it is lost
        listed = await self.worklist.page(principal, search.filters(now))
        viewer = viewer_of(request, TEMPLATES.words)
        counts = await self.counts.of(principal, now, viewer.zone)
        return page(
            request,
            TEMPLATES,
            "board/board.html",
            fault=fault,
            confidential=search.shows_appointments,
            now=now,
            address=search.address(search.cursor),
            search=search,
            rows=[row_of(one) for one in listed.items],
            next=search.address(listed.next_cursor) if listed.next_cursor else "",
            beginning=search.address() if search.cursor else "",
            counts=counts,
            since=since,
            choices=_choices(TEMPLATES.words(viewer.language)),
            desks=self._desks(principal),
            order=uuid4(),
            may_export=role_allows(principal, Action.EXPORT_REFERRALS),
        )

    def _desks(self, principal: Principal) -> list[tuple[str, str]]:
        """The agency's desks; there is nothing to choose where there is one."""
        found = sorted(self.desks.of_agency(Agency(principal.org)))
        return [(code, code) for code in found] if len(found) > 1 else []


def _choices(say: Translator) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen in the search, each value with its words."""
    return {
        "purposes": [(one, say(f"export_purpose.{one}")) for one in ExportPurpose],
        "views": [(one, say(f"board.view.{one.name.lower()}")) for one in View],
        "states": [(one, say(f"state.{one}")) for one in STATES],
        "urgencies": [(one, say(f"urgency.{one}")) for one in Urgency],
        "categories": sorted(((one, say(f"category.{one}")) for one in CATEGORIES), key=lambda choice: choice[1]),
    }


def pages(board: BoardPages, tokens: Tokens) -> APIRouter:
    """``/mesa`` and ``/mesa/filas/{referral_id}``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_board(request: Request, principal: Principal = requires(tokens, Action.SEE_BOARD)) -> Response:
        """Shows the board."""
        return await board.draw(request, principal, Search.of(request.query_params))

    @router.get("/mesa/filas/{referral_id}")
    async def show_row(
        request: Request, referral_id: UUID, principal: Principal = requires(tokens, Action.SEE_BOARD, by_script=True)
    ) -> Response:
        """Shows one row as it is now, also of a referral that the list with this search has not, or no longer."""
        refuse_another_person(request, principal)
        now, search = board.clock(), Search.of(request.query_params)
        shown = await board.worklist.one(principal, referral_id, ShownView.LIST)
        wanted = replace(search.filters(now), referral=referral_id, cursor=None, limit=1)
        matching = await board.worklist.page(principal, wanted, None)
        return page(
            request,
            TEMPLATES,
            "board/row.html",
            confidential=search.shows_appointments,
            now=now,
            search=search,
            row=row_of(shown, matches=bool(matching.items)),
        )

    return router
