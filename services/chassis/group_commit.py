"""Gathers what many callers ask for at once into one transaction.

A commit costs a flush to disk whatever it holds. While one batch is being committed the next gathers,
so concurrent callers share the cost and a lone caller waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from services.chassis.errors import StoreUnavailableError

T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """One task that commits batches; ``submit`` waits for the caller's own result.

    ``commit`` gets a batch and returns one result or exception for each of its items, in order. If it
    raises instead, every caller of the batch gets that exception: nobody is left waiting.
    """

    def __init__(
        self,
        commit: Callable[[list[T]], Awaitable[Sequence[R | Exception]]],
        *,
        most: int = 512,
        waiting: int = 8192,
    ) -> None:
        """At most ``most`` items a batch; more than ``waiting`` queued callers are made to wait."""
        self._commit = commit
        self._most = most
        self._queue: asyncio.Queue[tuple[T, asyncio.Future[R]]] = asyncio.Queue(waiting)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the committing task in the running loop."""
        self._task = asyncio.create_task(self._run(), name="group-commit")

    async def stop(self) -> None:
        """Ends it. What was not committed yet is answered as unavailable: the caller repeats it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        while not self._queue.empty():
            _, future = self._queue.get_nowait()
            if not future.done():
                future.set_exception(StoreUnavailableError())
            await asyncio.sleep(0)  # whoever waited for room comes in now, and is answered too

    async def submit(self, item: T) -> R:
        """Hands one item in and waits until it is committed.

        Raises:
            StoreUnavailableError: the committing task is not running.
        """
        if self._task is None or self._task.done():
            raise StoreUnavailableError
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        await self._queue.put((item, future))
        return await future

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < self._most and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._settle(batch)

    async def _settle(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        results: Sequence[R | Exception]
        try:
            results = await self._commit([item for item, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError("not one result for each item")  # noqa: TRY301 - answered as any other fault
        except Exception as error:  # noqa: BLE001 - a writer that dies hangs every caller: they all get the reason
            results = [error] * len(batch)
        except BaseException as end:
            self._answer(batch, [StoreUnavailableError() for _ in batch])
            task = asyncio.current_task()
            if not isinstance(end, asyncio.CancelledError) or task is None or task.cancelling():
                raise
            return  # not we were cancelled, but what one of the callers brought along
        self._answer(batch, results)

    def _answer(self, batch: list[tuple[T, asyncio.Future[R]]], results: Sequence[R | Exception]) -> None:
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue  # the caller gave up waiting
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
