"""Comparisons of the logs with what was sealed, and findings, in answers."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from events.vocabulary import Tampering
from services.audit.tampering.domain import Difference, Finding
from services.chassis.web.schemas import Answer, Moment

SomeLog = Literal["intake", "referral", "notifications", "audit"]
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_DIFFERENCE: JsonDict = {
    "log": "referral",
    "position": 4711,
    "last": 4711,
    "kind": "edited",
    "other": None,
    "found": _HASH,
    "sealed": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}
_FINDING: JsonDict = {
    "finding": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
    "log": "referral",
    "position": 4711,
    "last": 4711,
    "kind": "edited",
    "other": None,
    "found_at": "2026-03-02T15:04:05.678901+00:00",
    "ended_at": None,
}
_SAID: JsonDict = {
    "name": "referral.accepted",
    "recorded_at": "2026-03-02T15:04:05.678901+00:00",
    "es": "ACNUR aceptó.",
    "en": "ACNUR accepted.",
}

Hash = Annotated[str | None, Field(description="RFC 6962 leaf hash, hexadecimal; null: there is none.")]


class FoundDifference(Answer):
    """Where a log is not as it was sealed, and what was done."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DIFFERENCE]})

    log: SomeLog
    position: int
    last: Annotated[int, Field(description="The last position that it is about.")]
    kind: Tampering
    other: Annotated[int | None, Field(description="The position that it was exchanged with, or sealed at.")]
    found: Hash
    sealed: Hash

    @classmethod
    def of(cls, one: Difference) -> Self:
        """The answer."""
        return cls.model_validate(
            {
                "log": one.log,
                "position": one.position,
                "last": one.last,
                "kind": one.kind,
                "other": one.other,
                "found": None if one.found is None else one.found.hex(),
                "sealed": None if one.sealed is None else one.sealed.hex(),
            }
        )


class Comparison(Answer):
    """A part of a log, compared with what was sealed of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "log": "referral",
                    "first": 1,
                    "last": 10000,
                    "size": 12345,
                    "next": 10001,
                    "differences": [_DIFFERENCE],
                }
            ]
        }
    )

    log: SomeLog
    first: int
    last: Annotated[int, Field(description="The last position that was compared; less than `first`: none was.")]
    size: Annotated[int, Field(description="Up to which position the log is sealed.")]
    next: Annotated[int | None, Field(description="Where to go on; null: the whole log was compared.")]
    differences: list[FoundDifference]


class SaidThere(Answer):
    """What an event says, as a sentence; sealed data stays sealed."""

    name: str
    recorded_at: Moment
    es: str
    en: str


class EntryComparison(Answer):
    """One position of a log: what was sealed, what is there now, and what the stream has kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "log": "referral",
                    "position": 4711,
                    "agrees": False,
                    "sealed": _DIFFERENCE["sealed"],
                    "found": _HASH,
                    "now": {**_SAID, "es": "OIM aceptó.", "en": "OIM accepted."},
                    "as_sealed": _SAID,
                }
            ]
        }
    )

    log: SomeLog
    position: int
    agrees: Annotated[bool | None, Field(description="Whether it is what was sealed; null: it is not sealed yet.")]
    sealed: Hash
    found: Hash
    now: Annotated[SaidThere | None, Field(description="What the log says there now; null: nothing that can be read.")]
    as_sealed: Annotated[
        SaidThere | None,
        Field(description="What was sealed, from the stream's copy with the sealed hash; null: there is none to read."),
    ]


class TamperingFinding(Answer):
    """Where a log was found altered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FINDING]})

    finding: UUID
    log: SomeLog
    position: int
    last: int
    kind: Tampering
    other: int | None
    found_at: Moment
    ended_at: Annotated[Moment | None, Field(description="Since when it is as it was sealed again; null: it is not.")]

    @classmethod
    def of(cls, one: Finding) -> Self:
        """The answer."""
        ended: datetime | None = one.ended_at
        return cls.model_validate(
            {
                "finding": one.finding,
                "log": one.log,
                "position": one.position,
                "last": one.last,
                "kind": one.kind,
                "other": one.other,
                "found_at": one.found_at,
                "ended_at": ended,
            }
        )


class TamperingList(Answer):
    """What was found altered, what was told last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_FINDING], "next_cursor": None}]})

    items: list[TamperingFinding]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last.")]
