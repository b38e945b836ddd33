"""Gathers the concurrent requests of many callers into one transaction.

A commit costs one flush to disk, however much it holds. While one batch is being committed the next gathers,
so concurrent callers share the cost and a single caller waits for nobody.
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
        max_batch: int = 512,
        max_waiting: int = 8192,
    ) -> None:
        """At most ``max_batch`` items a batch; when ``max_waiting`` items are queued, further callers wait for room."""
        self._commit = commit
        self._max_batch = max_batch
        self._queue: asyncio.Queue[tuple[T, asyncio.Future[R]]] = asyncio.Queue(max_waiting)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the committing task in the running loop."""
        self._task = asyncio.create_task(self._run(), name="group-commit")

    async def stop(self) -> None:
        """Ends it. Callers whose item was not committed get ``StoreUnavailableError`` and may repeat the request."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        while not self._queue.empty():
            _, future = self._queue.get_nowait()
            if not future.done():
                future.set_exception(StoreUnavailableError())
            await asyncio.sleep(0)  # a caller that waited for room queues its item now, and is answered too

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
            while len(batch) < self._max_batch and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._settle(batch)

    async def _settle(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        results: Sequence[R | Exception]
        try:
            results = await self._commit([item for item, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError("not one result for each item")  # noqa: TRY301 - answered like any other fault
        except Exception as error:  # noqa: BLE001 - a writer that dies hangs every caller: they all get the reason
            results = [error] * len(batch)
        except BaseException as end:
            self._answer(batch, [StoreUnavailableError() for _ in batch])
            task = asyncio.current_task()
            if not isinstance(end, asyncio.CancelledError) or task is None or task.cancelling():
                raise
            return  # this task was not cancelled, but something that a caller handed in
        self._answer(batch, results)

    def _answer(self, batch: list[tuple[T, asyncio.Future[R]]], results: Sequence[R | Exception]) -> None:
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue  # the caller gave up waiting
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
