"""What a bundle holds, in which order. Pure.

The first file names the logs with their sizes, the schemas and the models; from it follows every other file of the
bundle, its place and the most it may weigh. So a file that is missing, foreign, repeated or out of order is found while
the container is read, without a list in memory.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.audit.bundles.errors import NotABundleError
from services.audit.bundles.ustar import MAX_SIZE
from services.audit.ledger.domain import HASH_SIZE
from services.audit.ledger.notes import MAX_NOTE
from services.audit.ledger.tiles import HEIGHT, WIDTH, Tile, entries_path, path_of

FORMAT = "canaliza-bundle/1"
HEAD, POLICY, ERASURES, DIGESTS, MANIFEST = "bundle.json", "policy", "erasures.jsonl", "digests", "manifest"
MAX_HEAD = 1_000_000
LAST_YEAR = 9999
MAX_ENTRY = 65_535
"""Bytes of the largest entry of a log (C2SP tlog-tiles)."""
MAX_LINE = 1_000_000
"""Bytes of the longest line in a file of lines."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,29}$")]
Topic = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,29}\.[a-z][a-z_]{0,49}\.v[1-9][0-9]{0,2}$")]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Field(ge=0, le=10**12)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class LogPart(_Part):
    """One log of a bundle."""

    name: Name
    size: Annotated[int, Field(ge=1, le=10**12)]
    """Entries: those under the checkpoint."""
    head: Count
    """The log's last position when the bundle was made; what is beyond ``size`` was not sealed yet."""

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"logs/{self.name}"


class ModelPart(_Part):
    """What a service shows, row by row, to be compared with the replay of its log."""

    service: Name
    name: Name

    @property
    def path(self) -> str:
        """The file of its rows."""
        return f"models/{self.service}/{self.name}.jsonl"


class Head(_Part):
    """The first file of a bundle."""

    format: Literal["canaliza-bundle/1"]
    made_at: datetime
    installation: Line
    program: Line
    """The version of the program that made it."""
    key: Line
    """The verifier key of the manifest's signature."""
    logs: Annotated[tuple[LogPart, ...], Field(max_length=16)]
    schemas: Annotated[tuple[Topic, ...], Field(max_length=5_000)]
    models: Annotated[tuple[ModelPart, ...], Field(max_length=64)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for names in ([one.name for one in self.logs], list(self.schemas), [one.path for one in self.models]):
            if sorted(set(names)) != names:
                raise ValueError("names that are repeated or not sorted")
        offset = self.made_at.utcoffset()
        if offset is None:
            raise ValueError("a moment without its zone")
        if not 1 < self.made_at.year < LAST_YEAR:
            raise ValueError("a moment at the end of the calendar, which another zone does not have")
        return self

    def content(self) -> bytes:
        """The file, in its only spelling."""
        return canonical(self.model_dump(mode="json"))

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Reads the file.

        Raises:
            NotABundleError: it is none, or is spelt in another way.
        """
        try:
            head = cls.model_validate_json(raw)
        except ValidationError:
            raise NotABundleError("head_unreadable", path=HEAD) from None
        if head.content() != raw:
            raise NotABundleError("head_not_canonical", path=HEAD)
        return head

    def log(self, name: str) -> LogPart | None:
        """A log by its name."""
        return next((one for one in self.logs if one.name == name), None)


class File(NamedTuple):
    """A file that a bundle must have, and the most bytes it may have."""

    path: str
    most: int
    exactly: bool = False


def files_after_head(head: Head) -> Iterator[File]:
    """Every file of the bundle after the first, in order."""
    yield File(POLICY, MAX_HEAD)
    for log in head.logs:
        yield File(f"{log.folder}/checkpoint", MAX_NOTE)
        yield File(f"{log.folder}/checkpoints", MAX_SIZE)
        for tile, width in tiles_in_order(log.size):
            yield File(f"{log.folder}/{path_of(tile, width)}", width * HASH_SIZE, exactly=True)
        for index, width in level_of_entries(log.size):
            yield File(f"{log.folder}/{entries_path(index, width)}", width * (MAX_ENTRY + 2))
    for topic in head.schemas:
        yield File(schema_path(topic), MAX_HEAD)
    for model in head.models:
        yield File(model.path, MAX_SIZE)
    yield File(ERASURES, MAX_SIZE)
    yield File(DIGESTS, MAX_SIZE)
    yield File(MANIFEST, MAX_NOTE)


def level_of_entries(size: int) -> Iterator[tuple[int, int]]:
    """The number of each file of entries, and how many it has."""
    for tile, width in tiles_in_order(size):
        if tile.level:
            return
        yield tile.number, width


def tiles_in_order(size: int) -> Iterator[tuple[Tile, int]]:
    """Every tile of a tree with the number of its hashes, level by level; a size that a bundle claims costs nothing."""
    level, hashes = 0, size
    while hashes:
        for number in range(-(-hashes // WIDTH)):
            yield Tile(level, number), min(WIDTH, hashes - WIDTH * number)
        level, hashes = level + 1, hashes >> HEIGHT


def width_of(tile: Tile, size: int) -> int:
    """How many hashes a tile has in a tree of ``size`` leaves; 0: there is no such tile."""
    hashes = size >> (HEIGHT * tile.level)
    return max(0, min(WIDTH, hashes - WIDTH * tile.number))


def schema_path(topic: str) -> str:
    """The file of a topic's schema."""
    return f"schemas/{topic}.json"


def digest_line(path: str, size: int, digest: str) -> bytes:
    """The line of a file in ``digests``."""
    return f"{digest} {size} {path}\n".encode()


def manifest_text(origin: str, count: int, digest: str) -> str:
    """The text that the bundle's key signs: how many files there are before ``digests``, and its SHA-256."""
    return f"{origin}\n{FORMAT}\n{count} {digest}\n"


def canonical(value: object) -> bytes:
    """A JSON document in its only spelling: sorted, without spaces, a line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
