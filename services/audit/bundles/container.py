"""Opens a bundle: finds every file, and refuses what is no canonical container. Reads from one file only."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from services.audit.bundles.domain import HEAD, MAX_HEAD, MAX_LINE, File, Head, files_after_head
from services.audit.bundles.errors import NotABundleError
from services.audit.bundles.ustar import BLOCK, TRAILER, padding, parse_header

PIECE = 1 << 20


class Extent(NamedTuple):
    """Where a file's content is in the container."""

    offset: int
    size: int


class Bundle:
    """An open bundle. Its content is not verified; its container is."""

    def __init__(self, path: Path) -> None:
        """Opens it.

        Raises:
            NotABundleError: it is not a bundle.
        """
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            raise NotABundleError("cannot_be_read") from None
        try:
            self._size = os.fstat(self._file).st_size
            self.files: dict[str, Extent] = {}
            self.end = self._scan()
        except OSError:
            self.close()
            raise NotABundleError("cannot_be_read") from None
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """The bundle itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Closes the file."""
        self.close()

    def close(self) -> None:
        """Closes the file; once is enough."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self, path: str) -> bytes:
        """A whole file; for those whose size is limited."""
        return self.at(*self.files[path])

    def at(self, offset: int, size: int) -> bytes:
        """Bytes of the container.

        Raises:
            NotABundleError: the file became shorter meanwhile.
        """
        found = os.pread(self._file, size, offset)
        if len(found) != size:
            raise NotABundleError("truncated", offset=offset)
        return found

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file in pieces."""
        offset, size = self.files[path]
        for begin in range(offset, offset + size, PIECE):
            yield self.at(begin, min(PIECE, offset + size - begin))

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file, each without its end.

        Raises:
            NotABundleError: a line is too long, or the last has no end.
        """
        rest = b""
        for piece in self.pieces(path):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > MAX_LINE:
                raise NotABundleError("line_too_long", path=path)
        if rest:
            raise NotABundleError("line_without_end", path=path)

    def _scan(self) -> int:
        offset = self._next(0, File(HEAD, MAX_HEAD))
        self.head = Head.parse(self.read(HEAD))
        for expected in files_after_head(self.head):
            offset = self._next(offset, expected)
        if self._size != offset + len(TRAILER):
            raise NotABundleError(
                "truncated" if self._size < offset + len(TRAILER) else "something_follows", offset=offset
            )
        if self.at(offset, len(TRAILER)) != TRAILER:
            raise NotABundleError("trailer_not_canonical", offset=offset)
        return offset

    def _next(self, offset: int, expected: File) -> int:
        """Takes one file into the index and returns where the next begins."""
        if offset + BLOCK > self._size:
            raise NotABundleError("truncated" if offset else "not_a_container", offset=offset)
        try:
            path, size = parse_header(self.at(offset, BLOCK), offset)
        except NotABundleError:
            if offset:
                raise
            raise NotABundleError("not_a_container", offset=offset) from None
        if path != expected.path:
            raise NotABundleError("unexpected_file", path=expected.path, offset=offset)
        if size > expected.most or (expected.exactly and size != expected.most):
            raise NotABundleError("size_not_possible", path=path, offset=offset)
        end = offset + BLOCK + size
        if end > self._size:
            raise NotABundleError("truncated", path=path, offset=offset)
        filling = padding(size)
        if self.at(end, len(filling)) != filling:
            raise NotABundleError("padding_not_canonical", path=path, offset=end)
        self.files[path] = Extent(offset + BLOCK, size)
        return end + len(filling)
