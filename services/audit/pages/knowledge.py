"""``/auditoria/casos/{case_id}/quien-supo`` and ``…/lecturas``: what each organisation knew, and who read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import AuditView
from services.audit.history.commands import Histories
from services.audit.history.queries import until
from services.audit.knowledge.domain import Organisation
from services.audit.knowledge.organisations import known_by
from services.audit.knowledge.readings import readings_in, told_in
from services.audit.knowledge.words import Said
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, head_of, query_of, written
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of


def pages(histories: Histories, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/casos/{case_id}/quien-supo`` and ``/lecturas``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auditoria/casos/{case_id}/quien-supo")
    async def show_knowledge(
        request: Request,
        case_id: UUID,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        hasta: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Response:
        """Shows what each organisation had been told at a moment, from the facts that had been recorded by then."""
        viewer = viewer_of(request, TEMPLATES.words)
        at, fault = asked_or_now(hasta, viewer.zone)
        everything = await histories.of_case(case_id, principal, AuditView.KNOWLEDGE, at=at)
        lines = until(everything, at)
        return page(
            request,
            TEMPLATES,
            "knowledge.html",
            fault=fault,
            now=clock(),
            head=head_of(case_id, everything),
            at=at,
            field=as_field(at, viewer.zone),
            chosen=query_of(hasta=written(at)),
            organisations=known_by(lines, at or clock()),
            told=told_in(line.fact for line in lines),
            moments=_turning_points(known_by(everything, clock()), f"/auditoria/casos/{case_id}/quien-supo"),
            said=Said(TEMPLATES.words(viewer.language)),
        )

    @router.get("/auditoria/casos/{case_id}/lecturas")
    async def show_readings(
        request: Request, case_id: UUID, principal: Principal = requires(tokens, Action.SEE_HISTORY)
    ) -> Response:
        """Shows every reading of the case's sealed data, the newest first."""
        viewer = viewer_of(request, TEMPLATES.words)
        lines = await histories.of_case(case_id, principal, AuditView.READINGS)
        return page(
            request,
            TEMPLATES,
            "readings.html",
            now=clock(),
            head=head_of(case_id, lines),
            chosen="",
            readings=list(reversed(readings_in(line.fact for line in lines))),
            said=Said(TEMPLATES.words(viewer.language)),
        )

    return router


def _turning_points(organisations: Sequence[Organisation], path: str) -> list[tuple[datetime, str]]:
    """The moments at which somebody's reading began or ended, each with the address of the page as of then."""
    found = {
        moment
        for organisation in organisations
        for disclosure in organisation.disclosures
        for window in disclosure.windows
        for moment in (window.since, window.until)
        if moment is not None
    }
    return [(moment, path + query_of(hasta=written(moment))) for moment in sorted(found)]
