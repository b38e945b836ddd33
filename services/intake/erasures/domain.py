"""What is erased of a person, and what has to be known before. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import CaseOpened, PersonErased, SubmissionRefused
from events.sealed import Box
from events.vocabulary import BoxClass, ErasureBasis
from services.chassis.errors import ServiceError


class CaseOpenError(ServiceError):
    """Agencies still work on the case: the term of the retention policy cannot be over."""

    code = "case_open"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is sealed about one person, as the stream of their case or of a refused document tells."""

    target: UUID
    case: UUID | None
    """``None``: a refused document that opened no case."""
    subject: UUID
    shelter: str
    boxes: tuple[Box, ...]
    erased: bool


def fold(history: Sequence[Recorded[Event]]) -> Sealed | None:
    """What a stream seals about a person; ``None``: it is neither a case's nor a refused document's."""
    if not history:
        return None
    first, event = history[0], history[0].event
    if not isinstance(event, CaseOpened | SubmissionRefused):
        return None
    of_case = isinstance(event, CaseOpened)
    return Sealed(
        target=first.stream,
        case=first.stream if of_case else first.case,
        subject=event.subject,
        shelter=event.shelter if isinstance(event, CaseOpened) else event.org,
        boxes=tuple(box for fact in history for box in _boxes(fact.event)),
        erased=any(isinstance(fact.event, PersonErased) for fact in history),
    )


def erase(
    sealed: Sealed, basis: ErasureBasis, keys: Collection[UUID], refusals: Sequence[UUID], *, open_referrals: int
) -> PersonErased:
    """The tombstone. ``keys``: those in the vault of this person; ``refusals``: refused documents that they seal.

    Raises:
        CaseOpenError: the basis is retention, and a referral is open.
    """
    if basis is ErasureBasis.RETENTION and open_referrals:
        raise CaseOpenError
    gone = {*keys, *(box.key for box in sealed.boxes)}
    return PersonErased(
        subject=sealed.subject,
        basis=basis,
        classes=tuple(kind for kind in BoxClass if any(box.kind is kind for box in sealed.boxes)),
        keys=tuple(sorted(gone)),
        refusals=tuple(sorted(refusals)),
    )


def _boxes(event: Event) -> list[Box]:
    return [box for name in type(event).model_fields if isinstance(box := getattr(event, name), Box)]
