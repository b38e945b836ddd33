"""Stores many real events: those of the day as the services recorded them, copied under other ids.

Every id of a copy is another, in the columns and inside the states, and the same id is the same everywhere in its
copy; so sizes, streams, versions and read models are those of as many different cases. Boxes keep their sealed bytes.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.names import UPSTREAMS

LOGS = ("intake", "referral", "notifications")
COLUMNS = ("position", "id", "stream", "version", "topic", "case_id", "recorded_at", "state")
AN_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANGEABLE = (1 << 128) - 1 - (0xF << 76) - (0x3 << 62)
"""All bits of an id but its version and variant."""
COPIES_PER_BATCH = 20
"""Copies of the day written in one transaction."""


@dataclass(frozen=True, slots=True)
class Day:
    """The rows the services recorded for one day: events of each log, commands and keys."""

    events: dict[str, list[Any]]
    commands: list[Any]
    keys: list[Any]

    @property
    def size(self) -> int:
        """Events in all logs."""
        return sum(len(rows) for rows in self.events.values())


async def recorded(dsn: str) -> Day:
    """Reads a recorded day from its database."""
    connection = await asyncpg.connect(dsn)
    try:
        events = {
            log: await connection.fetch(
                f"select {', '.join(COLUMNS)} from {log}.event where case_id is not null order by position"
            )
            for log in LOGS
        }
        commands = await connection.fetch("select id from intake.command")
        keys = await connection.fetch("select id, subject, class, epoch, wrapped, created_at from vault.key")
    finally:
        await connection.close()
    return Day(events, commands, keys)


async def store(dsn: str, day: Day, events: int, *, report_progress: Callable[[int], None] = lambda _: None) -> int:
    """Fills the logs of an empty place with at least ``events`` events; every follower has seen them all.

    Returns how many there are. Read models are left to be rebuilt.
    """
    copies = -(-events // day.size)
    source = random.Random(events)  # noqa: S311 - the same copies every time
    masks = [source.getrandbits(128) & CHANGEABLE for _ in range(copies)]
    connection = await asyncpg.connect(dsn)
    try:
        for first in range(0, copies, COPIES_PER_BATCH):
            some = masks[first : first + COPIES_PER_BATCH]
            for log in LOGS:
                rows = _events(day.events[log], some, first * len(day.events[log]))
                await connection.copy_records_to_table("event", schema_name=log, columns=COLUMNS, records=rows)
            await _copy_rest(connection, day, some, first)
            report_progress(len(some) * day.size)
        for log in LOGS:
            await connection.execute(f"update {log}.head set position = (select max(position) from {log}.event)")
        for service, upstreams in UPSTREAMS.items():
            for upstream in upstreams:
                query = f"insert into {service}.tracking select $1, position from {upstream}.head"
                await connection.execute(query, upstream)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return copies * day.size


def other(old: UUID, mask: int) -> UUID:
    """The id that takes the place of another in one copy."""
    return UUID(int=old.int ^ mask)


def _events(rows: Sequence[Any], masks: Iterable[int], after: int) -> list[tuple[Any, ...]]:
    copied = []
    for mask in masks:
        for row in rows:
            after += 1
            copied.append(
                (
                    after,
                    other(row["id"], mask),
                    other(row["stream"], mask),
                    row["version"],
                    row["topic"],
                    other(row["case_id"], mask),
                    row["recorded_at"],
                    _in_text(row["state"], mask),
                )
            )
    return copied


def _in_text(state: bytes, mask: int) -> bytes:
    return AN_ID.sub(lambda found: str(other(UUID(found[0].decode()), mask)).encode(), state)


async def _copy_rest(connection: asyncpg.Connection, day: Day, masks: Sequence[int], first: int) -> None:
    commands = [
        (other(row["id"], mask), (first + number) * len(day.commands) + place, 1)
        for number, mask in enumerate(masks)
        for place, row in enumerate(day.commands, start=1)
    ]
    await connection.copy_records_to_table(
        "command", schema_name="intake", columns=("id", "first_position", "events"), records=commands
    )
    keys = [
        (other(row["id"], mask), other(row["subject"], mask), *tuple(row)[2:]) for mask in masks for row in day.keys
    ]
    columns = ("id", "subject", "class", "epoch", "wrapped", "created_at")
    await connection.copy_records_to_table("key", schema_name="vault", columns=columns, records=keys)
