"""Routes that are placed in another router answer and are described as if they had been included."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

from services.chassis.web.access_log import route_of
from services.chassis.web.placing import place

Join = Callable[..., None]


class Case(BaseModel):
    case: str


def _of_cases() -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.get("/cases/{case}")
    async def get_case(case: str, request: Request) -> Case:
        """One case."""
        return Case(case=f"{case} {route_of(request.scope)}")

    @router.get("/cases")
    async def list_cases() -> list[Case]:
        """An answer without a name of its own."""
        return []

    @router.post("/cases")
    async def open_case(case: Case) -> Case | int:
        """Has the other method of the same path."""
        return case

    @router.post("/cases/import", max_body_size=64)
    async def import_cases(request: Request) -> int:
        """Has a limit of its own."""
        return len(await request.body())

    return router


def _of_people() -> APIRouter:
    router = APIRouter()

    @router.post("/albergue/{case}")
    async def send(case: str, request: Request) -> str:
        """A page's form, which the description leaves out."""
        return f"{case} {(await request.body()).decode()}"

    return router


def _application(join: Join) -> FastAPI:
    app = FastAPI(generate_unique_id_function=lambda route: route.name, redirect_slashes=False)
    service, pages = APIRouter(tags=["referral"]), APIRouter(include_in_schema=False)
    join(service, _of_cases())
    join(pages, _of_people())
    join(app.router, service, prefix="/api/v1", max_body_size=32)
    join(app.router, pages, max_body_size=32)
    return app


def _included(into: APIRouter, router: APIRouter, **how: Any) -> None:
    into.include_router(router, **how)


async def _asked(app: FastAPI, method: str, path: str, **sent: Any) -> tuple[int, str, str | None]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://canaliza.test") as client:
        answer = await client.request(method, path, **sent)
        return answer.status_code, answer.text, answer.headers.get("allow")


def test_they_are_described_as_included_ones() -> None:
    described = _application(place).openapi()
    assert described == _application(_included).openapi()
    assert set(described["paths"]) == {"/api/v1/cases", "/api/v1/cases/{case}", "/api/v1/cases/import"}


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/api/v1/cases", {}),
        ("POST", "/api/v1/cases", {"json": {"case": "7F3K"}}),
        ("POST", "/api/v1/cases", {"json": {"case": None}}),
        ("POST", "/api/v1/cases", {"json": {"case": "x" * 33}}),
        ("PUT", "/api/v1/cases/7F3K", {}),
        ("POST", "/api/v1/cases/import", {"content": b"x" * 64}),
        ("POST", "/api/v1/cases/import", {"content": b"x" * 65}),
        ("POST", "/albergue/7F3K", {"data": {"answer": "sí", "why": "otro"}}),
        ("POST", "/albergue/7F3K", {"data": {"answer": "x" * 33}}),
        ("GET", "/cases", {}),
        ("GET", "/api/v1/cases/", {}),
    ],
)
async def test_they_answer_as_included_ones(method: str, path: str, sent: dict[str, Any]) -> None:
    answer = await _asked(_application(place), method, path, **sent)
    assert answer == await _asked(_application(_included), method, path, **sent)
    assert answer[0] != 500


async def test_the_limit_of_a_route_goes_before_that_of_the_place_it_comes_to() -> None:
    app = _application(place)
    assert (await _asked(app, "POST", "/api/v1/cases/import", content=b"x" * 64))[:2] == (200, "64")
    assert (await _asked(app, "POST", "/api/v1/cases/import", content=b"x" * 65))[0] == 413
    assert (await _asked(app, "POST", "/api/v1/cases", json={"case": "x" * 33}))[0] == 413


async def test_a_request_knows_the_whole_template_of_its_route() -> None:
    status, text, _ = await _asked(_application(place), "GET", "/api/v1/cases/7F3K")
    assert (status, text) == (200, '{"case":"7F3K /api/v1/cases/{case}"}')


async def test_a_router_can_be_placed_twice() -> None:
    router, app = _of_cases(), FastAPI()
    place(app.router, router, prefix="/one")
    place(app.router, router, prefix="/two")
    for path in ("/one/cases", "/two/cases"):
        assert (await _asked(app, "GET", path))[:2] == (200, "[]")
    assert (await _asked(app, "GET", "/cases"))[0] == 404


def test_a_router_that_was_included_cannot_be_placed_unseen() -> None:
    outer = APIRouter()
    outer.include_router(_of_cases())
    with pytest.raises(TypeError, match="place the routers inside"):
        place(APIRouter(), outer)


async def test_what_a_placed_router_depends_on_is_asked_and_what_the_outer_one_does_is_refused() -> None:
    def refuse() -> None:
        raise HTTPException(403)

    guarded = APIRouter(dependencies=[Depends(refuse)])

    @guarded.get("/cases")
    async def list_cases() -> list[Case]:
        """Nobody gets here."""
        return []

    app = FastAPI()
    place(app.router, guarded)
    assert (await _asked(app, "GET", "/cases"))[0] == 403
    with pytest.raises(TypeError, match="give it to the routes"):
        place(APIRouter(dependencies=[Depends(refuse)]), _of_cases())
