"""Puts the routes of one router into another as they are.

``include_router`` keeps the router apart and builds each of its routes a second time at the first request: with more
than two hundred routes that is a third of the start, and every request then looks for its route through all the levels
of routers (a third of its time). Here a route is built once and all of them are in one list.
"""

from copy import copy

from fastapi import APIRouter
from fastapi._body_limit import get_body_size_limit, wrap_app_with_body_limit
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute, request_response
from starlette.routing import compile_path


def place(into: APIRouter, router: APIRouter, *, prefix: str = "", max_body_size: int | None = None) -> None:
    """Adds every route of ``router``, under ``prefix``, with the tags and the visibility of the router it comes into.

    ``max_body_size``: bytes of the largest body, for routes that declare none themselves.

    Raises:
        TypeError: something in it is no route of ours, such as a router that was included; or the router it comes into
            has dependencies of its own, which would not be asked.
    """
    if into.dependencies:
        raise TypeError("what a router depends on is not asked of the routes placed in it: give it to the routes")
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError("only routes can be placed: place the routers inside it, too")
        into.routes.append(_placed(route, into, prefix, max_body_size))


def _placed(route: APIRoute, into: APIRouter, prefix: str, max_body_size: int | None) -> APIRoute:
    placed = copy(route)
    placed.path = prefix + route.path
    placed.path_regex, placed.path_format, placed.param_convertors = compile_path(placed.path)
    placed.tags = [*into.tags, *route.tags]
    placed.include_in_schema = route.include_in_schema and into.include_in_schema
    placed.max_body_size = get_body_size_limit(route.max_body_size, max_body_size)
    if not isinstance(into.generate_unique_id_function, DefaultPlaceholder):
        placed.generate_unique_id_function = into.generate_unique_id_function
        placed.unique_id = placed.operation_id or into.generate_unique_id_function(placed)
        _rename(placed, route.unique_id)
    placed.app = wrap_app_with_body_limit(request_response(placed.get_route_handler()), placed.max_body_size)
    return placed


def _rename(route: APIRoute, before: str) -> None:
    """The description calls an answer that has no name of its own after the route."""
    if route.response_field is not None and route.response_field.name == f"Response_{before}":
        route.response_field = copy(route.response_field)
        route.response_field.name = f"Response_{route.unique_id}"
