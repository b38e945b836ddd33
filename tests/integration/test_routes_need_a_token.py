"""Every route of the API: described, closed without a token, and its refusals are problem documents."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx2
import jsonschema
import pytest

from events.vocabulary import Role
from services.chassis.access import TABLE, Action
from services.chassis.web import API, HEADERS
from services.system import Ground
from tests.harness.access_page import read_page
from tests.harness.system import System

ORG = dict.fromkeys(Role, "*") | {
    Role.SHELTER_WORKER: "ALB-IXT-01",
    Role.SHELTER_COORDINATOR: "ALB-IXT-01",
    Role.INTEGRATOR: "ALB-IXT-01",
    Role.OFFICER: "UNICEF",
    Role.SUPERVISOR: "UNICEF",
}
ROLES = tuple(role for role in Role if role is not Role.OPERATOR)

PAGE = read_page()
NEEDS = {
    (method, path.removeprefix(API)): Action(entry.action)
    for (method, path), entry in PAGE.routes.items()
    if entry.action is not None
}
"""What each route asks for, as the page for people says (docs/guides/access.md)."""
PUBLIC = f"{API}/authority-demands/counts"
"""Counted in public (domain.md §7.6)."""
OPEN = {route for route, entry in PAGE.routes.items() if entry.whose == "público"}


@pytest.fixture
async def anybody(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=system.url, timeout=10) as client:
        yield client


@pytest.fixture
async def description(anybody: httpx2.AsyncClient) -> dict[str, Any]:
    described: dict[str, Any] = (await anybody.get("/api/openapi.json")).json()
    return described


def routes(description: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path of every operation."""
    return [(method.upper(), path) for path, operations in description["paths"].items() for method in operations]


def filled(path: str) -> str:
    """A path with ids of things that do not exist."""
    return re.sub(r"\{[^}]*\}", str(uuid4()), path)


def is_a_problem(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:canaliza:problem:{problem['code']}"
    assert problem["title"]
    assert problem["title_en"]
    assert "CANARIO" not in answer.text
    return problem


def has_the_headers(answer: httpx2.Response, **others: str) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS | others
    assert "server" not in answer.headers


async def test_every_route_is_known_with_what_it_asks_for(description: dict[str, Any]) -> None:
    assert set(routes(description)) <= set(PAGE.routes)
    for method, path in routes(description):
        assert (method, path) in OPEN or path.startswith(f"{API}/")


async def test_every_route_that_answers_is_described(ground: Ground, description: dict[str, Any]) -> None:
    app = ground.application()
    assert app.openapi()["paths"].keys() == description["paths"].keys()
    served = {
        (method, service_route.path)
        for service in app.state.services
        for service_route in service.router.routes
        for method in service_route.methods - {"HEAD"}
    }
    public = ("GET", PUBLIC.removeprefix(API))
    assert served == {route for route in NEEDS if not route[1].startswith(("/operate/", "/c/"))} | {public}


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
        has_the_headers(answer)
        if NEEDS[method, path.removeprefix(API)] in TABLE[role]:
            assert answer.status_code in {200, 404, 422}, path
        else:
            assert answer.status_code == 403, path
            assert is_a_problem(answer)["code"] == "not_allowed"


@pytest.mark.parametrize("role", ROLES)
async def test_the_stream_of_alerts_opens_only_to_whoever_sees_alerts(system: System, role: Role) -> None:
    client = await system.signed_in(role, ORG[role])
    async with asyncio.timeout(10), client.stream("GET", f"{API}/alerts/stream") as answer:
        if Action.SEE_ALERTS in TABLE[role]:
            has_the_headers(answer, **{"Cache-Control": "no-cache"})  # a stream's own: it holds ids only
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
        else:
            await answer.aread()
            has_the_headers(answer)
            assert answer.status_code == 403
            assert is_a_problem(answer)["code"] == "not_allowed"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/CANARIO", 404, "not_found"),
        ("GET", "/api/v1/CANARIO", 404, "not_found"),
        ("GET", "/api/v1/cases/CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/referrals/", 404, "not_found"),
        ("GET", "/api/v1/../../etc/passwd", 404, "not_found"),
        ("GET", "/api/v1/submissions", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/referrals", 405, "method_not_allowed"),
        ("OPTIONS", "/api/v1/referrals", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/referrals", 405, "method_not_allowed"),
        ("GET", "/api/v1/referrals?limit=CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/referrals?limit=0", 422, "malformed_request"),
        ("GET", "/api/v1/referrals?agency=CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/referrals?case=CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/alerts?after=-1", 422, "malformed_request"),
        ("GET", f"/api/v1/alerts?after={2**63}", 422, "malformed_request"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
        ("GET", "/try", 404, "not_found"),
    ],
)
async def test_every_refusal_is_a_problem_with_a_code(
    system: System, method: str, path: str, status: int, code: str
) -> None:
    client = await system.signed_in(Role.OFFICER, "UNICEF")
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert is_a_problem(answer)["code"] == code
    has_the_headers(answer)


async def test_a_moment_without_an_offset_is_refused(system: System) -> None:
    auditor = await system.signed_in(Role.AUDITOR, "*")
    for moment in ("CANARIO", "2013-06-12T08:00:00"):
        answer = await auditor.get(f"{API}/audit/cases/{uuid4()}/history", params={"at": moment})
        assert answer.status_code == 422
        assert is_a_problem(answer)["code"] == "malformed_request"


async def test_a_failure_of_ours_says_nothing_and_is_a_problem_too(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError("CANARIO")

    monkeypatch.setattr("services.referral.api.list_referrals", broken)
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    answer = await officer.get(f"{API}/referrals")
    assert answer.status_code == 500
    assert is_a_problem(answer)["code"] == "internal"
    has_the_headers(answer)


async def test_an_order_of_ten_megabytes_is_refused(system: System, anybody: httpx2.AsyncClient) -> None:
    officer = await system.signed_in(Role.OFFICER, "UNICEF")

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    for client in (officer, anybody):
        for content in (b"x" * 10_000_000, in_pieces()):
            answer = await client.post(f"{API}/referrals/{uuid4()}/accept", content=content)
            assert answer.status_code == 413
            assert is_a_problem(answer)["code"] == "too_large"
            has_the_headers(answer)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/api/openapi.json", PUBLIC])
async def test_what_is_open_has_the_security_headers_and_no_ids(anybody: httpx2.AsyncClient, path: str) -> None:
    answer = await anybody.get(path)
    assert answer.status_code == 200
    has_the_headers(answer)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", answer.text)


async def test_another_site_gets_no_permission_to_read_us(anybody: httpx2.AsyncClient) -> None:
    answer = await anybody.get("/health/live", headers={"Origin": "https://canario.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


class TestTheDescription:
    async def test_it_is_openapi_3_1_with_an_id_for_every_operation(self, description: dict[str, Any]) -> None:
        assert description["openapi"].startswith("3.1.")
        assert description["info"].keys() >= {"title", "version"}
        operations = [
            operation
            for path in description["paths"].values()
            for operation in path.values()
            if isinstance(operation, dict)
        ]
        ids = [operation["operationId"] for operation in operations]
        assert len(set(ids)) == len(ids)
        for operation in operations:
            assert operation.get("summary")
            for status, response in operation["responses"].items():
                assert re.fullmatch(r"[1-5]\d\d", status)
                assert response["description"]

    async def test_every_schema_in_it_is_a_json_schema(self, description: dict[str, Any]) -> None:
        found = list(_schemas(description))
        assert len(found) > 10
        for schema in found:
            jsonschema.Draft202012Validator.check_schema(schema)

    async def test_every_reference_in_it_leads_somewhere(self, description: dict[str, Any]) -> None:
        for holder, reference in _references(description, description):
            assert reference.startswith("#/")
            where: Any = holder if reference.startswith("#/$defs/") else description
            for step in reference.removeprefix("#/").split("/"):
                where = where[step.replace("~1", "/").replace("~0", "~")]

    async def test_every_route_that_needs_a_token_says_how_it_refuses(self, description: dict[str, Any]) -> None:
        for path, operations in description["paths"].items():
            for method, operation in operations.items():
                if (method.upper(), path) not in OPEN:
                    assert {"401", "403"} <= operation["responses"].keys(), f"{method} {path}"

    async def test_every_parameter_of_a_path_is_described(self, description: dict[str, Any]) -> None:
        for path, operations in description["paths"].items():
            for operation in operations.values():
                described = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
                assert described == set(re.findall(r"\{([^}]*)\}", path))
                assert quote(path, safe="/{}") == path


def _schemas(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield value
            elif key == "schemas":
                yield from value.values()
            else:
                yield from _schemas(value)
    elif isinstance(node, list):
        for item in node:
            yield from _schemas(item)


def _references(node: Any, holder: Any) -> Any:
    if isinstance(node, dict):
        if "$defs" in node:
            holder = node
        if isinstance(node.get("$ref"), str):
            yield holder, node["$ref"]
        for value in node.values():
            yield from _references(value, holder)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item, holder)
