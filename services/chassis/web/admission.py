"""Refuses, before any route runs, a request that the route would misread: its query, its path or its body's form.

What a route declares is read from the route itself, so a new parameter needs no entry here. Pages for people ignore
unknown parameters, because mail programs and messengers add their own to a link.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.routing import Route, compile_path

from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.web.bodies import SMALL

WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
NUL = "\x00"
ENCODINGS: Final = "identity"
"""The encodings of a body that are accepted."""


class UnknownParameterError(ServiceError):
    """The query has a parameter that the route does not declare: ignored, it would answer another question."""

    code = "unknown_parameter"
    status = 422


class UnsupportedEncodingError(ServiceError):
    """The body is compressed."""

    code = "unsupported_encoding"
    status = 415


class UnsupportedMediaTypeError(ServiceError):
    """The body of a JSON route says that it is something else, such as a form."""

    code = "unsupported_media_type"
    status = 415


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route takes."""

    pattern: re.Pattern[str]
    methods: frozenset[str]
    parameters: frozenset[str] | None
    """Names of the query's parameters; ``None``: any."""
    takes_json: bool
    reads_bytes: bool
    """It takes JSON, too, but parses it itself, whatever its type is said to be."""
    max_bytes: int
    """The size of the largest body."""


class Admission:
    """Checks requests by the routes of one application."""

    def __init__(self, app: FastAPI, *, max_bytes: int) -> None:
        """Reads the routes at the first request that needs them, when all are there.

        ``max_bytes``: the installation's own limit of every body.
        """
        self._app = app
        self._every_route_takes = min(SMALL, max_bytes)
        self._declared: tuple[Declared, ...] = ()

    def refusal(self, request: Request) -> ServiceError | None:
        """Why this request is refused; ``None``: it is not."""
        has_body = request.method not in WITHOUT_BODY
        if has_body and is_encoded(request.headers.get("content-encoding")):
            return UnsupportedEncodingError()
        if NUL in request.scope["path"]:
            return NotFoundError()
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower() if has_body else ""
        says_otherwise = media_type not in {"", "application/json"} and not media_type.endswith("+json")
        if not says_otherwise and not request.scope["query_string"]:
            return None  # as nearly always
        route = self._route(request)
        if route is None:
            return None
        if says_otherwise and (route.takes_json or (route.reads_bytes and media_type.startswith("multipart/"))):
            return UnsupportedMediaTypeError()
        return None if route.parameters is None else _fault_of_query(request, route.parameters)

    def body_limit(self, request: Request, *, at_least: int | None) -> int:
        """The size in bytes of the largest body that the request's route takes; ``SMALL`` where there is no route.

        ``at_least`` is the length that the request declares, ``None`` if it does not: what every route takes needs no
        look at the routes, as nearly always.
        """
        if at_least is not None and at_least <= self._every_route_takes:
            return self._every_route_takes
        route = self._route(request)
        return self._every_route_takes if route is None else route.max_bytes

    def routes(self) -> tuple[Declared, ...]:
        """What each route takes, in the order in which they are matched."""
        if not self._declared:
            self._declared = tuple(_declared_by(self._app, self._every_route_takes))
        return self._declared

    def _route(self, request: Request) -> Declared | None:
        method, path = "GET" if request.method == "HEAD" else request.method, request.scope["path"]
        matching = (one for one in self.routes() if method in one.methods and one.pattern.match(path))
        return next(matching, None)


def is_encoded(encoding: str | None) -> bool:
    """Whether a header ``Content-Encoding`` says that the body is compressed."""
    return encoding is not None and encoding.strip().lower() not in ("", ENCODINGS)


def _fault_of_query(request: Request, parameters: frozenset[str]) -> ServiceError | None:
    given = request.query_params.multi_items()
    if {name for name, _ in given} - parameters:
        # Its name is not said back: what somebody typed may be about a person. What there is, is named instead.
        fault = {"field": "query", "code": "unknown_parameter"}
        return UnknownParameterError(faults=[fault], parameters=sorted(parameters))
    spoilt = sorted({name for name, value in given if NUL in value})
    if spoilt:
        return MalformedRequestError(faults=[{"field": f"query.{name}", "code": "unstorable"} for name in spoilt])
    return None


def _declared_by(app: FastAPI, usual_bytes: int) -> Iterator[Declared]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Route) and context.path is not None:
            pattern, methods = compile_path(context.path)[0], frozenset(route.methods or ())
            declared = getattr(context, "max_body_size", None)
            max_bytes = usual_bytes if declared is None else declared
            if isinstance(route, APIRoute):
                takes_json = route.body_field is not None
                yield Declared(
                    pattern,
                    methods,
                    parameters=frozenset(_parameters(route.dependant)) if route.include_in_schema else None,
                    takes_json=takes_json,
                    reads_bytes=not takes_json and "requestBody" in (route.openapi_extra or {}),
                    max_bytes=max_bytes,
                )
            else:
                yield Declared(
                    pattern,
                    methods,
                    parameters=frozenset(),
                    takes_json=False,
                    reads_bytes=False,
                    max_bytes=max_bytes,
                )


def _parameters(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):  # its fields are the parameters
            yield from (field.alias or name for name, field in model.model_fields.items())
        else:
            yield parameter.alias
    for each in dependant.dependencies:
        yield from _parameters(each)
