"""Signing in does not wait for whatever else hangs, nor for more passwords than can be checked."""

import asyncio
import threading

import pytest

from events.vocabulary import Role
from services.chassis.identity.passwords import MAX_PARALLEL_HASHES, MAX_WAITING, BusyError, Passwords
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import account, browser, enters_first
from tests.support.system.system import HANG, System


async def test_people_sign_in_while_every_thread_of_the_process_hangs(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-401", Role.OFFICER, "ACNUR", clock)
    released = threading.Event()
    loop = asyncio.get_running_loop()
    hanging = [loop.run_in_executor(None, released.wait) for _ in range(64)]  # such as mail servers that say nothing
    try:
        async with browser(system) as client:
            answer = await asyncio.wait_for(enters_first(client, "p-401", code), HANG)
            assert answer.json() == {"stage": "enrolment"}
    finally:
        released.set()
        await asyncio.gather(*hanging)


async def test_only_so_many_passwords_wait_to_be_checked() -> None:
    passwords, released = Passwords(), threading.Event()
    busy = [asyncio.create_task(passwords._run(released.wait)) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await passwords.fits("canario azul en la ventana", None)
    assert len(passwords._threads._threads) == MAX_PARALLEL_HASHES
    released.set()
    await asyncio.gather(*busy)
    assert not await passwords.fits("canario azul en la ventana", None)
