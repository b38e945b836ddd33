"""The real table of routes of an application, and what each of them asks whoever sends a request."""

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Route

from services.chassis.identity.request_guard import RequestGuard

SIGNED_IN = "cuenta"


def route_table(app: FastAPI) -> dict[tuple[str, str], str | None]:
    """Every method and path that is answered: an action's name, ``cuenta`` for whoever has signed in, or nothing."""
    found: dict[tuple[str, str], str | None] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        assert isinstance(route, Route), f"{route}: nothing may hide inside a mounted application"
        asked = list(_gates(route.dependant)) if isinstance(route, APIRoute) else []
        assert len(asked) <= 1, f"{route.path} asks twice"
        for method in (route.methods or set()) - {"HEAD"}:
            assert (method, _path(context)) not in found, f"{route.path} is there twice"
            action = asked[0].action if asked else None
            found[method, _path(context)] = None if not asked else SIGNED_IN if action is None else action.value
    return found


def _path(context: RouteContext) -> str:
    assert context.path is not None
    return context.path


def _gates(dependant: Dependant) -> Iterator[RequestGuard]:
    if isinstance(dependant.call, RequestGuard):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _gates(each)


def takes_a_command_id(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and path whose body carries the caller's own ``command_id``."""
    return {
        (method, _path(context))
        for context in iter_route_contexts(app.routes)
        if isinstance(route := context.original_route, APIRoute)
        for body in route.dependant.body_params
        if "command_id" in getattr(body.field_info.annotation, "model_fields", ())
        for method in route.methods or set()
    }
