"""``/auditoria``: finds a case by what somebody has in hand. What is typed is in no address: it may be anything."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.audit.history.commands import Histories
from services.audit.history.search import MOST, FoundCase
from services.audit.pages.frame import TEMPLATES
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.forms import form_of

PATH = "/auditoria"
LONGEST = 80
"""Letters that are worth looking at: the longest of the three is a number of 36."""


class NothingFoundError(ServiceError):
    """No case has that number, receipt or code."""

    code = "no_such_case"
    status = 404


class NotSearchableError(ServiceError):
    """What was typed is neither a number nor a receipt nor a code: cases are found by nothing else."""

    code = "not_searchable"
    status = 422


def pages(histories: Histories, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET`` and ``POST /auditoria``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_search(request: Request, _principal: Principal = requires(tokens, Action.SEE_HISTORY)) -> Response:
        """Shows the field in which one looks for a case."""
        return _page(request, clock)

    @router.post(PATH)
    async def search(
        request: Request, principal: Principal = requires(tokens, Action.SEE_HISTORY, by_form=True)
    ) -> Response:
        """Leads to the case, or shows those that have the same code."""
        form = await form_of(request, principal)
        text = (form.text("busca") or "")[:LONGEST]
        found = await histories.found(text, principal)
        if found is None:
            return _page(request, clock, text=text, fault=NotSearchableError())
        if not found:
            return _page(request, clock, text=text, fault=NothingFoundError())
        if len(found) == 1:
            return RedirectResponse(f"{PATH}/casos/{found[0].case}", status_code=303)
        return _page(request, clock, text=text, found=found)

    return router


def _page(
    request: Request,
    clock: Clock,
    *,
    text: str = "",
    found: list[FoundCase] | None = None,
    fault: ServiceError | None = None,
) -> Response:
    return page(
        request,
        TEMPLATES,
        "search.html",
        fault=fault,
        now=clock(),
        confidential=True,
        text=text,
        cases=[(one, short_code(one.case)) for one in found or []],
        most=MOST,
    )
