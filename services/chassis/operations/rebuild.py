"""Fills a service's read models again from the logs, into new tables that then replace the live ones.

The service goes on meanwhile. Only the last step holds the counter row that every append takes first: the newest
events are added, both sets of tables are compared, and the new ones replace the old, all in one transaction. An
interrupted rebuild leaves nothing but tables that the next one drops.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from services.chassis.database import KEY_LOOKUPS, SYSTEM
from services.chassis.eventlog.projections import Projector, ReadModel, versions_of
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.names import postgres_role
from services.chassis.operations.migrate import OWNER
from services.chassis.operations.model_versions import keep_versions, record_versions

BATCH_SIZE = 5_000
LOCK = 0x72656275  # "rebu": one rebuild of a service at a time

ENTRIES = """
select {columns} from {log}.event
where position > $1 and position <= $2 and ($4::text[] is null or rtrim(topic, '0123456789') = any($4))
  and not position = any($5::bigint[])
order by position limit $3
"""
POSITION_COLUMNS = """
position, null::uuid as id, null::uuid as stream, 0 as version, '' as topic, case_id, null::timestamptz as recorded_at,
''::bytea as state
"""
STATISTICS = """
select quote_ident(stxname) as name from pg_statistic_ext where stxnamespace = $1::regnamespace
"""
POLICIES = """
select quote_ident(policyname) as name, permissive, cmd, qual, with_check,
  (select string_agg(case role when 'public' then 'public' else quote_ident(role) end, ', ') from unnest(roles) as role)
    as roles
from pg_policies where schemaname = $1 and tablename = $2 order by policyname
"""
LAST_POSITION = {
    True: "select position from {service}.head",
    False: "select coalesce((select position from {service}.tracking where upstream = $1), 0)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The result of a rebuild. ``differing``: rows that only the live or only the new table had, by table."""

    events: int
    differing: dict[str, int]
    swapped: bool


@dataclass
class _Rebuilding:
    service: str
    models: Sequence[ReadModel]
    reader: asyncpg.Connection
    writer: asyncpg.Connection
    on_progress: Callable[[int], None]
    events: int = 0
    """Positions passed, whether or not their events fill a table."""
    reached: dict[tuple[int, str], int] = field(default_factory=dict)

    @property
    def new_schema(self) -> str:
        """The schema of the new tables."""
        return f"{self.service}_rebuilt"

    @property
    def tables(self) -> list[str]:
        return [table for model in self.models for table in model.tables]

    async def prepare(self) -> None:
        """Makes empty tables like the live ones."""
        await self.writer.execute(f"drop schema if exists {self.new_schema} cascade; create schema {self.new_schema}")
        for table in self.tables:
            live, new = f"{self.service}.{table}", f"{self.new_schema}.{table}"
            await self.writer.execute(f"create table {new} (like {live} including all)")
        await self.writer.execute(f"set search_path = {self.new_schema}")

    async def fill(self) -> None:
        """Runs every projector of every model, from the last position it has reached to that of the live tables."""
        for number, model in enumerate(self.models):
            for log, fill in model.fills.items():
                await self._fill((number, log), fill)

    async def _fill(self, which: tuple[int, str], fill: Projector) -> None:
        _, log = which
        own = log == self.service
        upto = await self.writer.fetchval(LAST_POSITION[own].format(service=self.service), *([] if own else [log]))
        parked = await self.writer.fetch(f"select position from {self.service}.parked where upstream = $1", log)
        left_out = [] if own else [row["position"] for row in parked]
        names = [f"{event.NAME}.v" for event in fill.reads] or None
        reached = self.reached.get(which, 0)
        query = ENTRIES.format(log=log, columns=POSITION_COLUMNS if fill.positions_only else ENTRY_COLUMNS)
        ahead = asyncio.create_task(self.reader.fetch(query, reached, upto, BATCH_SIZE, names, left_out))
        try:
            while rows := await ahead:
                last = rows[-1]["position"]
                ahead = asyncio.create_task(self.reader.fetch(query, last, upto, BATCH_SIZE, names, left_out))
                await fill.apply(self.writer, [from_row(row) for row in rows])
                self._passed(last - reached)
                reached = last
        finally:
            ahead.cancel()
        self._passed(upto - reached)
        self.reached[which] = upto

    def _passed(self, positions: int) -> None:
        self.events += positions
        self.on_progress(positions)

    async def differing(self) -> dict[str, int]:
        """The number of rows that only the live or only the new table has, by table."""
        found = {}
        await self.writer.execute("set local enable_seqscan = on")  # only this comparison reads every row
        for table in self.tables:
            live, new = f"select * from {self.service}.{table}", f"select * from {self.new_schema}.{table}"
            found[table] = await self.writer.fetchval(
                f"select count(*) from (({live} except all {new}) union all ({new} except all {live})) differing"
            )
        return found

    async def swap(self) -> None:
        """Replaces the live tables by the new ones, with the same grants and row policies."""
        protection = [statement for table in self.tables for statement in await self._protection(table)]
        for table in self.tables:  # one table's policy may look into another, which then could not be dropped
            for policy in await self.writer.fetch(POLICIES, self.service, table):
                await self.writer.execute(f"drop policy {policy['name']} on {self.service}.{table}")
        for table in self.tables:
            live, new = f"{self.service}.{table}", f"{self.new_schema}.{table}"
            await self.writer.execute(f"drop table {live}; alter table {new} set schema {self.service}")
            await self.writer.execute(
                f"grant select, insert, update, delete, truncate on {live} to {postgres_role(self.service)}"
            )
        for kept in await self.writer.fetch(STATISTICS, self.new_schema):  # a table leaves its statistics behind
            await self.writer.execute(f"alter statistics {self.new_schema}.{kept['name']} set schema {self.service}")
        for statement in protection:
            await self.writer.execute(statement)

    async def _protection(self, table: str) -> list[str]:
        """The statements that give a new table the live table's row-level security: ``like`` does not copy it."""
        live = f"{self.service}.{table}"
        found = await self.writer.fetchrow(
            "select relrowsecurity, relforcerowsecurity from pg_class where oid = $1::regclass", live
        )
        statements = [f"alter table {live} enable row level security"] if found["relrowsecurity"] else []
        statements += [f"alter table {live} force row level security"] if found["relforcerowsecurity"] else []
        for policy in await self.writer.fetch(POLICIES, self.service, table):
            using = "" if policy["qual"] is None else f" using ({policy['qual']})"
            check = "" if policy["with_check"] is None else f" with check ({policy['with_check']})"
            statements.append(
                f"create policy {policy['name']} on {live} as {policy['permissive']} for {policy['cmd']}"
                f" to {policy['roles']}{using}{check}"
            )
        return statements

    async def clear(self) -> None:
        """Drops the schema of the new tables."""
        await self.writer.execute(f"drop schema if exists {self.new_schema} cascade")


async def rebuild(
    dsn: str,
    service: str,
    models: Sequence[ReadModel],
    *,
    swap: bool = True,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Rebuilt:
    """Rebuilds a service's read models with an administrator's access; without ``swap`` it only compares.

    ``on_progress`` is called with each number of positions passed, for a progress bar. A projector of an upstream's
    events goes as far as the service has followed, and leaves out parked events, exactly as the live tables do.

    Raises:
        UnreadableEventError: an entry is not what its event's definition says; nothing was changed.
    """
    async with _connected(dsn) as reader, _connected(dsn) as writer:
        await writer.execute("select pg_advisory_lock($1, hashtext($2))", LOCK, service)
        work = _Rebuilding(service, models, reader, writer, on_progress)
        try:
            await work.prepare()
            await work.fill()
            async with writer.transaction():
                await writer.execute(f"select from {service}.head for update")
                await work.fill()
                differing = await work.differing()
                if swap:
                    await work.swap()
                    await keep_versions(writer, service, {})
                    await record_versions(writer, service, versions_of(models))
        finally:
            await work.clear()
        return Rebuilt(events=work.events, differing=differing, swapped=swap)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Any]:
    """An administrator's connection that acts as the owner of the tables, which cannot sign in."""
    connection = await asyncpg.connect(dsn, server_settings=KEY_LOOKUPS)
    try:
        await connection.execute(f"set role {OWNER}")
        await connection.execute("set synchronous_commit = off")
        await connection.execute(f"set canaliza.role = '{SYSTEM}'")  # every row is compared and copied
        yield connection
    finally:
        await connection.close()
