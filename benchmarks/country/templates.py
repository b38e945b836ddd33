"""The played cases as texts with gaps: for ids, for dates, and for what is sealed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from benchmarks.stored import COLUMNS, LOGS
from events.referral import assessment_stream
from events.sealed import Box
from events.vocabulary import Agency, BoxClass
from services.chassis.ids import uuid5
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import BrokenBoxError, Place, open_box

ID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
GAPS = re.compile(rb"(" + ID + rb'|(?<=")\d{4}-\d\d-\d\d(?=["T])|(?<="sealed":")[\w-]+|(?<="commitment":")[\w-]{43})')
KEYS = "select id, subject, class, created_at from vault.key"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The content of a box, where it is, and its key."""

    key: UUID
    kind: BoxClass
    place: Place
    content: bytes


Gap = UUID | date | Sealed | bytes
"""An id, a day, a box, or (as bytes) the commitment of a key."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One recorded event. ``texts`` and ``gaps`` take turns in its state, a text first and last."""

    log: str
    id: UUID
    stream: UUID
    version: int
    topic: str
    case: UUID | None
    at: datetime
    texts: Sequence[bytes]
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class PlayedKey:
    """One person's key of one class; its secret is drawn anew for every copy."""

    id: UUID
    subject: UUID
    kind: BoxClass
    at: datetime


@dataclass(frozen=True, slots=True)
class Templates:
    """Everything that the played cases left: facts in the order of their logs, keys, commands, and what is derived."""

    facts: Sequence[Fact]
    before: Sequence[Fact]
    """The facts of no case, which policies and rosters are."""
    keys: Sequence[PlayedKey]
    commands: Mapping[str, Sequence[UUID]]
    """By service: what it remembers, so that a repeated command is not carried out twice."""
    derived: Mapping[UUID, tuple[UUID, str]]
    """Ids that follow from another one and a name."""
    commitments: Mapping[bytes, UUID]
    """The key of each commitment that boxes show."""
    unopened: int
    """Boxes that could not be opened; their copies keep the sealed bytes."""

    @property
    def cases(self) -> int:
        """How many there are."""
        return len({fact.case for fact in self.facts if fact.log == "intake"})


async def templates(dsn: str, keyring: Keyring) -> Templates:
    """Reads the played cases, with the keys of intake, which open everything."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = {
            log: await connection.fetch(f"select {', '.join(COLUMNS)} from {log}.event order by position")
            for log in LOGS
        }
        keys = [_key(row) for row in await connection.fetch(KEYS)]
        commands = {
            log: [UUID(int=row["id"].int) for row in await connection.fetch(f"select id from {log}.command")]
            for log in LOGS
        }
    finally:
        await connection.close()
    secrets = await keyring.load(key.id for key in keys)
    reading = _Reading(secrets)
    facts = [reading.fact(log, row) for log in LOGS for row in rows[log]]
    return Templates(
        facts=[one for one in facts if one.case is not None],
        before=[one for one in facts if one.case is None],
        keys=keys,
        commands=commands,
        derived=_derived(facts, keys),
        commitments=reading.commitments,
        unopened=reading.unopened,
    )


class _Reading:
    def __init__(self, secrets: Mapping[UUID, bytes]) -> None:
        self.secrets, self.unopened = secrets, 0
        self.commitments = dict[bytes, UUID]()

    def fact(self, log: str, row: Any) -> Fact:
        stream = UUID(int=row["stream"].int)
        name = row["topic"].rpartition(".v")[0]
        state: bytes = row["state"]
        boxes = dict[bytes, Sealed]()
        if b'"sealed":"' in state:
            for field, box in _boxes("", orjson.loads(state)):
                self.commitments[box.commitment.encode()] = box.key
                if (opened := self._opened(box, stream, row["version"], name, field)) is not None:
                    boxes[box.sealed.encode()] = opened
        texts = GAPS.split(state)
        return Fact(
            log=log,
            id=UUID(int=row["id"].int),
            stream=stream,
            version=row["version"],
            topic=row["topic"],
            case=None if row["case_id"] is None else UUID(int=row["case_id"].int),
            at=row["recorded_at"],
            texts=texts[::2],
            gaps=[_gap(text, boxes) for text in texts[1::2]],
        )

    def _opened(self, box: Box, stream: UUID, version: int, name: str, field: str) -> Sealed | None:
        for one in (field, box.kind.value):
            place = Place(stream, version, name, one)
            try:
                content = open_box(box, place, self.secrets)
            except BrokenBoxError:
                continue
            if content is not None:
                return Sealed(box.key, box.kind, place, orjson.dumps(content))
        self.unopened += 1
        return None


def _boxes(field: str, value: Any) -> Iterator[tuple[str, Box]]:
    if isinstance(value, dict):
        if value.keys() >= {"key", "kind", "commitment", "sealed"}:
            yield field, Box.model_validate(value)
            return
        for name, one in value.items():
            yield from _boxes(name, one)
    elif isinstance(value, list):
        for one in value:
            yield from _boxes(field, one)


def _gap(text: bytes, boxes: Mapping[bytes, Sealed]) -> Gap:
    if re.fullmatch(ID, text):
        return UUID(text.decode())
    if text in boxes:
        return boxes[text]
    return date.fromisoformat(text.decode()) if re.fullmatch(rb"\d{4}-\d\d-\d\d", text) else text


def _key(row: Any) -> PlayedKey:
    return PlayedKey(UUID(int=row["id"].int), UUID(int=row["subject"].int), BoxClass(row["class"]), row["created_at"])


def _derived(facts: Sequence[Fact], keys: Sequence[PlayedKey]) -> dict[UUID, tuple[UUID, str]]:
    """The ids that services compute again: of keys, of assessments, of the first referral to each agency."""
    found = {key.id: (key.subject, key.kind.value) for key in keys if uuid5(key.subject, key.kind.value) == key.id}
    for fact in facts:
        if fact.log == "intake" and fact.version == 1 and fact.case is not None:
            found[assessment_stream(fact.case)] = (fact.case, "assessment")
            found |= {uuid5(fact.id, agency): (fact.id, agency.value) for agency in Agency}
    return found
