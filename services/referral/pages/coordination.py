"""Who is silent and what runs out: the coordination's page, short lists that each lead further.

``/coordinacion``, and a page of its own for what does not fit: what is overdue, what waits for whose consent, the
withdrawals to check, the decisions of two people, the cases that are not routed. A supervisor is led to
her agency's own.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from events.vocabulary import BlockReason, Capacity
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.templating import PageTemplates
from services.referral.break_glass.queries import AccessLists
from services.referral.capacity.queries import CapacityOverview
from services.referral.caravans.queries import list_caravans
from services.referral.obligations.queries import ObligationLists
from services.referral.overview.domain import Deadlines, Section
from services.referral.overview.queries import COUNTED_TO, Overview
from services.referral.silence.queries import silence_overview
from services.referral.unrouted.queries import UnroutedList

TEMPLATES = PageTemplates(__name__, "pages/templates/coordination")
HERE, SUPERVISORS = "/coordinacion", "/mesa/silencio"
LISTS = {
    "vencidas": Section.OVERDUE,
    "espera": Section.WAITING,
    "retiros": Section.FROZEN,
    "decisiones": Section.CONTESTED,
}
"""The longer lists, by the last part of their address."""
CLOCKS = tuple(one.name for one in fields(Deadlines))
"""What may be overdue, by the clock."""
NO_ROOM = frozenset({Capacity.NO_CAPACITY, Capacity.WAITLIST})
FEW = 5
"""Lines of a short list."""
Cursor = Annotated[str | None, Query(max_length=MAX_LENGTH)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """What the page reads."""

    overview: Overview
    unrouted: UnroutedList
    capacity: CapacityOverview
    accesses: AccessLists
    obligations: ObligationLists
    faults: Callable[[], Sequence[str]]
    """Faults of the policy files, each ``file:line: what``; the set adopted before is in force instead."""


def pages(sources: Coordination, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/coordinacion`` and its lists."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_overview(request: Request, principal: Principal = requires(tokens, Action.SEE_SILENCE)) -> Response:
        """Shows the beginning of every list, with counts that lead to it."""
        if not _sees_everything(principal):
            return RedirectResponse(SUPERVISORS, status_code=303)
        return page(request, TEMPLATES, "overview.html", now=clock(), **await _overview(sources, principal))

    @router.get(HERE + "/sin-canalizar")
    async def show_unrouted(
        request: Request, cursor: Cursor = None, principal: Principal = requires(tokens, Action.SEE_SILENCE)
    ) -> Response:
        """Shows the cases of which something could not be digested, the longest waiting first."""
        if not _sees_everything(principal):
            return RedirectResponse(SUPERVISORS, status_code=303)
        cases, following = await sources.unrouted.page(principal, cursor=cursor)
        shown: dict[str, Any] = {"cases": cases, "next": following, "cursor": cursor, "code": short_code}
        return page(request, TEMPLATES, "unrouted.html", now=clock(), **shown)

    for name, section in LISTS.items():
        router.add_api_route(f"{HERE}/{name}", _list(name, section, sources.overview, tokens, clock))
    return router


def _list(
    name: str, section: Section, overview: Overview, tokens: Tokens, clock: Clock
) -> Callable[..., Awaitable[Response]]:
    """The route of one list."""

    async def show_list(
        request: Request,
        cursor: Cursor = None,
        albergue: Annotated[str | None, Query(max_length=40)] = None,
        motivo: Annotated[BlockReason | None, Query()] = None,
        principal: Principal = requires(tokens, Action.SEE_SILENCE),
    ) -> Response:
        """Shows one list whole, page by page, the most urgent first."""
        if not _sees_everything(principal):
            return RedirectResponse(SUPERVISORS, status_code=303)
        shelter = albergue or None
        found = await overview.page(principal, section, cursor=cursor, shelter=shelter, reason=motivo)
        shown: dict[str, Any] = {
            "which": name,
            "concerns": found.items,
            "next": found.next_cursor,
            "cursor": cursor,
            "shelter": albergue or "",
            "reason": motivo or "",
        }
        return page(request, TEMPLATES, "list.html", now=clock(), **shown)

    return show_list


def _sees_everything(principal: Principal) -> bool:
    return scope_of(principal, Action.SEE_SILENCE) is Scope.ANY


async def _overview(sources: Coordination, principal: Principal) -> dict[str, Any]:
    """The parts of the overview, each read by the query that its own page reads by."""
    overview = sources.overview
    lists = {
        name: (await overview.page(principal, section, limit=FEW)).items
        for name, section in LISTS.items()
        if section is not Section.WAITING
    }
    counts = {name: await overview.count(principal, section) for name, section in LISTS.items()}
    silence = await silence_overview(overview.database, principal, overview.restricted, overview.showings)
    room = await sources.capacity.listed(principal)
    cases, _ = await sources.unrouted.page(principal, limit=FEW)
    return {
        "lists": lists,
        "counts": counts
        | {
            "silencio": len(silence.desks) + len(silence.shelters),
            "sin-canalizar": await sources.unrouted.count(),
            "revisiones": await sources.accesses.unreviewed(principal, COUNTED_TO),
            "tareas": await sources.obligations.late(principal, COUNTED_TO),
        },
        "silence": silence,
        "groups": [group for group in silence.waiting if group.reason is not BlockReason.FROZEN],
        "unrouted": cases,
        "reviews": (await sources.accesses.page(principal, unreviewed=True)).items[:FEW],
        "full": [
            *(desk for desk in room.desks if desk.capacity in NO_ROOM),
            *(shelter for shelter in room.shelters if shelter.capacity in NO_ROOM),
        ],
        "unknown": sum(one.capacity is Capacity.UNKNOWN_STALE for one in room.desks)
        + sum(one.capacity is Capacity.UNKNOWN_STALE for one in room.shelters),
        "caravans": (await list_caravans(overview.database, ended=False)).items,
        "faults": [_where(fault) for fault in sources.faults()],
        "few": FEW,
        "code": short_code,
    }


def _where(fault: str) -> tuple[str, str]:
    """File and line of a fault; what is wrong there is for whoever edits the file."""
    path, line, *_ = [*fault.split(":", 2), ""]
    return PurePath(path).name, line
