"""Segments of WAL in an archive: which there are, which are missing, and which no kept backup needs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.local.archiving import is_whole, listed

ARCHIVE = "wal"
"""The archive's folder within that of the backups."""
SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})\.gz")
SEGMENT_BYTES = 1 << 24
IN_A_LOG = 1 << 32
"""Bytes of WAL with the same middle part of the name."""


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One archived segment. ``number``: its place in the history, whatever the timeline."""

    number: int
    timeline: int

    @property
    def name(self) -> str:
        """PostgreSQL's name of it."""
        log, within = divmod(self.number, IN_A_LOG // SEGMENT_BYTES)
        return f"{self.timeline:08X}{log:08X}{within:08X}"


def position_of(lsn: str) -> int:
    """A position in WAL (``0/2000028``) as a number of bytes."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_at(lsn: str, timeline: int) -> Segment:
    """The segment with a position."""
    return Segment(position_of(lsn) // SEGMENT_BYTES, timeline)


def segments(archive: Path) -> list[Segment]:
    """Every archived segment, in order."""
    found = (SEGMENT.fullmatch(path.name) for path in archive.glob("*.gz"))
    return sorted(
        Segment(int(one[2], 16) * (IN_A_LOG // SEGMENT_BYTES) + int(one[3], 16), int(one[1], 16))
        for one in found
        if one is not None
    )


def missing(archive: Path, first: Segment) -> list[str]:
    """The names of segments that are not there, or not whole, though later ones are. ``first``: where a backup ends."""
    there = [one for one in segments(archive) if one.number >= first.number and one.timeline >= first.timeline]
    numbers = {one.number for one in there}
    absent = [
        Segment(number, first.timeline).name
        for number in range(first.number, max(numbers, default=first.number - 1))
        if number not in numbers
    ]
    known = listed(archive)
    return absent + [one.name for one in there if not is_whole(archive, one.name, known)]


def prune(archive: Path, begins: Sequence[Segment]) -> int:
    """Removes the segments from before the first backup that is kept. Returns how many."""
    if not begins:
        return 0
    over = [one for one in segments(archive) if one.number < min(begins).number]
    for one in over:
        (archive / f"{one.name}.gz").unlink()
    return len(over)
