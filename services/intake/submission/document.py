"""The document a shelter submits: one person and visit, or one incident without a person."""

import json
from typing import Annotated, Any

from pydantic import Field, PlainValidator, PrivateAttr, WithJsonSchema

from events.answers import Assent, BestInterestsBasis
from events.vocabulary import Agency, CaseKind, RestrictedRecipient

from .codes import Several
from .consent import Receipt
from .json_document import LARGEST_NUMBER, to_json
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

    _accepted: bytes = PrivateAttr()
    """The document as accepted: bytes, so that nobody can alter it through what they were handed."""

    @classmethod
    def of(cls, accepted: bytes) -> "Submission":
        """From a document in its one way of writing; raises pydantic's own error."""
        return cls.model_validate_json(accepted, context=accepted)

    def model_post_init(self, context: Any, /) -> None:
        """Keep what was accepted, for the boxes take it word for word."""
        self._accepted = context

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Enough to find it."""
        return [("submission_id", str(self.submission_id))]

    def identity(self) -> dict[str, Any]:
        """Who the person is, as far as they said: the content of the box ``identity``."""
        person: dict[str, Any] = json.loads(self._accepted).get("person", {})
        return person

    def answers(self) -> dict[str, Any]:
        """What was answered, exactly as accepted: the content of the box ``screening``."""
        document = json.loads(self._accepted)
        return {name: document[name] for name in ANSWERS if name in document}

    def canonical(self) -> bytes:
        """To tell the same submission sent again from other content under the same id.

        A resend has another ``sent_at``, and a UUID may be spelt in either case; all else is content.
        """
        document = json.loads(self._accepted)
        document["submission_id"] = str(self.submission_id)
        return to_json({name: value for name, value in document.items() if name not in TRANSPORT})
