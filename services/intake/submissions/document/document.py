"""The document that a shelter submits: one visit of a person, or one incident without a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import ConfigDict, Field, PlainValidator, PrivateAttr, WithJsonSchema

from events.answers import ABOUT_STAFF, HARM_EVENTS, Assent, BestInterestsBasis
from events.vocabulary import Agency, CaseKind, RestrictedRecipient
from services.chassis.moments import Instant, canonical
from services.intake.submissions.document.canonical_json import MAX_NUMBER
from services.intake.submissions.document.code_lists import Several
from services.intake.submissions.document.consent import Receipt
from services.intake.submissions.document.examples import EXAMPLES
from services.intake.submissions.document.field_types import DeviceCode, Identifier, SubmissionPart, WorkerCode, refusal
from services.intake.submissions.document.person import Person
from services.intake.submissions.document.screening import Screening

TRANSPORT = ("sent_at",)
MOMENTS_OF_A_RECEIPT = frozenset({"expires_at", "until"})
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
"""Recipients that a person may exclude, including authorities, which no rule can reach."""


class Device(SubmissionPart):
    """The sending device; a gap in ``sequence`` reveals a lost submission."""

    id: DeviceCode
    sequence: Annotated[int, Field(ge=0, le=MAX_NUMBER)]


class BestInterests(SubmissionPart):
    """*Interés superior de la niñez*: the child was informed and heard."""

    assent: Assent
    basis: BestInterestsBasis


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """The content of a submission in canonical JSON; bytes, because they cannot be altered."""

    identity: bytes | None
    """The part ``person``, if any, for the box ``identity``."""
    answers: bytes
    """The answers, for the box ``screening``."""
    canonical: bytes
    """All of it, to distinguish a repetition from other content under the same id."""
    as_sent: bytes
    """The same with its moments in the form that was sent, which cases opened in earlier times are compared by."""


class Submission(SubmissionPart):
    """A valid submission. Only ``validation`` creates it, which also applies the rules between fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [*EXAMPLES]})

    submission_id: Identifier
    kind: CaseKind = CaseKind.PERSON
    shelter: str
    worker: WorkerCode
    device: Device | None = None
    occurred_at: Instant
    sent_at: Instant | None = None
    person: Person | None = None
    screening: Screening
    best_interests: BestInterests | None = None
    consent: Annotated[tuple[Receipt, ...], Field(max_length=len(Agency))] = ()
    withhold_from: Several[Excludable] = ()

    _accepted: dict[str, Any] = PrivateAttr()
    """The parsed document as accepted. It is never returned, so that nobody alters it."""

    @classmethod
    def of(cls, accepted: bytes, document: dict[str, Any]) -> "Submission":
        """From the canonical bytes and the same document parsed, which the caller must not use any more.

        Raises:
            ValidationError: the form is not valid.
        """
        return cls.model_validate_json(accepted, context=document)

    def model_post_init(self, context: Any, /) -> None:
        """Keeps the accepted document, because the boxes hold it unchanged."""
        self._accepted = context

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """The id only."""
        return [("submission_id", str(self.submission_id))]

    def content(self) -> Content:
        """The content as accepted, its moments in canonical form.

        Two documents are the same submission if they differ only in ``sent_at``, in the case of the UUID, or in how
        they write the same moment.
        """
        sent, accepted = self._accepted, _canonical(self._accepted)
        person = accepted.get("person")
        answers = [b'"%b":%b' % (name.encode(), _written(accepted[name])) for name in ANSWERS if name in accepted]
        canonical_form = self._comparable(accepted)
        return Content(
            identity=_written(person) if person else None,
            answers=b"{%b}" % b",".join(answers),
            canonical=canonical_form,
            as_sent=canonical_form if accepted is sent else self._comparable(sent),
        )

    @property
    def harm_as_sent(self) -> list[dict[str, Any]]:
        """The harm events as the document has them."""
        return list(self._accepted["screening"].get(HARM_EVENTS) or ())

    @property
    def says_harm_by_staff(self) -> bool:
        """Whether one of them is a shelter's or an aid organisation's staff's."""
        return any(harm.get("perpetrator") == ABOUT_STAFF for harm in self.harm_as_sent)

    def with_harm(self, events: Sequence[Mapping[str, Any]] | None) -> "Submission":
        """The same document with these harm events; ``None``: not asked."""
        other = self.model_copy()
        screening = {name: value for name, value in self._accepted["screening"].items() if name != HARM_EVENTS}
        screening |= {} if events is None else {HARM_EVENTS: list(events)}
        other._accepted = {**self._accepted, "screening": screening}  # noqa: SLF001 - of the same class
        return other

    def _comparable(self, document: dict[str, Any]) -> bytes:
        content = {name: value for name, value in document.items() if name not in TRANSPORT}
        content["submission_id"] = str(self.submission_id)
        return _written(content)


def _canonical(accepted: dict[str, Any]) -> dict[str, Any]:
    """The document with its moments in one form, so that whoever reads the boxes needs to know no other."""
    written, receipts = accepted["occurred_at"], accepted.get("consent", ())
    if canonical(written) is written and not any(MOMENTS_OF_A_RECEIPT & receipt.keys() for receipt in receipts):
        return accepted
    changed = {**accepted, "occurred_at": canonical(written)}
    if receipts:
        changed["consent"] = [
            {name: canonical(value) if name in MOMENTS_OF_A_RECEIPT else value for name, value in receipt.items()}
            for receipt in receipts
        ]
    return changed


def _written(accepted: Any) -> bytes:
    """Same as ``to_json``, but faster. They differ only for fractions, which the form does not have."""
    return orjson.dumps(accepted, option=orjson.OPT_SORT_KEYS)
