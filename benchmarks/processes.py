"""A contender's processes: controlled over pipes, and ended when the process that started them ends."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from services.chassis.runtime import event_loop

ROOT = Path(__file__).parents[1]
LARGEST_ANSWER = 2**28
GRACE = 15.0
"""Seconds that a process has to stop in order."""

Orders = Mapping[str, Callable[..., Awaitable[Any]]]


class WorkerFailedError(RuntimeError):
    """A process ended or an order failed; the message ends with the process's last output."""


class Worker:
    """One process of a contender, as seen by the benchmark."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log_path: Path) -> None:
        """Made by ``start``."""
        self.name = name
        self.started: Any = None
        """The process's answer when it was ready."""
        self._process = process
        self._log_path = log_path

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @classmethod
    async def start(cls, module: str, role: str, config: Mapping[str, Any], folder: Path) -> "Worker":
        """Runs ``python -m module role`` and waits until it says that it is ready."""
        log_path = folder / f"{module.rpartition('.')[2]}-{role}-{os.urandom(3).hex()}.log"
        with log_path.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, role,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                cwd=ROOT, limit=LARGEST_ANSWER, start_new_session=True,
            )  # fmt: skip
        worker = cls(role, process, log_path)
        try:
            worker.started = await worker.ask("start", **config)
        except BaseException:
            await worker.stop()
            raise
        return worker

    async def ask(self, order: str, **details: Any) -> Any:
        """Gives an order and waits for its result.

        Raises:
            WorkerFailedError: it failed, or the process is gone.
        """
        assert self._process.stdin is not None  # noqa: S101 - start() made the pipes
        assert self._process.stdout is not None  # noqa: S101 - likewise
        try:
            self._process.stdin.write(json.dumps([order, details]).encode() + b"\n")
            await self._process.stdin.drain()
            answer = await self._process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if not answer:
            raise WorkerFailedError(f"{self.name} ended during {order}:\n{self.words()}")
        result = json.loads(answer)
        if "failed" in result:
            raise WorkerFailedError(f"{self.name} could not {order}: {result['failed']}\n{self.words()}")
        return result["result"]

    def words(self) -> str:
        """The end of its log."""
        return self._log_path.read_text(errors="replace")[-1500:]

    async def stop(self) -> None:
        """Closes the pipe, which is the order to end; kills the process if it does not."""
        if self._process.returncode is not None:
            return
        assert self._process.stdin is not None  # noqa: S101 - start() made the pipes
        self._process.stdin.close()
        try:
            async with asyncio.timeout(GRACE):
                await self._process.wait()
        finally:
            if self._process.returncode is None:
                self._process.kill()


def obey(orders: Callable[[str], Orders]) -> None:
    """The main function of a contender's module: carries out orders until its pipe is closed.

    Every contender runs as the program does: on the same loop, with the same collector.
    """
    event_loop.settle()
    event_loop.run(_obey(orders(sys.argv[1])))


async def _obey(orders: Orders) -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # printed text must not be read as an answer
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(limit=LARGEST_ANSWER)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    obeying = asyncio.create_task(_each(orders, reader, answers.fileno()))
    while not reader.at_eof() and not obeying.done():  # an order that is being carried out must not hide the end
        await asyncio.wait([obeying], timeout=0.5)
    late = threading.Timer(GRACE, os._exit, [1])
    late.daemon = True
    late.start()  # the benchmark has ended: nothing else would end a process that hangs
    obeying.cancel()
    await asyncio.gather(obeying, return_exceptions=True)
    if "stop" in orders:
        await orders["stop"]()


async def _each(orders: Orders, reader: asyncio.StreamReader, answers: int) -> None:
    while line := await reader.readline():
        order, details = json.loads(line)
        try:
            answer = {"result": await orders[order](**details)}
        except Exception as error:  # noqa: BLE001 - whoever gave the order decides what it means
            answer = {"failed": f"{type(error).__name__}: {error}"}
        await asyncio.to_thread(_write, answers, json.dumps(answer).encode() + b"\n")


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
