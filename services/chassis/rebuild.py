"""Fills a service's read models again from the logs: in new tables, beside the live ones, which it then replaces.

The service goes on meanwhile. Only the last moments are done under the counter row that every append takes
first: what came in since is caught up, both sets of tables are compared, and the new ones take the place of
the old, all in one transaction. A rebuild that is interrupted leaves nothing but tables that the next one drops.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from services.chassis.database import BY_KEY, SYSTEM
from services.chassis.log_sql import ENTRY_COLUMNS, entry_from
from services.chassis.migrate import OWNER
from services.chassis.names import postgres_role
from services.chassis.read_models import Fill, ReadModel

BATCH = 5_000
LOCK = 0x72656275  # "rebu": one rebuild of a service at a time

WANTED = """
select {columns} from {log}.event
where position > $1 and position <= $2 and ($4::text[] is null or rtrim(topic, '0123456789') = any($4))
  and not position = any($5::bigint[])
order by position limit $3
"""
BARE_COLUMNS = """
position, null::uuid as id, null::uuid as stream, 0 as version, '' as topic, case_id, null::timestamptz as recorded_at,
''::bytea as state
"""
POLICIES = """
select quote_ident(policyname) as name, permissive, cmd, qual, with_check,
  (select string_agg(case role when 'public' then 'public' else quote_ident(role) end, ', ') from unnest(roles) as role)
    as roles
from pg_policies where schemaname = $1 and tablename = $2 order by policyname
"""
UP_TO = {
    True: "select position from {service}.head",
    False: "select coalesce((select position from {service}.tracking where upstream = $1), 0)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild found. ``differing``: by table, rows that only one side had (0 everywhere: they were equal)."""

    events: int
    differing: dict[str, int]
    swapped: bool


@dataclass
class _Rebuilding:
    service: str
    models: Sequence[ReadModel]
    reader: asyncpg.Connection
    writer: asyncpg.Connection
    told: Callable[[int], None]
    events: int = 0
    """Positions passed, whether or not a table is made of what stands there."""
    reached: dict[tuple[int, str], int] = field(default_factory=dict)

    @property
    def beside(self) -> str:
        """The schema of the new tables."""
        return f"{self.service}_rebuilt"

    @property
    def tables(self) -> list[str]:
        return [table for model in self.models for table in model.tables]

    async def prepare(self) -> None:
        """Makes empty tables like the live ones."""
        await self.writer.execute(f"drop schema if exists {self.beside} cascade; create schema {self.beside}")
        for table in self.tables:
            await self.writer.execute(f"create table {self.beside}.{table} (like {self.service}.{table} including all)")
        await self.writer.execute(f"set search_path = {self.beside}")

    async def fill(self) -> None:
        """Every fill of every model, from where it has come to what the live tables rest on now."""
        for number, model in enumerate(self.models):
            for log, fill in model.fills.items():
                await self._fill((number, log), fill)

    async def _fill(self, which: tuple[int, str], fill: Fill) -> None:
        _, log = which
        own = log == self.service
        upto = await self.writer.fetchval(UP_TO[own].format(service=self.service), *([] if own else [log]))
        parked = await self.writer.fetch(f"select position from {self.service}.parked where upstream = $1", log)
        left_out = [] if own else [row["position"] for row in parked]
        names = [f"{event.NAME}.v" for event in fill.reads] or None
        reached = self.reached.get(which, 0)
        query = WANTED.format(log=log, columns=BARE_COLUMNS if fill.bare else ENTRY_COLUMNS)
        ahead = asyncio.create_task(self.reader.fetch(query, reached, upto, BATCH, names, left_out))
        try:
            while rows := await ahead:
                last = rows[-1]["position"]
                ahead = asyncio.create_task(self.reader.fetch(query, last, upto, BATCH, names, left_out))
                await fill.apply(self.writer, [entry_from(row) for row in rows])
                self._passed(last - reached)
                reached = last
        finally:
            ahead.cancel()
        self._passed(upto - reached)
        self.reached[which] = upto

    def _passed(self, positions: int) -> None:
        self.events += positions
        self.told(positions)

    async def differing(self) -> dict[str, int]:
        """Rows that only the live or only the new table has."""
        found = {}
        await self.writer.execute("set local enable_seqscan = on")  # here, and only here, every row is looked at
        for table in self.tables:
            live, new = f"select * from {self.service}.{table}", f"select * from {self.beside}.{table}"
            found[table] = await self.writer.fetchval(
                f"select count(*) from (({live} except all {new}) union all ({new} except all {live})) differing"
            )
        return found

    async def swap(self) -> None:
        """The new tables under the live names, with the live tables' grants."""
        for table in self.tables:
            live, new = f"{self.service}.{table}", f"{self.beside}.{table}"
            protection = await self._protection(table)
            await self.writer.execute(f"drop table {live}; alter table {new} set schema {self.service}")
            for statement in protection:
                await self.writer.execute(statement)
            await self.writer.execute(
                f"grant select, insert, update, delete, truncate on {live} to {postgres_role(self.service)}"
            )

    async def _protection(self, table: str) -> list[str]:
        """What makes a table like the live one as closed as it is: nothing of that comes with ``like``."""
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
        """Drops what is left of the new tables."""
        await self.writer.execute(f"drop schema if exists {self.beside} cascade")


async def rebuild(
    dsn: str,
    service: str,
    models: Sequence[ReadModel],
    *,
    swap: bool = True,
    told: Callable[[int], None] = lambda _: None,
) -> Rebuilt:
    """Rebuilds a service's read models with an administrator's access; without ``swap`` only compares.

    ``told`` hears of each number of positions passed, for a progress bar. A fill of an upstream's facts goes as
    far as the service has followed, and leaves out what is parked, exactly as the live tables do.

    Raises:
        UnreadableEventError: an entry is not what its event's definition says; nothing was changed.
    """
    async with _connected(dsn) as reader, _connected(dsn) as writer:
        await writer.execute("select pg_advisory_lock($1, hashtext($2))", LOCK, service)
        work = _Rebuilding(service, models, reader, writer, told)
        try:
            await work.prepare()
            await work.fill()
            async with writer.transaction():
                await writer.execute(f"select from {service}.head for update")
                await work.fill()
                differing = await work.differing()
                if swap:
                    await work.swap()
        finally:
            await work.clear()
        return Rebuilt(events=work.events, differing=differing, swapped=swap)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Any]:
    """As the owner of the tables, who cannot sign in; the administrator acts for it."""
    connection = await asyncpg.connect(dsn, server_settings=BY_KEY)
    try:
        await connection.execute(f"set role {OWNER}")
        await connection.execute("set synchronous_commit = off")
        await connection.execute(f"set canaliza.role = '{SYSTEM}'")  # what is compared and copied is everything
        yield connection
    finally:
        await connection.close()
