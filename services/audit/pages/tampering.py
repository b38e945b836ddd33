"""``/auditoria/alteraciones``: whether the logs are as they were sealed, and one altered entry beside the original."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.audit.pages.frame import TEMPLATES, query_of
from services.audit.tampering.api import MAX_PAGE_SIZE
from services.audit.tampering.comparing import Comparer
from services.audit.tampering.queries import Findings
from services.audit.tampering.scheduler import Pass
from services.audit.tampering.schemas import SomeLog
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.locales import ENGLISH
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of
from services.chassis.web.schemas import SAFE_INTEGER

PATH = "/auditoria/alteraciones"
PAGE_SIZE = 50


def pages(
    comparer: Comparer, findings: Findings, passes: Callable[[], Mapping[str, Pass]], tokens: Tokens, clock: Clock
) -> APIRouter:
    """``GET /auditoria/alteraciones`` and ``/auditoria/alteraciones/{log}/{position}``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_tampering(
        request: Request,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
        sigue: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
    ) -> Response:
        """Shows where logs were found altered, and how far each was compared."""
        fault: MalformedRequestError | None = None
        try:
            found, after = await findings.page(principal, cursor=sigue, limit=PAGE_SIZE, field="sigue")
        except MalformedRequestError as wrong:
            fault, sigue = wrong, None
            found, after = await findings.page(principal, cursor=None, limit=PAGE_SIZE)
        compared = passes()  # says more than the rows where somebody took those away
        open_now = await findings.page(principal, cursor=None, limit=MAX_PAGE_SIZE)
        return page(
            request,
            TEMPLATES,
            "tampering.html",
            fault=fault,
            now=clock(),
            findings=found,
            still=max(
                sum(one.ended_at is None for one in open_now[0]), sum(one.differences for one in compared.values())
            ),
            passes=sorted(compared.items()),
            next_page=PATH + query_of(sigue=after) if after else "",
            first_page=PATH if sigue else "",
        )

    @router.get(PATH + "/{log}/{position}")
    async def show_entry(
        request: Request,
        log: SomeLog,
        position: int,
        principal: Principal = requires(tokens, Action.SEE_HISTORY),
    ) -> Response:
        """Shows what is at a position now beside what was sealed."""
        if not 1 <= position <= SAFE_INTEGER:
            raise NotFoundError
        found = await comparer.entry(log, position, principal)
        english = viewer_of(request, TEMPLATES.words).language == ENGLISH
        return page(
            request,
            TEMPLATES,
            "tampered_entry.html",
            now=clock(),
            one=found,
            says=None if found.now is None else found.now.en if english else found.now.es,
            said=None if found.as_sealed is None else found.as_sealed.en if english else found.as_sealed.es,
        )

    return router
