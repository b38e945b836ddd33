"""Errors as RFC 9457 ``application/problem+json``: a stable code, two languages, and no echoed value."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.chassis.errors import MalformedRequestError, NotFoundError, NotSignedInError, ServiceError
from services.chassis.html import link, page

logger = structlog.get_logger(__name__)

REFUSED, HOME = ("No se puede mostrar", "This cannot be shown"), ("Volver al inicio", "Back to the start")
MEDIA_TYPE = "application/problem+json"
OF_ONE_THING: dict[int | str, dict[str, Any]] = {status: {"description": "Problem"} for status in (404, 409)}
"""How a route about one thing may refuse besides: not there, or somebody else's; another was faster."""


def problem(error: ServiceError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a refusal or failure."""
    answer = {
        "type": f"urn:canaliza:problem:{error.code}",
        "title": error.es,
        "title_en": error.en,
        "status": error.status,
        "code": error.code,
        **error.details,
    }
    extra = dict(headers or {})
    if error.status == 503:
        extra.setdefault("Retry-After", "1")
    if "retry_after" in error.details:
        extra.setdefault("Retry-After", str(error.details["retry_after"]))
    if error.status == 401:
        extra.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(answer, status_code=error.status, media_type=MEDIA_TYPE, headers=extra)


class _StatusError(ServiceError):
    """What the framework itself refuses: an unknown path, another method, a body over the limit."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status
        self.code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(status, "refused")
        self.es, self.en = {
            404: (NotFoundError.es, NotFoundError.en),
            405: ("Esa dirección no admite ese método.", "This address does not take that method."),
            413: ("El envío es demasiado grande.", "The submission is too large."),
        }.get(status, ("La solicitud fue rechazada.", "The request was refused."))


def install(app: FastAPI, headers: Mapping[str, str]) -> None:
    """Makes every error of the application a problem document.

    ``headers`` go with an unexpected error, which is answered outside of every middleware.
    """

    @app.exception_handler(ServiceError)
    async def refused(request: Request, error: ServiceError) -> Response:
        if not _is_for_people(request):
            return problem(error)
        if isinstance(error, NotSignedInError) and request.method == "GET":
            there = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
            return RedirectResponse(f"/entrar?volver={there}", status_code=303)
        return page(REFUSED, link("/entrar", HOME), fault=(error.es, error.en), status=error.status)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        if _is_for_people(request):  # an address that was cut short, say
            return await refused(request, NotFoundError())
        faults = [{"field": _field(fault), "code": fault["type"]} for fault in error.errors()]
        return problem(MalformedRequestError(faults=faults))

    @app.exception_handler(HTTPException)
    async def by_framework(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(_StatusError(error.status_code), error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> JSONResponse:
        logger.error("unexpected_error", exc_info=error)
        return problem(ServiceError(), headers)


def _is_for_people(request: Request) -> bool:
    """Whether a person's browser asks for a page."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def _field(fault: Mapping[str, Any]) -> str:
    """Where the fault is. An unknown field's name came from the caller, so it is not repeated."""
    location = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    known = [str(part) for part in location if isinstance(part, int) or str(part).isidentifier()]
    return ".".join(known[:4])[:80]
