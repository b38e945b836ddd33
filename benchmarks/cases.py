"""Real submissions, and number and size of the events they lead to, which every contender is given."""

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

import asyncpg

from services.intake.submissions.domain import case_of

DAY = Path(__file__).parents[1] / "services" / "demo" / "day-2013-06-12.jsonl"
"""Read as a file: importing the demonstration would load its code into every measured process."""

FOLLOWED_BY = 0xFFFF
"""A peer's case ids end in sixteen zero bits; its alerts are the case's id plus a number."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One event of the referral service: its stream within the case, its size, and that of the alert it leads to."""

    stream: int
    size: int
    alert: int
    """Bytes; 0 when no desk is alerted because of it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Number and size (bytes of stored state) of the events of one case."""

    opened: int
    decided: tuple[Decided, ...]

    @property
    def alerts(self) -> int:
        """How many alert records the case must lead to."""
        return sum(one.alert > 0 for one in self.decided)

    def plain(self) -> list[object]:
        """The shape as JSON-compatible data, for another process."""
        return [self.opened, [[one.stream, one.size, one.alert] for one in self.decided]]

    @classmethod
    def of(cls, plain: list[object]) -> "Shape":
        """Reads what ``plain`` returned."""
        opened, decided = plain
        assert isinstance(opened, int)  # noqa: S101 - it comes from plain()
        assert isinstance(decided, list)  # noqa: S101 - likewise
        return cls(opened, tuple(Decided(*one) for one in decided))


@cache
def day() -> list[bytes]:
    """The sample day's submissions as their shelters send them, without their ids."""
    return [
        json.dumps({name: value for name, value in one.items() if name != "submission_id"}).encode()
        for one in map(json.loads, DAY.read_text(encoding="utf-8").splitlines())
    ]


def ids(seed: int, count: int) -> list[UUID]:
    """Submission ids: the same for the same seed."""
    source = random.Random(seed)  # noqa: S311 - a repeatable load is wanted
    return [UUID(int=source.getrandbits(128), version=4) for _ in range(count)]


def peers_case(submission: UUID) -> UUID:
    """The id of a peer's case."""
    return UUID(int=submission.int & ~FOLLOWED_BY)


def document(number: int, submission: UUID) -> bytes:
    """The ``number``-th submission of a load: the day's, over and over, each time under a new id."""
    return b'{"submission_id":"%s",' % str(submission).encode() + day()[number % len(day())][1:]


async def shapes(dsn: str, seed: int) -> list[Shape]:
    """Reads the shape of each of the day's cases where the real services have just recorded them.

    ``seed`` is the one whose ids the day was submitted under.
    """
    connection = await asyncpg.connect(dsn)
    try:
        return [await _shape(connection, case_of(submission)) for submission in ids(seed, len(day()))]
    finally:
        await connection.close()


async def _shape(connection: asyncpg.Connection, case: UUID) -> Shape:
    (opened,) = await _sizes(connection, "intake", case)
    decided = await _sizes(connection, "referral", case)
    # The alerts of desks, which is what the floor raises, too; shelters and tasks have others besides.
    notified = await _sizes(connection, "notifications", case)
    raised = {row["cause"]: row["size"] for row in notified if row["about"] == "referral"}
    streams = {stream: number for number, stream in enumerate(dict.fromkeys(row["stream"] for row in decided))}
    return Shape(
        opened["size"],
        tuple(Decided(streams[row["stream"]], row["size"], raised.pop(str(row["id"]), 0)) for row in decided),
    )


async def _sizes(connection: asyncpg.Connection, service: str, case: UUID) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        f"""select id, stream, octet_length(state) as size, convert_from(state, 'UTF8')::jsonb ->> 'cause' as cause,
        convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'about' as about
        from {service}.event where case_id = $1 order by position""",
        case,
    )
    return rows
