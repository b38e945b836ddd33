"""``/auditoria/cuentas``: whether what devices, logs, stream and rules counted agrees, by shelter and day."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.audit.pages.frame import TEMPLATES, query_of
from services.audit.prose.people import organisation_in_words
from services.audit.reconciliation.api import EARLIEST, LATEST, SHOWN
from services.audit.reconciliation.projections import day_of
from services.audit.reconciliation.queries import Counts
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

PATH = "/auditoria/cuentas"
PAGE_SIZE = 30
CODE = re.compile(r"[A-Z0-9*-]{1,40}")


def pages(counts: Counts, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/cuentas``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_counts(
        request: Request,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        desde: Annotated[str, Query(max_length=10)] = "",
        hasta: Annotated[str, Query(max_length=10)] = "",
        albergue: Annotated[str, Query(max_length=40)] = "",
        sigue: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
    ) -> Response:
        """Shows the counts of the days that were asked for, newest first."""
        fault: MalformedRequestError | None = None
        try:
            first, last, shelter = _day(desde, "desde"), _day(hasta, "hasta"), _shelter(albergue)
        except MalformedRequestError as wrong:
            fault, first, last, shelter = wrong, None, None, None
        until = last or day_of(clock())
        since = first or until - SHOWN
        try:
            found = await counts.page(
                principal, shelter=shelter, first=since, last=until, cursor=sigue, limit=PAGE_SIZE, field="sigue"
            )
        except MalformedRequestError as wrong:
            fault, sigue = wrong, None
            found = await counts.page(principal, shelter=shelter, first=since, last=until, cursor=None, limit=PAGE_SIZE)
        say = TEMPLATES.words(viewer_of(request, TEMPLATES.words).language)
        chosen = {"desde": first and first.isoformat(), "hasta": last and last.isoformat(), "albergue": shelter}
        return page(
            request,
            TEMPLATES,
            "counts.html",
            fault=fault,
            now=clock(),
            rows=[(organisation_in_words(one.shelter, say), f"{one.day:%d/%m/%Y}", one) for one in found.items],
            since=since.isoformat(),
            until=until.isoformat(),
            shelter=shelter or "",
            filtered=any(chosen.values()),
            next_page=PATH + query_of(**chosen, sigue=found.next_cursor) if found.next_cursor else "",
            first_page=PATH + query_of(**chosen) if sigue else "",
        )

    return router


def _day(text: str, field: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise MalformedRequestError(faults=[{"field": field, "code": "not_a_time"}])
    return day


def _shelter(text: str) -> str | None:
    code = text.strip().upper()
    if code and not CODE.fullmatch(code):
        raise MalformedRequestError(faults=[{"field": "albergue", "code": "not_valid"}])
    return code or None
