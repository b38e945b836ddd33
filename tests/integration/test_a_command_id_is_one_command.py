"""One command id is one command, on every route that takes one.

Sent again it gets its first result; used for anything else, or by anybody else, it is refused. The
routes are the real application's: one that takes a command id and has no example fails here.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from events.vocabulary import Role
from services.system import Installation
from tests.support.models.command_examples.every_route import EXAMPLES
from tests.support.models.command_examples.example import Cast, Example, Route
from tests.support.models.route_table import takes_a_command_id
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import System

API = "/api/v1"


@pytest.fixture
async def cast(system: System) -> AsyncIterator[Cast]:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    async with httpx2.AsyncClient(base_url=system.url, timeout=30) as nobody:
        yield await Cast.of(programme, nobody)


async def deviations(route: Route, example: Example) -> list[str]:
    """What the program does otherwise than the rule says."""
    method, found = route[0], []
    first = await example.by.request(method, API + example.path, json=example.body)
    if not first.is_success:
        return [f"{route}: the example is refused: {first.text}"]
    again = await example.by.request(method, API + example.path, json=example.body)
    status, body = (first.status_code, first.json())
    if example.repeated is not None:
        status, body = example.repeated(body)
    if again.status_code != status or not body.items() <= again.json().items():
        found.append(f"{route}: the same again is answered {again.status_code} {again.text}")
    for other in example.others:
        client, path = other.by or example.by, API + (other.path or example.path)
        answer = await client.request(method, path, json=example.body | other.changes)
        if (answer.status_code, answer.json().get("code")) != (409, "command_id_reused"):
            what = list(other.changes) or ("another path" if other.path else "somebody else")
            found.append(f"{route}: used for {what} it is answered {answer.status_code} {answer.text}")
    return found


async def test_an_id_that_was_used_for_one_command_is_refused_for_any_other(cast: Cast) -> None:
    found = [await deviations(route, await make(cast)) for route, make in EXAMPLES.items()]
    assert [line for lines in found for line in lines] == []


async def test_every_route_that_takes_a_command_id_has_an_example(installation: Installation) -> None:
    assert takes_a_command_id(installation.application()) == set(EXAMPLES)


class _Order(BaseModel):
    command_id: UUID


async def test_a_route_without_an_example_is_noticed() -> None:
    """The control of the test above."""
    app = FastAPI()

    @app.put("/api/v1/everything")
    async def everything(body: _Order) -> None:
        """A route that somebody added."""

    assert takes_a_command_id(app) == {("PUT", "/api/v1/everything")}
