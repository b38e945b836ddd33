"""Three processes write at once, one is killed, and a reader that follows by position misses nothing.

The reader stops last. What it saw is compared with the log as it then stands: what it skipped, or what was
there in another order, is a fault. A control shows that the comparison finds such faults.
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from services.chassis.eventlog.log import Log
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import as_admin, opened
from tests.support.system.system import eventually

ROOT = Path(__file__).parents[2]
ENOUGH = 400
"""Appends that each writer which is let live is acknowledged."""
STREAMS = 12

WRITER = """
import asyncio, json, os, random, sys
from uuid import UUID, uuid4, uuid5
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import entry, opened

told = json.loads(sys.stdin.readline())
chance = random.Random(told["seed"])
acknowledged = 0

class Undone(Exception):
    pass

async def fails(connection):
    await connection.execute("select 1")
    raise Undone

def tell(**what):
    os.write(1, (json.dumps(what) + "\\n").encode())

async def write(log):
    global acknowledged
    while acknowledged < told["enough"]:
        stream = uuid5(UUID(int=0), str(chance.randrange(told["streams"])))
        async with log._database.reading() as connection:
            last = await connection.fetchval("select max(version) from event where stream = $1", stream)
        entries = [entry(stream, (last or 0) + n) for n in range(1, chance.randint(1, 3) + 1)]
        command, undone = uuid4(), chance.random() < 0.1
        request = Append(entries=entries, command=command, in_transaction=fails if undone else None)
        try:
            first = await log.append(request)
            again = await log.append(request) if chance.random() < 0.1 else first
            assert (again.first_position, again.events) == (first.first_position, first.events)
            acknowledged += 1
            tell(first=first.first_position, ids=[str(each.id) for each in entries])
        except VersionConflictError:
            tell(conflict=True)
        except Undone:
            tell(undone=[str(each.id) for each in entries])

async def main():
    async with opened(told["dsn"], Secrets(**told["secrets"]), "intake") as log:
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(write(log))

asyncio.run(main())
"""


class Row(NamedTuple):
    position: int
    stream: UUID
    version: int
    id: UUID


Read = Callable[[int], Awaitable[Sequence[Row]]]
"""Reads on from a position, in order."""


@dataclass
class Reader:
    """Follows by position: whatever stands there later below what it has seen, it has missed."""

    read: Read
    seen: list[Row] = field(default_factory=list)

    async def look(self) -> int:
        """Reads what there is now. Returns how much it was."""
        found = await self.read(self.seen[-1].position if self.seen else 0)
        self.seen += found
        return len(found)

    async def follow(self, stop: asyncio.Event) -> None:
        """Reads on until told to stop, and then to the end."""
        while not stop.is_set():
            await self.look()
            await asyncio.sleep(0)
        while await self.look():
            pass


def faults(seen: Sequence[Row], there: Sequence[Row]) -> list[str]:
    """What is wrong with what a reader saw of what is there now."""
    was_seen, is_there = set(seen), set(there)
    found = [f"skipped {row.position}" for row in there if row not in was_seen]
    found += [f"saw {row.position}, which is not there" for row in seen if row not in is_there]
    times = Counter(row.id for row in there)
    found += [f"{event} is there {count} times" for event, count in times.items() if count > 1]
    if [row.position for row in there] != list(range(1, len(there) + 1)):
        found.append("positions have gaps")
    versions = defaultdict(list)
    for row in seen:
        versions[row.stream].append(row.version)
    found += [
        f"{stream} was seen out of order"
        for stream, order in versions.items()
        if order != list(range(order[0], order[0] + len(order)))
    ]
    return found


def reading(log: Log) -> Read:
    async def read(after: int) -> list[Row]:
        return [
            Row(each.position, each.stream, each.originator_version, each.id)
            for each in await log.entries(after=after, limit=100)
        ]

    return read


@asynccontextmanager
async def writer(dsn: str, secrets: Secrets, seed: int, enough: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that writes; gone with the context however that ends."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, cwd=ROOT, stdin=pipe, stdout=pipe, limit=1 << 24
    )
    assert process.stdin is not None
    told = {"dsn": dsn, "secrets": secrets.model_dump(mode="json"), "seed": seed, "enough": enough, "streams": STREAMS}
    process.stdin.write(json.dumps(told).encode() + b"\n")
    process.stdin.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def heard(process: asyncio.subprocess.Process, into: list[dict[str, object]]) -> None:
    """Keeps what a writer tells, up to the last whole line."""
    assert process.stdout is not None
    while (line := await process.stdout.readline()).endswith(b"\n"):
        into.append(json.loads(line))


async def test_three_processes_write_one_is_killed_and_a_reader_misses_nothing(database: str, secrets: Secrets) -> None:
    stop, told = asyncio.Event(), [list[dict[str, object]]() for _ in range(3)]
    async with opened(database, secrets) as log:
        reader = Reader(reading(log))
        async with (
            asyncio.TaskGroup() as group,
            writer(database, secrets, 1, ENOUGH) as first,
            writer(database, secrets, 2, ENOUGH) as second,
            writer(database, secrets, 3, 1_000_000) as killed,
        ):
            following = group.create_task(reader.follow(stop))
            listening = [
                asyncio.create_task(heard(process, into))
                for process, into in zip((first, second, killed), told, strict=True)
            ]

            async def well_under_way() -> bool:
                return all(sum("first" in said for said in into) > 50 for into in told)

            await eventually(well_under_way)
            os.kill(killed.pid, signal.SIGKILL)
            assert [await process.wait() for process in (first, second, killed)] == [0, 0, -signal.SIGKILL]
            await asyncio.gather(*listening)
            stop.set()
            await following
        afterwards = Reader(reading(log))
        while await afterwards.look():
            pass
        there = afterwards.seen
        assert faults(reader.seen, there) == []

    positions = {str(row.id): row.position for row in there}
    said = [line for into in told for line in into]
    for line in said:
        if "first" in line:
            ids, at = line["ids"], line["first"]
            assert isinstance(ids, list)
            assert isinstance(at, int)
            assert [positions[each] for each in ids] == list(range(at, at + len(ids)))
        elif "undone" in line:
            assert isinstance(line["undone"], list)
            assert not positions.keys() & set(line["undone"])
    assert sum("conflict" in line for line in said) > 50
    assert sum("undone" in line for line in said) > 50


async def test_the_comparison_finds_what_a_reader_of_serial_numbers_skips(database: str) -> None:
    """Two transactions that overlap: the later number is committed first, and the reader passes the earlier by."""
    insert = "insert into unordered (stream, version, id) values (gen_random_uuid(), 1, gen_random_uuid())"
    async with as_admin(database) as slow, as_admin(database) as quick:
        await quick.execute("create table unordered (position bigserial, stream uuid, version integer, id uuid)")

        async def read(after: int) -> list[Row]:
            rows = await quick.fetch("select * from unordered where position > $1 order by position", after)
            return [Row(row["position"], row["stream"], row["version"], row["id"]) for row in rows]

        reader = Reader(read)
        async with slow.transaction():
            await slow.execute(insert)
            await quick.execute(insert)
            assert await reader.look() == 1
        assert await reader.look() == 0
        assert faults(reader.seen, await read(0)) == ["skipped 1"]


async def test_the_comparison_finds_gaps_repeats_and_disorder() -> None:
    stream, one, two = UUID(int=1), UUID(int=2), UUID(int=3)
    rows = [Row(1, stream, 2, one), Row(3, stream, 1, two), Row(4, stream, 3, two)]
    assert faults(rows, rows) == [f"{two} is there 2 times", "positions have gaps", f"{stream} was seen out of order"]
    assert faults(rows, rows[:2])[0] == "saw 4, which is not there"
