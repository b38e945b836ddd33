"""Answers a refused request of a person's browser: with a page that says why, and what to do now."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import NotSignedInError, ServiceError
from services.chassis.web.bodies import filled
from services.chassis.web.cookies import refuse_foreign_form
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.forms import MAX_FORM_BYTES
from services.chassis.web.pages.templating import PageTemplates

TEMPLATES = PageTemplates(__name__, "web/pages/templates")


def is_for_people(request: Request) -> bool:
    """Whether a person's browser asks for a page."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def keeps_form(request: Request) -> bool:
    """Whether it is the form of a page for people who have signed in: what they wrote is worth keeping."""
    return bool(getattr(request.state, "keeps_form", False))


def refused_page(request: Request, error: ServiceError, headers: Mapping[str, str] | None = None) -> Response:
    """The page of a refusal; whoever has not signed in is sent there first, and back."""
    if isinstance(error, NotSignedInError) and request.method == "GET":
        return RedirectResponse(f"/entrar?volver={quote(asked_for(request), safe='')}", status_code=303)
    answer = page(request, TEMPLATES, "problem.html", fault=error)
    answer.headers.update(headers or {})
    if "retry_after" in error.details:
        answer.headers.setdefault("Retry-After", str(error.details["retry_after"]))
    elif error.status == 503:
        answer.headers.setdefault("Retry-After", "1")
    return answer


async def kept_form(request: Request, error: NotSignedInError) -> Response:
    """A form whose session had ended: the page holds what was written, to be sent again after signing in.

    It goes back to the browser that sent it and is stored nowhere. Only our own pages' forms are shown again.
    """
    try:
        refuse_foreign_form(request)
        kept = await filled(request, MAX_FORM_BYTES)
    except ServiceError as unreadable:
        return refused_page(request, unreadable)
    return page(request, TEMPLATES, "signed_out.html", fault=error, kept=kept, confidential=True)


def asked_for(request: Request) -> str:
    """The path and query that were asked for."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
