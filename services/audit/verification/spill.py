"""Sorts more records than fit into memory: spread over a temporary file by their first byte, they are sorted apart.

Records of one size, compared as bytes; the parts together are in order, because the first byte comes first.
"""

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

PARTS = 64
BUFFER = 1 << 15
"""Bytes of a part that wait in memory."""
SHIFT = 2
"""The first byte has 256 values: four to a part."""


class Spill:
    """Records of one size."""

    def __init__(self, size: int) -> None:
        """``size``: bytes of a record; the first byte decides its part and should be spread evenly."""
        self._size = size
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spill
        self._waiting = [bytearray() for _ in range(PARTS)]
        self._written: list[list[tuple[int, int]]] = [[] for _ in range(PARTS)]
        self._end = 0

    def __enter__(self) -> Self:
        """The spill itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Removes the temporary file."""
        self._file.close()

    def add(self, record: bytes) -> None:
        """Takes one record."""
        waiting = self._waiting[record[0] >> SHIFT]
        waiting += record
        if len(waiting) >= BUFFER:
            self._flush(record[0] >> SHIFT)

    def sorted(self) -> Iterator[bytes]:
        """Every record in order; one part at a time is in memory."""
        for part in range(PARTS):
            content = bytearray()
            for offset, size in self._written[part]:
                self._file.seek(offset)
                content += self._file.read(size)
            content += self._waiting[part]
            yield from sorted(bytes(content[at : at + self._size]) for at in range(0, len(content), self._size))

    def _flush(self, part: int) -> None:
        waiting = self._waiting[part]
        self._file.seek(self._end)
        self._file.write(waiting)
        self._written[part].append((self._end, len(waiting)))
        self._end += len(waiting)
        waiting.clear()
