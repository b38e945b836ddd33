"""What the peers send instead of a domain: opaque bytes of the same number and size as the real events of a case."""

import os
import struct
from dataclasses import dataclass
from uuid import UUID

from benchmarks.cases import Shape

HEAD = struct.Struct(">16sHH")
FILLING = os.urandom(65_536)
"""Random bytes, which compress as little as sealed data."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One opaque event with only what the next service needs to follow it."""

    case: UUID
    shape: int
    number: int
    """Among the events of its case in its service."""
    stream: UUID
    version: int
    size: int

    def state(self) -> bytes:
        """As it is stored and sent: its size is the real event's."""
        head = HEAD.pack(self.case.bytes, self.shape, self.number)
        return head + FILLING[: max(0, self.size - len(head))]


def place_of(state: bytes) -> tuple[UUID, int, int]:
    """Case, shape and number of a fact."""
    case, shape, number = HEAD.unpack_from(state)
    return UUID(bytes=case), shape, number


def opened(case: UUID, shape: int, shapes: list[Shape]) -> Fact:
    """What intake records of a submission."""
    return Fact(case, shape, 0, case, 1, shapes[shape].opened)


def decided(state: bytes, shapes: list[Shape]) -> list[Fact]:
    """What referral records because of one of intake's facts."""
    case, shape, _ = place_of(state)
    versions: dict[int, int] = {}
    facts = []
    for number, one in enumerate(shapes[shape].decided):
        versions[one.stream] = versions.get(one.stream, 0) + 1
        stream = UUID(int=case.int + one.stream)
        facts.append(Fact(case, shape, number, stream, versions[one.stream], one.size))
    return facts


def raised(state: bytes, shapes: list[Shape]) -> list[Fact]:
    """What notifications records because of one of referral's facts: an alert, or nothing."""
    case, shape, number = place_of(state)
    size = shapes[shape].decided[number].alert
    return [Fact(case, shape, number, UUID(int=case.int + number), 1, size)] if size else []


class Stamps:
    """When the last alert of each case was committed, and how many alerts there were."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.seen = 0
        self._last: dict[str, int] = {}

    def put(self, case: UUID, at: int) -> None:
        """One alert was committed at this time (CLOCK_MONOTONIC, nanoseconds)."""
        self.seen += 1
        self._last[case.hex] = at

    async def count(self) -> int:
        """How many alerts came since they were last taken."""
        return self.seen

    async def take(self) -> dict[str, int]:
        """Hands the stamps over and begins anew."""
        taken, self._last, self.seen = self._last, {}, 0
        return taken
