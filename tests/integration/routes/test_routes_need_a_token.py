"""Every route is closed without a token and to every role that it is not for."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from events.vocabulary import Role
from services.chassis.authorization.policy import TABLE, Action
from services.chassis.runtime.application import API
from services.system import Installation
from tests.support.models.routes_by_role import (
    BY_SIGNATURE,
    BY_SLIP,
    NEEDS,
    OPEN,
    ORG,
    PAGE,
    PUBLIC,
    ROLES,
    filled,
    routes,
)
from tests.support.system.answers import has_the_headers, is_a_problem
from tests.support.system.system import HANG, System


async def test_every_route_is_known_with_what_it_asks_for(description: dict[str, Any]) -> None:
    assert set(routes(description)) <= set(PAGE.routes)
    for method, path in routes(description):
        assert (method, path) in OPEN or path.startswith(f"{API}/")


async def test_every_route_that_answers_is_described(installation: Installation, description: dict[str, Any]) -> None:
    app = installation.application()
    assert app.openapi()["paths"].keys() == description["paths"].keys()
    served = {
        (method, context.path)
        for service in app.state.services
        for context in iter_route_contexts(service.router.routes)
        if isinstance(context.original_route, APIRoute)
        for method in (context.original_route.methods or set()) - {"HEAD"}
    }
    public = {
        ("GET", PUBLIC.removeprefix(API)),
        *(("POST", path.removeprefix(API)) for path in (*BY_SLIP, *BY_SIGNATURE)),
    }
    assert served == {route for route in NEEDS if not route[1].startswith("/operate/")} | public


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer czl_CANARIO", "Basic Q0FOQVJJTw==", "Bearer czl_CANARIÑO"])
async def test_no_route_opens_without_a_token(
    anybody: httpx2.AsyncClient, description: dict[str, Any], token: str | None
) -> None:
    headers = [] if token is None else [(b"Authorization", token.encode("latin-1"))]
    for method, path in routes(description):
        if (method, path) in OPEN:
            continue
        answer = await anybody.request(method, filled(path), headers=headers, json={"CANARIO": 1})
        assert answer.status_code == 401, path
        assert is_a_problem(answer)["code"] == "not_signed_in"
        assert answer.headers["www-authenticate"] == "Bearer"
        has_the_headers(answer)


@pytest.mark.parametrize("role", ROLES)
async def test_no_route_opens_to_a_role_that_has_no_business_there(
    system: System, description: dict[str, Any], role: Role
) -> None:
    client = await system.signed_in(role, ORG[role])
    order = {"command_id": str(uuid4()), "expected_version": 1}
    for method, path in routes(description):
        if (method, path.removeprefix(API)) not in NEEDS or path.endswith("/stream"):
            continue
        answer = await client.request(method, filled(path), json=order if method == "POST" else None)
        # What a form needs is nobody's: a browser may keep it, and asks whether it is still so.
        kept = {"Cache-Control": "private, no-cache"} if "etag" in answer.headers else {}
        has_the_headers(answer, **kept)
        if NEEDS[method, path.removeprefix(API)] in TABLE[role]:
            busy = {503} if path.startswith(f"{API}/operate/") else set()
            assert answer.status_code in {200, 201, 404, 422} | busy, path
        else:
            assert answer.status_code == 403, path
            assert is_a_problem(answer)["code"] == "not_allowed"


@pytest.mark.parametrize("role", ROLES)
async def test_the_stream_of_alerts_opens_only_to_whoever_sees_alerts(system: System, role: Role) -> None:
    client = await system.signed_in(role, ORG[role])
    async with asyncio.timeout(HANG), client.stream("GET", f"{API}/alerts/stream") as answer:
        if Action.SEE_ALERTS in TABLE[role]:
            has_the_headers(answer, **{"Cache-Control": "no-cache"})  # a stream's own: it holds ids only
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
        else:
            await answer.aread()
            has_the_headers(answer)
            assert answer.status_code == 403
            assert is_a_problem(answer)["code"] == "not_allowed"


def without_examples(part: Any) -> Any:
    """The description without its made-up examples."""
    if isinstance(part, dict):
        return {key: without_examples(value) for key, value in part.items() if key != "examples"}
    return [without_examples(item) for item in part] if isinstance(part, list) else part


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/flow", "/api/openapi.json", PUBLIC])
async def test_what_is_open_has_the_security_headers_and_no_ids(anybody: httpx2.AsyncClient, path: str) -> None:
    answer = await anybody.get(path)
    # Whether all goes all the way depends on what others do in this system; what it says of that is looked at here.
    assert answer.status_code == 200 or path == "/health/flow"
    has_the_headers(answer)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", str(without_examples(answer.json())))


async def test_another_site_gets_no_permission_to_read_us(anybody: httpx2.AsyncClient) -> None:
    answer = await anybody.get("/health/live", headers={"Origin": "https://canario.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
