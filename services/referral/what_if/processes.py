"""Replays many cases in processes of their own, so that no desk ever waits for it and every core takes part."""

import asyncio
import pickle
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID

from services.chassis.errors import StoreUnavailableError
from services.referral.what_if.tally import Tally
from services.referral.what_if.worker import HEAD, Batch, Setup, framed

BATCH_SIZE = 500
"""Cases that a process opens at once."""
MODULE = "services.referral.what_if.worker"
OnProgress = Callable[[int], Awaitable[None]]
"""Told how many cases were looked at so far."""


class ReplayFailedError(Exception):
    """A process ended before it had answered."""


async def replay_cases(
    cases: Sequence[UUID], setup: Setup, *, processes: int, on_progress: OnProgress, batch_size: int = BATCH_SIZE
) -> Tally:
    """The tally of these cases. Its processes end with it, whatever ends it.

    Raises:
        ReplayFailedError: a process failed, or how far it is could not be stored; what it was about is in nobody's
            hands any more.
    """
    left = deque(list(cases[start : start + batch_size]) for start in range(0, len(cases), batch_size))
    whole, done = Tally(), 0

    async def counted(part: Tally, of: int) -> None:
        nonlocal done
        whole.add(part)
        done += of
        await on_progress(done)

    failed: list[BaseException] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(max(1, min(processes, len(left)))):
            group.create_task(_one_process(left, setup, counted, failed))
    if failed:
        raise ReplayFailedError from failed[0]
    return whole


async def _one_process(
    left: deque[Batch],
    setup: Setup,
    counted: Callable[[Tally, int], Awaitable[None]],
    failed: list[BaseException],
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        await _send(process, setup)
        while left and not failed:
            batch = left.popleft()
            await _send(process, batch)
            await counted(await _answer(process), len(batch))
    except (OSError, EOFError, StoreUnavailableError) as error:
        failed.append(error)
    finally:
        with suppress(ProcessLookupError):
            process.kill()  # it holds no lock and has written nothing
        await process.wait()


async def _send(process: Process, content: object) -> None:
    assert process.stdin is not None  # noqa: S101 - it was made with a pipe
    process.stdin.write(framed(content))
    await process.stdin.drain()


async def _answer(process: Process) -> Tally:
    assert process.stdout is not None  # noqa: S101 - it was made with a pipe
    length = HEAD.unpack(await process.stdout.readexactly(HEAD.size))[0]
    tally: Tally = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from our own process
    return tally
