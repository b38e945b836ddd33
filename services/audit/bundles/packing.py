"""Writes a bundle piece by piece; nothing of it is in memory as a whole."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from types import TracebackType
from typing import IO, Protocol, Self

from services.audit.bundles.domain import (
    DIGESTS,
    ERASURES,
    HEAD,
    MANIFEST,
    MAX_ENTRY,
    POLICY,
    Head,
    LogPart,
    ModelPart,
    canonical,
    digest_line,
    level_of_entries,
    manifest_text,
    schema_path,
    tiles_in_order,
)
from services.audit.bundles.ustar import TRAILER, header, padding
from services.audit.ledger.notes import Note, SignerKey
from services.audit.ledger.tiles import WIDTH, Tile, entries_path, path_of

PIECE = 1 << 18
"""Bytes that are handed out at once."""
IN_MEMORY = 1 << 20
"""Bytes of a file of unknown size that wait in memory; more wait in a temporary file."""
TILES_AT_ONCE = 64


class Source(Protocol):
    """Where the content of a bundle comes from: one moment of an installation."""

    async def checkpoint(self, log: str) -> str:
        """The checkpoint of the exported size, with its cosignatures."""

    def checkpoints(self, log: str) -> AsyncIterator[str]:
        """Earlier checkpoints, as they were recorded."""

    async def tiles(self, log: str, wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        """Tiles as the ledger stores them; each may be longer than the exported tree has it."""

    async def entries(self, log: str, first: int, count: int) -> Sequence[bytes]:
        """Entries from a position on; empty where the log has none."""

    def rows(self, model: ModelPart) -> AsyncIterator[bytes]:
        """The rows of a model, each a JSON document in a line, by the bytes of their ids."""

    def erasures(self) -> AsyncIterator[bytes]:
        """The erasures, each a JSON document in a line."""


class Archive:
    """The container while it is written: makes headers, and remembers the digest of every file."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._digests: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the archive
        self._count = 0

    def __enter__(self) -> Self:
        """The archive itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Removes what was written aside."""
        self._digests.close()

    def file(self, path: str, content: bytes) -> bytes:
        """A whole file with its header and padding."""
        self._digests.write(digest_line(path, len(content), sha256(content).hexdigest()))
        self._count += 1
        return _framed(path, content)

    def copied(self, path: str, content: IO[bytes]) -> Iterator[bytes]:
        """The same for a file that was written aside, in pieces."""
        size, digest = content.seek(0, 2), sha256()
        content.seek(0)
        yield header(path, size)
        while piece := content.read(PIECE):
            digest.update(piece)
            yield piece
        yield padding(size)
        self._digests.write(digest_line(path, size, digest.hexdigest()))
        self._count += 1

    def end(self, signer: SignerKey) -> Iterator[bytes]:
        """The digests, their signature and the trailer."""
        digests, digest = self._digests, sha256()
        size = digests.seek(0, 2)
        digests.seek(0)
        yield header(DIGESTS, size)
        while piece := digests.read(PIECE):
            digest.update(piece)
            yield piece
        yield padding(size)
        text = manifest_text(signer.name, self._count, digest.hexdigest())
        yield _framed(MANIFEST, str(Note(text, (signer.sign(text.encode()),))).encode())
        yield TRAILER


async def packed(
    head: Head, policy: str, schemas: Mapping[str, bytes], source: Source, signer: SignerKey
) -> AsyncIterator[bytes]:
    """The bytes of a bundle, in pieces. ``schemas``: the content of each topic that the head names."""
    with Archive() as archive:
        async for piece in _files(archive, head, policy, schemas, source):
            yield piece
        for piece in archive.end(signer):
            yield piece


async def _files(
    archive: Archive, head: Head, policy: str, schemas: Mapping[str, bytes], source: Source
) -> AsyncIterator[bytes]:
    yield archive.file(HEAD, head.content()) + archive.file(POLICY, policy.encode())
    for log in head.logs:
        async for piece in _log(archive, log, source):
            yield piece
    for topic in head.schemas:
        yield archive.file(schema_path(topic), schemas[topic])
    for model in head.models:
        async for piece in _aside(archive, model.path, source.rows(model)):
            yield piece
    async for piece in _aside(archive, ERASURES, source.erasures()):
        yield piece


async def _log(archive: Archive, log: LogPart, source: Source) -> AsyncIterator[bytes]:
    yield archive.file(f"{log.folder}/checkpoint", (await source.checkpoint(log.name)).encode())
    earlier = (canonical(note) async for note in source.checkpoints(log.name))
    async for piece in _aside(archive, f"{log.folder}/checkpoints", earlier):
        yield piece
    planned = tiles_in_order(log.size)
    while some := list(islice(planned, TILES_AT_ONCE)):
        stored = await source.tiles(log.name, [tile for tile, _ in some])
        # A tile that the ledger lost is written as zeros: whoever verifies is told which.
        files = ((tile, width, stored.get(tile, b"")[: width * 32].ljust(width * 32, b"\x00")) for tile, width in some)
        yield b"".join(archive.file(f"{log.folder}/{path_of(tile, width)}", hashes) for tile, width, hashes in files)
    for index, width in level_of_entries(log.size):
        entries = await source.entries(log.name, index * WIDTH + 1, width)
        yield archive.file(f"{log.folder}/{entries_path(index, width)}", entry_file(entries))


def entry_file(entries: Sequence[bytes]) -> bytes:
    """The entries beneath a tile, each with its length before it (C2SP tlog-tiles)."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise ValueError("an entry that is too long")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


async def _aside(archive: Archive, path: str, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A file whose size is only known at its end is written aside first."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as aside:
        async for line in lines:
            aside.write(line)
        for piece in archive.copied(path, aside):
            yield piece


def _framed(path: str, content: bytes) -> bytes:
    return header(path, len(content)) + content + padding(len(content))
