"""Errors as RFC 9457 ``application/problem+json``: a stable code, two languages, and no echoed value."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, compile_path

from services.chassis.errors import MalformedRequestError, NotFoundError, NotSignedInError, ServiceError
from services.chassis.locales import ENGLISH, SPANISH
from services.chassis.security.current import HEADER, answering, current_request, refused
from services.chassis.web.access_log import current_of
from services.chassis.web.admission import ENCODINGS
from services.chassis.web.pages.refused import is_for_people, keeps_form, kept_form, refused_page
from services.chassis.web.refusals import MEDIA_TYPE

logger = structlog.get_logger(__name__)


def problem(error: ServiceError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem document of an error."""
    answer = {
        "type": f"urn:canaliza:problem:{error.code}",
        "title": error.title(SPANISH),
        "title_en": error.title(ENGLISH),
        "status": error.status,
        "code": error.code,
        **error.details,
    }
    refused(error)
    current = current_request()
    if current is not None and error.status >= 500:
        # In a refusal it would tell answers apart that must not differ; those have it in their header alone.
        answer["request_id"] = str(current.id)
    extra = dict(headers or {})
    if error.status == 503:
        extra.setdefault("Retry-After", "1")
    if "retry_after" in error.details:
        extra.setdefault("Retry-After", str(error.details["retry_after"]))
    if error.status == 415:
        extra.setdefault("Accept-Encoding", ENCODINGS)
    if error.status == 401:
        extra.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(answer, status_code=error.status, media_type=MEDIA_TYPE, headers=extra)


_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def status_codes() -> frozenset[str]:
    """The codes of the framework's own refusals."""
    return frozenset((*_BY_STATUS.values(), "refused"))


class _StatusError(ServiceError):
    """A refusal of the framework: an unknown path, another method, a body over the limit."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status
        self.code = _BY_STATUS.get(status, "refused")


def answer_to(request: Request, error: ServiceError, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a refused request: a page for a person, who is sent to sign in first; otherwise a problem."""
    if not is_for_people(request):
        return problem(error, headers)
    refused(error)
    return refused_page(request, error, headers)


def install(app: FastAPI, headers: Mapping[str, str]) -> None:
    """Makes every error of the application a problem document.

    ``headers`` are added to the answer to an unexpected error, which no middleware sees.
    """

    @app.exception_handler(ServiceError)
    async def by_service(request: Request, error: ServiceError) -> Response:
        if isinstance(error, NotSignedInError) and is_for_people(request) and keeps_form(request):
            refused(error)
            return await kept_form(request, error)
        return answer_to(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        if is_for_people(request):  # e.g. a link that was cut off
            return answer_to(request, NotFoundError())
        faults = [{"field": _field(fault), "code": fault["type"]} for fault in error.errors()]
        return problem(MalformedRequestError(faults=faults))

    @app.exception_handler(HTTPException)
    async def by_framework(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods_of(app, request.url.path)))
        return answer_to(request, _StatusError(error.status_code), headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        current = current_of(request)
        if current is None:
            logger.error("unexpected_error", exc_info=error)
            return answer_to(request, ServiceError(), headers)
        with answering(current):
            logger.error("unexpected_error", exc_info=error)
            return answer_to(request, ServiceError(), {**headers, HEADER: str(current.id)})


def _methods_of(app: FastAPI, path: str) -> set[str]:
    """The methods of all routes of a path (RFC 9110 §10.2.1); the framework names only those of the first route."""
    methods: set[str] = set()
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Route) and context.path is not None and compile_path(context.path)[0].match(path):
            methods |= route.methods or set()
    return methods | ({"HEAD"} if "GET" in methods else set())


def _field(fault: Mapping[str, Any]) -> str:
    """The path of a faulty field. The name of an unknown field came from the caller, so it is not repeated."""
    location = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    parts = [str(part) for part in location if isinstance(part, int) or str(part).isidentifier()]
    return ".".join(parts[:4])[:80]
