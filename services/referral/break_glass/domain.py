"""Break-glass (*acceso excepcional*, domain.md §5, §7.4): exceptional access to sealed data without consent.

Pure: takes an access and the principal; returns, or refuses by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event, Recorded
from events.vocabulary import Agency, OverrideBasis, ReviewVerdict
from services.chassis.authorization.policy import Principal
from services.chassis.errors import ServiceError

ACCESS_DURATION = timedelta(hours=4)
REVIEW_DURATION = timedelta(hours=24)
"""domain.md §7.4: four hours to read, a day until a second person must have reviewed it."""


class AccessOverError(ServiceError):
    """The access ended after four hours, or a second person found it not justified."""

    code = "access_over"
    status = 410


class TooManyAccessesError(ServiceError):
    """The person opened as many accesses as the policy lets one person open; the coordinator has been told."""

    code = "too_many_accesses"
    status = 429


class OwnAccessError(ServiceError):
    """Nobody may review an access that they opened themselves, in whatever role."""

    code = "same_person"
    status = 409


class AlreadyReviewedError(ServiceError):
    """A second person has reviewed the access already."""

    code = "already_reviewed"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access that was opened, folded from its events."""

    id: UUID
    referral: UUID
    case: UUID
    agency: Agency
    shelter: str
    basis: OverrideBasis
    opened_by: str
    """The actor, whose label is the code of an account, or a token's; the same label may not review it."""
    opened_for: str
    until: datetime
    review_by: datetime
    verdict: ReviewVerdict | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """What the caller wants to open, and why. ``release``: send what waits for consent, too."""

    referral: UUID
    command: UUID
    basis: OverrideBasis
    justification: str
    release: bool = False


def check_reading(access: Access, by: Principal, now: datetime) -> None:
    """Checks that the principal may read by the access now.

    Raises:
        AccessOverError: it ended, or was found not justified.
    """
    if not is_open_to(access, by, now):
        raise AccessOverError


def is_open_to(access: Access, by: Principal, now: datetime) -> bool:
    """Whether the principal opened it, it has not ended, and nobody found it not justified."""
    return access.opened_by == by.actor and now < access.until and access.verdict is not ReviewVerdict.NOT_JUSTIFIED


def check_review(access: Access, by: Principal) -> None:
    """Checks that the principal may review the access.

    Raises:
        OwnAccessError: the principal opened it.
        AlreadyReviewedError: it was reviewed before.
    """
    if _opened(access, by):
        raise OwnAccessError
    if access.verdict is not None:
        raise AlreadyReviewedError


def may_be_reviewed_by(access: Access, by: Principal) -> bool:
    """Whether nobody has reviewed it yet, and somebody other than the principal opened it."""
    return access.verdict is None and not _opened(access, by)


def _opened(access: Access, by: Principal) -> bool:
    return access.opened_by.split(":", 2)[2].strip().casefold() == by.label.strip().casefold()


def review_overdue(access: Access, now: datetime) -> BreakGlassUnreviewed | None:
    """The event that nobody reviewed the access in time; ``None`` if it is not due, or recorded already."""
    if access.verdict is not None or access.escalated or now < access.review_by:
        return None
    return BreakGlassUnreviewed(
        referral=access.referral, agency=access.agency, shelter=access.shelter, review_by=access.review_by
    )


def fold(history: Sequence[Recorded[Event]]) -> Access | None:
    """An access from its whole history; ``None`` if the history is empty."""
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
