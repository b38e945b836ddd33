"""The shelter's first page: what changed in its cases, and what waits for whom. Nothing about a person."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import ReferralState, Urgency
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH, Cursors
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.intake.case_list.commands import recorded
from services.intake.case_list.queries import count_cases, list_cases
from services.intake.case_list.schemas import CaseFilters
from services.intake.case_timeline.queries import CaseTimelines
from services.intake.pages.case_rows import CaseRow, lines_of
from services.intake.routing.queries import RoutingStates
from services.intake.showings.commands import CaseShowings

TEMPLATES = PageTemplates(__name__, "pages/templates/shelter")
SHOWN = 25
PATH = "/albergue"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLists:
    """Reads the cases of a shelter with what is awaited."""

    database: Database
    routing: RoutingStates
    cursors: Cursors
    timelines: CaseTimelines
    showings: CaseShowings
    clock: Clock

    async def rows(self, filters: CaseFilters, principal: Principal) -> tuple[list[CaseRow], str | None]:
        """A page of cases, and the cursor of the next one.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        listed = await list_cases(self.database, self.routing, self.cursors, filters, principal)
        found = await recorded(self.showings, listed, principal, categories=False)
        referrals = [one for case in found.items for one in case.referrals]
        clocks = await self.timelines.clocks(referrals)
        now = self.clock()
        return [CaseRow(case, lines_of(case.referrals, clocks, now)) for case in found.items], found.next_cursor


def pages(lists: CaseLists, tokens: Tokens) -> APIRouter:
    """``/albergue``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_shelter(
        request: Request,
        recibo: Annotated[str, Query(max_length=40)] = "",
        espera: Literal["", "si"] = "",
        estado: ReferralState | Literal[""] = "",
        urgencia: Urgency | Literal[""] = "",
        cursor: Annotated[str, Query(max_length=MAX_LENGTH)] = "",
        principal: Principal = requires(tokens, Action.LIST_CASES),
    ) -> Response:
        """Shows the cases that the shelter holds, what changed last first."""
        search: dict[str, Any] = {"recibo": recibo.strip(), "espera": espera, "estado": estado, "urgencia": urgencia}
        filters = CaseFilters(
            order="changed",
            receipt=search["recibo"] or None,
            state=ReferralState(estado) if estado else None,
            urgency=Urgency(urgencia) if urgencia else None,
            waits_for_shelter=espera == "si",
            cursor=cursor or None,
            limit=SHOWN,
        )
        rows, following = await lists.rows(filters, principal)
        narrowed = {name: value for name, value in search.items() if value}
        return page(
            request,
            TEMPLATES,
            "shelter.html",
            now=lists.clock(),
            rows=rows,
            counts=await count_cases(lists.database, principal, lists.clock()),
            search=search,
            is_narrowed=bool(narrowed),
            next=f"{PATH}?{urlencode(narrowed | {'cursor': following})}" if following else "",
            first_page=f"{PATH}?{urlencode(narrowed)}" if cursor else "",
            states=list(ReferralState),
            urgencies=list(Urgency),
        )

    return router
