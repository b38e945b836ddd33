"""A service that is told to stop does, whatever swallowed the first cancellation."""

import asyncio
import logging

import pytest
from nats.aio.client import Client

from tests.support.system.system import System, eventually


async def test_a_loop_that_swallows_its_first_cancellation_is_cancelled_again(
    own_system: System, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = own_system.service("audit")
    begun, swallowed = asyncio.Event(), asyncio.Event()

    async def swallows_one(_client: Client) -> None:
        begun.set()  # a task that is cancelled before its first step has nothing to swallow
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:  # as nats-py does when an answer comes in the same moment
            swallowed.set()
            await asyncio.Event().wait()

    await service.stop()
    monkeypatch.setattr(service, "with_nats", [swallows_one])
    service.broker = service.context.broker()
    await service.start()

    async def attached() -> bool:
        return service.connected and bool(service.followers) and begun.is_set()

    await eventually(attached)
    with caplog.at_level(logging.ERROR):
        await service.stop()
    assert swallowed.is_set()
    assert "tasks_did_not_end" not in caplog.text
