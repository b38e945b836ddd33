"""``/auditoria/casos/{case_id}/momento``: a case as it was at a moment that is chosen among its own.

With JavaScript a slider moves over the moments (``assets/moments.js``) and only what was so then is drawn anew; without
it the same form has a list of them, and the one before and the one after are links.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import AuditView
from services.audit.history.commands import Histories
from services.audit.history.queries import Line
from services.audit.knowledge.domain import Organisation
from services.audit.knowledge.readings import readings_in
from services.audit.knowledge.words import Said
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, head_of, query_of, written
from services.audit.pages.words_of_moments import Words, by_asked
from services.audit.prose import describe_in
from services.audit.time_machine.answers import readers_at
from services.audit.time_machine.queries import moment_of
from services.audit.time_machine.times import By
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

MOST = 200
"""Moments of one slider: of a longer history those around the one that is shown."""
LONGEST = 90
"""Characters of a sentence in the list of moments."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One moment of the slider: when something happened to the case, and what."""

    at: datetime
    value: str
    text: str
    more: int
    """How many further facts have the very same moment."""


def pages(histories: Histories, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/casos/{case_id}/momento``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auditoria/casos/{case_id}/momento")
    async def show_moment(
        request: Request,
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        hasta: Annotated[str | None, Query(max_length=40)] = None,
        por: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        """Shows the case's referrals, clocks, tasks and decisions at a moment, who could read then, and who had."""
        viewer = viewer_of(request, TEMPLATES.words)
        at, fault = asked_or_now(hasta, viewer.zone)
        by = by_asked(por)
        everything = await histories.of_case(case_id, principal, AuditView.STATE, at=at)
        moment = moment_of(case_id, everything, at or clock(), by)
        ticks, place = _around(_ticks(everything, by, viewer.language), moment.at)
        path = f"/auditoria/casos/{case_id}/momento"
        say = TEMPLATES.words(viewer.language)
        return page(
            request,
            TEMPLATES,
            "case_moment.html",
            fault=fault,
            now=clock(),
            head=head_of(case_id, everything),
            chosen=query_of(hasta=written(at)),
            path_here=path,
            at=moment.at,
            until_now=at is None,
            by=by,
            ticks=ticks,
            place=place,
            before=_link(path, ticks, place - 1, by),
            after=_link(path, ticks, place + 1, by),
            field=as_field(at, viewer.zone),
            then=moment.then,
            known=bool(moment.lines),
            late=[(line.fact, describe_in(viewer.language, line.fact)) for line in moment.late],
            organisations=_that_knew(readers_at(everything, moment.at)),
            readings=[
                one for one in reversed(readings_in(line.fact for line in moment.lines)) if one.is_of_sealed_data
            ],
            words=Words(say, moment.at),
            said=Said(say),
        )

    return router


def _ticks(lines: Sequence[Line], by: By, language: str) -> list[Tick]:
    found: dict[datetime, list[Line]] = {}
    for line in lines:
        found.setdefault(by.time_of(line.fact), []).append(line)
    return [
        Tick(at, at.isoformat(), _short(describe_in(language, found[at][0].fact)), len(found[at]) - 1)
        for at in sorted(found)
    ]


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST].rstrip()}…"


def _around(ticks: Sequence[Tick], at: datetime) -> tuple[Sequence[Tick], int]:
    """The moments around the one that is shown, and its place among them; -1: it is before the first."""
    place = sum(tick.at <= at for tick in ticks) - 1
    first = max(0, min(place - MOST // 2, len(ticks) - MOST))
    return ticks[first : first + MOST], place - first


def _link(path: str, ticks: Sequence[Tick], place: int, by: By) -> str:
    """The address of the page at another moment; empty: there is none."""
    return path + query_of(hasta=ticks[place].value, por=by.value) if 0 <= place < len(ticks) else ""


def _that_knew(organisations: Sequence[Organisation]) -> list[tuple[Organisation, datetime | None]]:
    """Each organisation, and since when it could read what it could read then."""
    return [
        (
            one,
            min(
                (window.since for each in one.disclosures for window in each.windows if window.until is None),
                default=None,
            ),
        )
        for one in organisations
    ]
