"""The document a shelter submits: one person and visit, or one incident without a person."""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import Field, PlainValidator, PrivateAttr, WithJsonSchema

from events.answers import Assent, BestInterestsBasis
from events.vocabulary import Agency, CaseKind, RestrictedRecipient

from .codes import Several
from .consent import Receipt
from .json_document import LARGEST_NUMBER
from .person import Person
from .screening import Screening
from .values import Identifier, Instant, OpaqueCode, Sealed, refusal

TRANSPORT = ("sent_at",)
ANSWERS = (
    "kind",
    "shelter",
    "occurred_at",
    "screening",
    "best_interests",
    "consent",
    "withhold_from",
)


def _excludable(code: object) -> Agency | RestrictedRecipient:
    if isinstance(code, str) and code in set(Agency):
        return Agency(code)
    if isinstance(code, str) and code in set(RestrictedRecipient):
        return RestrictedRecipient(code)
    raise refusal("not_listed")


Excludable = Annotated[
    Agency | RestrictedRecipient,
    PlainValidator(_excludable),
    WithJsonSchema({"enum": [*Agency, *RestrictedRecipient]}, mode="validation"),
]
"""Whom a person may exclude: also those whom no rule could reach."""


class Device(Sealed):
    """What sent it; the sequence shows when one got lost."""

    id: OpaqueCode
    sequence: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]


class BestInterests(Sealed):
    """*Interés superior de la niñez*: the child informed and heard."""

    assent: Assent
    basis: BestInterestsBasis


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """What a submission says, as JSON in its one way of writing; bytes, so that nobody alters what was accepted."""

    identity: bytes | None
    """Who the person is, if they said anything of it: for the box ``identity``."""
    answers: bytes
    """What was answered: for the box ``screening``."""
    canonical: bytes
    """All of it, to tell the same submission sent again from other content under the same id."""


class Submission(Sealed):
    """A valid submission. Made by ``reading.read`` only, which also looks at how its parts agree."""

    submission_id: Identifier
    kind: CaseKind = CaseKind.PERSON
    shelter: str
    worker: OpaqueCode
    device: Device | None = None
    occurred_at: Instant
    sent_at: Instant | None = None
    person: Person | None = None
    screening: Screening
    best_interests: BestInterests | None = None
    consent: Annotated[tuple[Receipt, ...], Field(max_length=len(Agency))] = ()
    withhold_from: Several[Excludable] = ()

    _accepted: dict[str, Any] = PrivateAttr()
    """The document as accepted, which is never handed out."""

    @classmethod
    def of(cls, accepted: bytes, document: dict[str, Any]) -> "Submission":
        """From a document in its one way of writing, and the same parsed; raises pydantic's own error.

        Whoever hands the parsed document in keeps nothing of it.
        """
        return cls.model_validate_json(accepted, context=document)

    def model_post_init(self, context: Any, /) -> None:
        """Keep what was accepted, for the boxes take it word for word."""
        self._accepted = context

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Enough to find it."""
        return [("submission_id", str(self.submission_id))]

    def content(self) -> Content:
        """Exactly as accepted.

        A resend has another ``sent_at``, and a UUID may be spelt in either case; all else tells it from another.
        """
        accepted: dict[str, Any] = (self.__pydantic_private__ or {})["_accepted"]  # by its name it takes far longer
        person = accepted.get("person")
        answers = [b'"%b":%b' % (name.encode(), _written(accepted[name])) for name in ANSWERS if name in accepted]
        content = {name: value for name, value in accepted.items() if name not in TRANSPORT}
        content["submission_id"] = str(self.submission_id)
        return Content(
            identity=_written(person) if person else None,
            answers=b"{%b}" % b",".join(answers),
            canonical=_written(content),
        )


def _written(accepted: Any) -> bytes:
    """As ``to_json`` writes it. What was accepted holds no fraction, the one thing that the two write differently."""
    return orjson.dumps(accepted, option=orjson.OPT_SORT_KEYS)
