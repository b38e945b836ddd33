"""An open stream of alerts ends when its token is revoked, its session ends or its reader is disabled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.sse import EventSourceResponse

from events.vocabulary import Role
from services.chassis.errors import NotSignedInError
from services.chassis.identity import administration
from services.chassis.identity.policy import IDLE_LIFETIME
from services.chassis.identity.stream_guard import StreamGuard
from services.chassis.identity.tokens import create_token
from services.chassis.web.cookies import ON_THIS_MACHINE
from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import account, as_administrator, browser, enrols, enters_first, failed
from tests.support.system.system import HANG, System, eventually, running, sample_day

STREAM = "/api/v1/alerts/stream"
MOST = 3


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    changes = {"alert_stream_check": 0.2, "alert_streams": MOST}
    quick = replace(installation, settings=installation.settings.model_copy(update=changes))
    async with running(quick, clock) as everything:
        yield everything


@dataclass
class Heard:
    """What an open stream said, and whether it has ended."""

    lines: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def events(self) -> list[str]:
        return [line.partition(" ")[2] for line in self.lines if line.startswith("event:")]


@asynccontextmanager
async def listening(client: httpx2.AsyncClient, **headers: str) -> AsyncIterator[Heard]:
    heard, opened = Heard(), asyncio.Event()

    async def listen() -> None:
        async with client.stream("GET", STREAM, headers=headers) as answer:
            assert answer.status_code == 200
            opened.set()
            async for line in answer.aiter_lines():
                heard.lines.append(line)
        heard.ended = True

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(HANG):
            await opened.wait()
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def a_child_is_flagged(system: System) -> None:
    """UNICEF is alerted."""
    shelter = await system.signed_in(Role.SHELTER_WORKER, sample_day()[5]["shelter"])
    answer = await shelter.post("/api/v1/submissions", json=sample_day()[5] | {"submission_id": str(uuid4())})
    assert answer.status_code == 201


async def ends(heard: Heard) -> None:
    async def ended() -> bool:
        return heard.ended

    await eventually(ended)


Act = Callable[[System, httpx2.AsyncClient, AdjustableClock], Awaitable[Any]]


async def signed_out(_system: System, client: httpx2.AsyncClient, _clock: AdjustableClock) -> None:
    assert (await client.delete("/api/v1/session")).status_code == 204


async def disabled(system: System, _client: httpx2.AsyncClient, clock: AdjustableClock) -> None:
    async with as_administrator(system.installation) as admin:
        await administration.disable_person(admin, "p-101", clock())


async def moved_to_another_role(system: System, _client: httpx2.AsyncClient, _clock: AdjustableClock) -> None:
    await system.becomes("p-101", Role.SUPERVISOR)


async def idle(_system: System, _client: httpx2.AsyncClient, clock: AdjustableClock) -> None:
    clock.ahead += IDLE_LIFETIME + timedelta(seconds=1)


@pytest.mark.parametrize("act", [signed_out, disabled, moved_to_another_role, idle])
async def test_a_persons_stream_ends_though_nothing_changes(system: System, clock: AdjustableClock, act: Act) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "UNICEF", clock)
    async with browser(system) as client:
        if (await enters_first(client, "p-101", code)).json()["stage"] != "full":
            await enrols(client, clock)
        async with listening(client) as heard:
            await act(system, client, clock)
            await ends(heard)


async def test_looking_again_while_a_stream_is_open_keeps_no_session_alive(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "UNICEF", clock)
    async with browser(system) as client:
        if (await enters_first(client, "p-101", code)).json()["stage"] != "full":
            await enrols(client, clock)
        tokens, secret = system.service("notifications").context.tokens(), client.cookies[ON_THIS_MACHINE]
        for _ in range(4):
            assert (await tokens.of_session_left_alone(secret)).person == "p-101"
            clock.ahead += IDLE_LIFETIME / 4
        clock.ahead += timedelta(seconds=1)
        with pytest.raises(NotSignedInError):
            await tokens.of_session_left_alone(secret)


@pytest.mark.parametrize("path", ["/mesa/cambios/desde", f"/mesa/vivo/{UUID(int=1)}", f"/mesa/filas/{UUID(int=1)}"])
async def test_what_an_open_page_asks_by_itself_keeps_no_session_alive(
    system: System, clock: AdjustableClock, path: str
) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "UNICEF", clock)
    async with browser(system) as client:
        if (await enters_first(client, "p-101", code)).json()["stage"] != "full":
            await enrols(client, clock)
        for _ in range(4):
            assert (await client.get(path)).status_code in {200, 404}
            clock.ahead += IDLE_LIFETIME / 4
        clock.ahead += timedelta(seconds=1)
        assert (await client.get("/mesa")).status_code == 401


async def test_nothing_is_sent_to_a_token_that_was_revoked_and_its_stream_ends(
    installation: Installation, clock: AdjustableClock
) -> None:
    slow = replace(installation, settings=installation.settings.model_copy(update={"alert_stream_check": 3600.0}))
    async with running(slow, clock) as system:
        async with as_administrator(installation) as admin:
            token = await create_token(admin, role=Role.OFFICER, org="UNICEF", label="tablero", at=clock())
            (made,) = [one for one in await administration.list_tokens(admin) if one["label"] == "tablero"]
        bearer = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(base_url=system.url, headers=bearer, timeout=HANG) as client,
            listening(client) as heard,
        ):
            async with as_administrator(installation) as admin:
                assert await administration.revoke_token(admin, made["id"], clock())
            await a_child_is_flagged(system)
            await ends(heard)
            assert heard.events == []


async def test_one_account_has_so_many_streams_open_and_a_closed_one_gives_its_place_back(system: System) -> None:
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    other = await system.signed_in(Role.OFFICER, "UNICEF", "another")
    async with listening(officer), listening(officer):
        async with listening(officer):
            another_device = await system.signed_in(Role.OFFICER, "UNICEF")
            assert failed(await another_device.get(STREAM)) == (429, "too_many_streams")
            async with listening(other):
                pass

        async def free() -> bool:
            async with officer.stream("GET", STREAM) as answer:
                return answer.status_code == 200

        await eventually(free)


async def test_a_page_that_comes_back_is_told_to_read_again_and_nothing_else_twice(system: System) -> None:
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    async with listening(officer) as first, listening(officer, **{"Last-Event-ID": "1"}) as back:

        async def told() -> bool:
            return back.events == ["read_again"]

        await eventually(told)
        await a_child_is_flagged(system)

        async def both() -> bool:
            return bool(first.events) and back.events == ["read_again", *first.events]

        await eventually(both)
        assert next(line for line in back.lines if line.startswith("data:")) == "data: {}"


def test_every_stream_looks_again_at_its_reader(system: System) -> None:
    guarded = {
        context.path: any(isinstance(each.call, StreamGuard) for each in route.dependant.dependencies)
        for service in system.services
        if service.router is not None
        for context in iter_route_contexts(service.router.routes)
        if isinstance(route := context.original_route, APIRoute) and route.response_class is EventSourceResponse
    }
    assert guarded
    assert all(guarded.values()), guarded
