"""A real log that may be cut off, die and lose an answer, for tests that have no event loop of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from services.chassis.database import Database
from services.chassis.eventlog.append import Append, Appended
from services.chassis.eventlog.log import Log
from services.chassis.secrets.installation import Secrets
from tests.support.fakes.proxy import Proxy, proxied
from tests.support.models.log_model import Disagreement, Mishap, Seen, Told, Wanted
from tests.support.system.logs import A_DAY, as_admin, database_of
from tests.support.system.system import HANG, eventually

T = TypeVar("T")
InTransaction = Callable[[asyncpg.Connection], Awaitable[None]]

NUMBERS = "select count(*), min(position), max(position) from event where position > $1"
NOTE = "insert into parked (upstream, position, case_id, topic, reason, parked_at) values ($1, $2, $3, 'a', 'b', $4)"


class MortalLog:
    """Intake's log behind a proxy, in a loop of its own. Notes are kept with ``case`` in the service's parked events.

    ``close`` ends all of it; a log that died is left as a killed process leaves it: its sockets closed, nothing said.
    """

    def __init__(self, dsn: str, secrets: Secrets, *, case: UUID, kind: Callable[[Database], Log] = Log) -> None:
        """``kind`` makes the log, so that a wrong one can be put in its place."""
        self._dsn, self._secrets, self._case, self._kind = dsn, secrets, case, kind
        self.upstream = f"upstream {case}"
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._dead: list[Log] = []
        self._proxy: Proxy = self.run(self._stack.enter_async_context(proxied(dsn)))
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does it and waits, for 20 seconds at most: a caller that hangs is a failure."""
        return self._runner.run(asyncio.wait_for(work, HANG))

    async def _open(self) -> None:
        self._database = database_of(self._proxy.dsn, self._secrets)
        self.log = self._kind(self._database)
        self.log.start()

    async def _die(self) -> None:
        if self.log._connection is not None:
            self.log._connection.terminate()
        await self._database.close()
        self._dead.append(self.log)  # its writer waits for ever for somebody to ask; the loop's end is its end

    def die(self) -> None:
        """Ends as a killed process does, and another takes its place."""
        self.run(self._die())
        self.run(self._open())

    def close(self) -> None:
        """Ends everything."""
        self.run(self._die())
        self.run(eventually(self._unconnected))
        self.run(self._stack.aclose())
        self._runner.close()

    async def _unconnected(self) -> bool:
        return not self._proxy._open

    def ask(self, requests: Sequence[Wanted], *, first: InTransaction | None = None) -> list[Told]:
        """Everybody's answer to requests made at once; ``first`` happens in the transaction of the first of them."""
        appends = [self._append(wanted, None if number else first) for number, wanted in enumerate(requests)]
        return self.run(self._answers(appends))

    def ask_and_lose_the_answer(self, requests: Sequence[Wanted]) -> list[Told]:
        """The same, and the first commit's answer never arrives."""
        self._proxy.lose_answers = 1
        try:
            return self.ask(requests)
        finally:
            self._proxy.lose_answers = 0

    async def _answers(self, appends: Sequence[Append]) -> list[Told]:
        told = await asyncio.gather(*map(self.log.append, appends), return_exceptions=True)
        return [one if isinstance(one, Appended) else type(one) for one in told]

    def _append(self, wanted: Wanted, first: InTransaction | None) -> Append:
        async def in_transaction(connection: asyncpg.Connection) -> None:
            if wanted.note is not None:
                await connection.execute(NOTE, self.upstream, wanted.note, self._case, A_DAY)
            if first is not None:
                await first(connection)
            if wanted.fails:
                raise Mishap

        return Append(
            entries=wanted.entries, command=wanted.command, progress=wanted.progress, in_transaction=in_transaction
        )

    async def cut_off(self, connection: asyncpg.Connection) -> None:
        """The server ends the writer's connection."""
        async with as_admin(self._dsn) as admin:
            assert await admin.fetchval("select pg_terminate_backend($1, 10000)", connection.get_server_pid())

    async def drop(self, connection: asyncpg.Connection) -> None:
        """The writer's side of the connection is gone, as when its process is killed."""
        connection.terminate()

    def head(self) -> int:
        """The last position."""
        return self.run(self.log.head())

    def seen(self, *, start: int, streams: Sequence[UUID], commands: Sequence[UUID]) -> Seen:
        """All that can be seen of the log from ``start`` on.

        Raises:
            Disagreement: the positions are not the numbers from ``start`` to the head.
        """
        return self.run(self._seen(start, streams, commands))

    async def _seen(self, start: int, streams: Sequence[UUID], commands: Sequence[UUID]) -> Seen:
        head = await self.log.head()
        async with self._database.reading() as connection:
            numbers = tuple(await connection.fetchrow(NUMBERS, start))
        if numbers != ((head - start, start + 1, head) if head > start else (0, None, None)):
            raise Disagreement(f"from {start} on, count, first and last position are {numbers}; the head is {head}")
        led_to = {command: await self.log.carried_out(command) for command in commands}
        return Seen(
            head=head,
            entries=await self.log.entries(after=start, limit=10_000),
            streams={
                stream: [(fact.version, fact.id) for fact in facts]
                for stream, facts in (await self.log.streams(streams)).items()
            },
            carried_out={
                command: None if facts is None else [fact.id for fact in facts] for command, facts in led_to.items()
            },
            progress=(await self.log.progress(self.upstream)).position,
            notes=await self.log.parked_positions(self.upstream, self._case),
        )
