"""Completes the framework's description of the API (OpenAPI 3.1).

The framework's own document leaves out how a request is authenticated and the refusals that every route shares, keeps
the parts of a hand-described body where no generator finds them, and uses a keyword of OpenAPI 3.2 for event streams.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from services.chassis.authorization.policy import PEOPLE_ONLY
from services.chassis.errors import (
    AdmissionClosedError,
    LogHaltedError,
    MalformedRequestError,
    NeedsAPersonError,
    NotAllowedError,
    NotSignedInError,
    ServiceError,
    StoreUnavailableError,
)
from services.chassis.identity.request_guard import RequestGuard
from services.chassis.web.admission import (
    UnknownParameterError,
    UnsupportedEncodingError,
    UnsupportedMediaTypeError,
)
from services.chassis.web.bodies import BodyTooLargeError, SlowBodyError
from services.chassis.web.cookies import HEADER, SECURE, CrossSiteError
from services.chassis.web.refusals import CODES, merged, refuses
from services.chassis.web.schemas import REFERENCE, Problem

BEARER, SESSION = "token", "session"
SECURITY_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "description": "Un token de `canaliza token create` · A token of `canaliza token create`",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": SECURE,
        "description": f"La sesión de una persona; lo que cambia algo lleva además `{HEADER}: 1` · "
        f"A person's session; a request that changes something also carries `{HEADER}: 1`",
    },
}
OF_A_GUARD = (StoreUnavailableError, AdmissionClosedError, LogHaltedError, NotSignedInError, CrossSiteError)
"""Refused by every route that authenticates its sender."""
EVENT_STREAM = "text/event-stream"
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


class ClashingSchemasError(RuntimeError):
    """Two different schemas have one name in the description."""


class _NotReadableError(ServiceError):
    """The framework refuses a body that is not UTF-8 before any route sees it."""

    code = "refused"
    status = 400


def describe(app: FastAPI) -> None:
    """Makes ``app.openapi()`` return the completed description, which is built once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            written = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                routes=app.routes,
                servers=[{"url": "/"}],
            )
            app.openapi_schema = whole(written, _guarded(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the framework's documented way


def whole(document: dict[str, Any], guards: Mapping[tuple[str, str], RequestGuard]) -> dict[str, Any]:
    """The framework's document with its gaps filled; ``guards`` are those of the operations that need authentication.

    Raises:
        ClashingSchemasError: two different schemas have one name.
    """
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _add(schemas, "Problem", Problem.model_json_schema(ref_template=REFERENCE))
    _hoist(document["paths"], schemas)
    _hoist({"Problem": schemas["Problem"]}, schemas)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, guards.get((method.upper(), path)))
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [_with_nulls(example, schema, schemas) for example in schema["examples"]]
    _make_limits_exact(document)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = SECURITY_SCHEMES
    return document


def _complete(operation: dict[str, Any], guard: RequestGuard | None) -> None:
    """Adds the refusals that every route shares and the authentication, and describes event streams by OpenAPI 3.1."""
    refused = [refuses(UnknownParameterError)]
    if guard is not None:
        operation["security"] = [{BEARER: []}, {SESSION: []}] if guard.takes_tokens else [{SESSION: []}]
        refused.append(refuses(*OF_A_GUARD))
    if guard is not None and guard.action is not None:
        refused.append(refuses(NotAllowedError))
        if guard.action in PEOPLE_ONLY:
            refused.append(refuses(NeedsAPersonError))
    if "requestBody" in operation:
        refused.append(
            refuses(
                _NotReadableError, BodyTooLargeError, SlowBodyError, UnsupportedEncodingError, UnsupportedMediaTypeError
            )
        )
    if "requestBody" in operation or "parameters" in operation:
        refused.append(refuses(MalformedRequestError))
    answers = operation["responses"]
    own = {status: answer for status, answer in answers.items() if CODES in answer}
    framework = [status for status, answer in answers.items() if status == "422" and CODES not in answer]
    for status in framework:
        del answers[status]
    answers.update({str(status): answer for status, answer in merged(*refused, own).items()})
    for answer in answers.values():
        stream = answer.get("content", {}).get(EVENT_STREAM)
        if stream is not None:
            stream.clear()
            stream["schema"] = {"type": "string"}


def _hoist(part: Any, schemas: dict[str, Any]) -> None:
    """Moves the definitions of hand-described bodies to where references and generators look for them."""
    for holder, key in list(_schemas_in(part)):
        schema = holder[key]
        definitions = schema.pop("$defs", {})
        for name, definition in definitions.items():
            _add(schemas, name, definition)
        if definitions and "title" in schema and "properties" in schema and schema is not schemas.get(schema["title"]):
            _add(schemas, schema["title"], schema)
            holder[key] = {"$ref": REFERENCE.format(model=schema["title"])}


def _with_nulls(example: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """An example with its nulls: the framework removes every null from its document, those of examples too."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        return _with_nulls(example, options[0], schemas) if len(options) == 1 else example
    if isinstance(example, list) and "items" in schema:
        return [_with_nulls(item, schema["items"], schemas) for item in example]
    if isinstance(example, dict) and isinstance(values := schema.get("additionalProperties"), dict):
        return {name: _with_nulls(value, values, schemas) for name, value in example.items()}
    if not isinstance(example, dict) or "properties" not in schema:
        return example
    nulls = {name: None for name in schema["properties"] if name in schema.get("required", ())}
    return nulls | {
        name: _with_nulls(value, schema["properties"].get(name, {}), schemas) for name, value in example.items()
    }


def _make_limits_exact(part: Any) -> None:
    """Writes an integer's limits as integers: the framework writes floating-point numbers."""
    if isinstance(part, list):
        for item in part:
            _make_limits_exact(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if part.get("type") == "integer" and key in LIMITS and isinstance(value, float):
                part[key] = int(value)
            _make_limits_exact(value)


def _schemas_in(part: Any) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, dict) and "$defs" in value:
                yield part, key
            yield from _schemas_in(value)
    elif isinstance(part, list):
        for item in part:
            yield from _schemas_in(item)


def _add(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    if schemas.setdefault(name, schema) != schema:
        raise ClashingSchemasError(name)


def _guarded(app: FastAPI) -> dict[tuple[str, str], RequestGuard]:
    found = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and context.path is not None:
            for guard in _guards(route.dependant):
                found.update({(method, context.path): guard for method in route.methods or ()})
    return found


def _guards(dependant: Dependant) -> Iterator[RequestGuard]:
    if isinstance(dependant.call, RequestGuard):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _guards(each)
