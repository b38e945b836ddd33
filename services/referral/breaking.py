"""Break-glass (*acceso excepcional*, domain.md §5, §7.4): when sealed data may be opened without consent, by whom.

Pure: who asks, on what ground and what the person has said in; yes, or a refusal by name, out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from events.vocabulary import Agency, OverrideBasis, ReviewVerdict
from services.chassis.access import Principal
from services.chassis.errors import ServiceError

LASTS = timedelta(hours=4)
REVIEWED_WITHIN = timedelta(hours=24)
"""domain.md §7.4."""


class OverrideRefusedError(ServiceError):
    """The ground does not hold: a capable person has said no, or it is a child's ground and there is no child."""

    code = "override_refused"
    status = 409
    es = "Esa base no permite el acceso: la persona dijo que no, o no es su caso. Su negativa se respeta."
    en = "That ground does not permit access: the person said no, or it is not their case. A refusal is respected."


class AccessOverError(ServiceError):
    """Its four hours are over, or a second person found it not justified."""

    code = "access_over"
    status = 410
    es = "Este acceso excepcional terminó."
    en = "This break-glass access is over."


class OwnAccessError(ServiceError):
    """Whoever opened it cannot review it, in whatever role."""

    code = "same_person"
    status = 409
    es = "Debe revisarlo otra persona, no quien abrió los datos."
    en = "Another person must review it, not whoever opened the data."


class AlreadyReviewedError(ServiceError):
    """A second person has looked at it."""

    code = "already_reviewed"
    status = 409
    es = "Ya fue revisado."
    en = "It was reviewed before."


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One that was opened, as its events tell it."""

    id: UUID
    referral: UUID
    case: UUID
    agency: Agency
    shelter: str
    basis: OverrideBasis
    opened_by: str
    """The actor, with whose label no other may review it."""
    opened_for: str
    until: datetime
    review_by: datetime
    verdict: ReviewVerdict | None = None
    escalated: bool = False


def permitted(basis: OverrideBasis, *, child: bool, refused: bool, withheld: bool) -> bool:
    """Whether a ground holds. ``refused``: by somebody who may decide; ``withheld``: the person excluded the agency.

    A capable adult's no is respected in any danger; a child's or a guardian's does not leave the child in it.
    """
    if withheld:
        return False
    match basis:
        case OverrideBasis.IMMINENT_DANGER_TO_LIFE:
            return child or not refused
        case OverrideBasis.CHILD_BEST_INTERESTS:
            return child
        case OverrideBasis.CANNOT_CONSENT:
            return not refused


def check_reading(access: Access, by: Principal, now: datetime) -> None:
    """Whether this person may read by it now.

    Raises:
        AccessOverError: its time is over, or it was found not justified.
    """
    if access.opened_by != by.actor or now >= access.until or access.verdict is ReviewVerdict.NOT_JUSTIFIED:
        raise AccessOverError


def check_review(access: Access, by: Principal) -> None:
    """Whether this person may say what they find of it.

    Raises:
        OwnAccessError: it is their own.
        AlreadyReviewedError: somebody has said so.
    """
    if access.opened_by.split(":", 2)[2] == by.label:
        raise OwnAccessError
    if access.verdict is not None:
        raise AlreadyReviewedError


def unreviewed(access: Access, now: datetime) -> BreakGlassUnreviewed | None:
    """What the clock tells when nobody looked at it in time. Once."""
    if access.verdict is not None or access.escalated or now < access.review_by:
        return None
    return BreakGlassUnreviewed(
        referral=access.referral, agency=access.agency, shelter=access.shelter, review_by=access.review_by
    )


def fold(history: Sequence[Recorded[Event]]) -> Access | None:
    """An access from its whole history; ``None`` when there is none."""
    access: Access | None = None
    for fact in history:
        event = fact.event
        if isinstance(event, BreakGlassOpened):
            assert fact.case is not None  # noqa: S101 - it is always of a case
            access = Access(
                id=fact.stream,
                referral=event.referral,
                case=fact.case,
                agency=event.agency,
                shelter=event.shelter,
                basis=event.basis,
                opened_by=fact.actor,
                opened_for=event.opened_for,
                until=event.until,
                review_by=event.review_by,
            )
        elif access is not None and isinstance(event, BreakGlassReviewed):
            access = replace(access, verdict=event.verdict)
        elif access is not None and isinstance(event, BreakGlassUnreviewed):
            access = replace(access, escalated=True)
    return access
