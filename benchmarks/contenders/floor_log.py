"""The floor's log: one table, a counter row, known commands, positions followed; appended to in groups."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.contenders.payload import Fact
from services.chassis.eventlog.group_commit import GroupCommit

SCHEMA = """
create schema {s};
create table {s}.head (position bigint not null);
insert into {s}.head values (0);
create table {s}.event (
  position bigint primary key, stream uuid not null, version integer not null, state bytea not null,
  unique (stream, version));
create table {s}.command (id uuid primary key);
create table {s}.tracking (upstream text primary key, position bigint not null);
create function {s}.append(
  commands uuid[], streams uuid[], versions integer[], states bytea[], follows text, come_from bigint, come_to bigint
) returns bigint language plpgsql set search_path = {s}
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  held bigint;
  written bigint;
begin
  select position into strict held from head for update;
  if follows is not null then
    insert into tracking values (follows, come_to)
      on conflict (upstream) do update set position = come_to where tracking.position = come_from;
    if not found then
      raise exception 'not where it believes';
    end if;
  end if;
  insert into event (position, stream, version, state)
  select held + row_number() over (order by given.n), given.stream, given.version, given.state
  from unnest(commands, streams, versions, states) with ordinality as given (id, stream, version, state, n)
  where not exists (select from command where command.id = given.id);
  get diagnostics written = row_count;
  insert into command select given.id from unnest(commands) as given (id) where given.id is not null
    on conflict do nothing;
  update head set position = held + written;
  return held + written;
end $$;
"""
APPEND = "select append($1::uuid[], $2::uuid[], $3::integer[], $4::bytea[], $5, $6, $7)"

Request = tuple[UUID | None, UUID, int, bytes]


def schema(service: str) -> str:
    """The statements that make a service's log."""
    return SCHEMA.replace("{s}", service)


class FloorLog:
    """Appends through one connection, many callers in one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Its schema is the connection's search path."""
        self._connection = connection
        self._turn = asyncio.Lock()
        self._group: GroupCommit[Request, None] = GroupCommit(self._commit)
        self.appended = asyncio.Event()
        """Set after every commit."""

    def start(self) -> None:
        """Starts the writer."""
        self._group.start()

    async def stop(self) -> None:
        """Stops it and closes the connection."""
        await self._group.stop()
        await self._connection.close()

    async def append(self, command: UUID | None, stream: UUID, version: int, state: bytes) -> None:
        """Appends one event, once for each command, and waits for the commit."""
        await self._group.submit((command, stream, version, state))

    async def react(self, upstream: str, come_from: int, come_to: int, facts: Sequence[Fact]) -> None:
        """Appends what follows from another's events together with how far they were read."""
        columns: list[list[Any]] = [
            [None] * len(facts),
            [fact.stream for fact in facts],
            [fact.version for fact in facts],
            [fact.state() for fact in facts],
        ]
        await self._append(columns, upstream, come_from, come_to)

    async def _commit(self, batch: list[Request]) -> list[None]:
        columns = [list(column) for column in zip(*batch, strict=True)]
        await self._append(columns, None, None, None)
        return [None] * len(batch)

    async def _append(self, columns: list[list[Any]], *progress: Any) -> None:
        async with self._turn:
            await self._connection.fetchval(APPEND, *columns, *progress)
        self.appended.set()
