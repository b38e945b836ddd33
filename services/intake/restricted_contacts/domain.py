"""Contact with an authority needs the person's written wish and two members of staff. Pure decisions."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from events.authorities import (
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event, Recorded
from events.sealed import Box
from events.vocabulary import CaseKind, RestrictedRecipient
from services.chassis.authorization.policy import Principal
from services.chassis.errors import ServiceError
from services.intake.cases.errors import NoPersonError
from services.intake.restricted_contacts.wishes import Wish, clear_wish
from services.intake.wordings import Wording

LAPSES_AFTER = timedelta(hours=24)


class RecipientWithheldError(ServiceError):
    """The person excluded this authority in their current answers."""

    code = "recipient_withheld"
    status = 409


class SamePersonError(ServiceError):
    """The person who recorded the wish cannot authorise it, in any role."""

    code = "same_person"
    status = 409


class ContactLapsedError(ServiceError):
    """Nobody authorised the wish within 24 hours; staff must ask the person again."""

    code = "restricted_contact_lapsed"
    status = 409


class AlreadyAuthorisedError(ServiceError):
    """The wish is already authorised."""

    code = "already_authorised"
    status = 409


class WishWithdrawnError(ServiceError):
    """The person withdrew the wish."""

    code = "wish_withdrawn"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedContact:
    """The state of a recorded wish."""

    case: UUID
    shelter: str
    requested_by: str
    requested_at: datetime
    authorised: bool = False
    withdrawn: bool = False
    sealed: Box | None = None
    """What the person wished for."""
    clear: Wish | None = None
    """The same, of before wishes were sealed."""


def evolve(contact: RestrictedContact | None, fact: Recorded[Event]) -> RestrictedContact:
    """The state after one more event."""
    event = fact.event
    if isinstance(event, RestrictedContactRequested):
        assert fact.case is not None  # noqa: S101 - a wish is always of a case
        return RestrictedContact(
            case=fact.case,
            shelter=event.shelter,
            requested_by=event.requested_by,
            requested_at=fact.recorded_at,
            sealed=event.wish,
            clear=clear_wish(event),
        )
    assert contact is not None  # noqa: S101 - every stream begins with a wish
    if isinstance(event, RestrictedContactWithdrawn):
        return replace(contact, withdrawn=True)
    return replace(contact, authorised=True)


def fold(history: Sequence[Recorded[Event]]) -> RestrictedContact | None:
    """The state after a whole history; ``None`` if the history is empty."""
    contact: RestrictedContact | None = None
    for fact in history:
        contact = evolve(contact, fact)
    return contact


def request(
    *,
    kind: CaseKind,
    withheld: Collection[str],
    shelter: str,
    wish: Wish,
    sealed: Box,
    wording: Wording,
    by: Principal,
) -> RestrictedContactRequested:
    """Records the wish, which ``sealed`` holds.

    Raises:
        NoPersonError: the case is an incident without a person.
        RecipientWithheldError: the person excluded this authority.
    """
    _require_allowed_recipient(kind, withheld, wish.recipient)
    return RestrictedContactRequested(
        shelter=shelter,
        wish=sealed,
        wording_version=wording.version,
        wording_sha256=wording.sha256,
        requested_by=by.label,
    )


def authorise(
    contact: RestrictedContact, *, wish: Wish, kind: CaseKind, withheld: Collection[str], by: Principal, at: datetime
) -> RestrictedContactAuthorised:
    """Authorises a wish, opened, as the second member of staff.

    Raises:
        WishWithdrawnError: the person withdrew the wish.
        AlreadyAuthorisedError: it is already authorised.
        SamePersonError: ``by`` recorded the wish.
        ContactLapsedError: more than 24 hours passed since it was recorded.
        RecipientWithheldError: the person has excluded this authority since.
    """
    if contact.withdrawn:
        raise WishWithdrawnError
    if contact.authorised:
        raise AlreadyAuthorisedError
    if same_person(contact.requested_by, by.label):
        raise SamePersonError
    if at > contact.requested_at + LAPSES_AFTER:
        raise ContactLapsedError
    _require_allowed_recipient(kind, withheld, wish.recipient)
    return RestrictedContactAuthorised(
        shelter=contact.shelter,
        requested_by=contact.requested_by,
        authorised_by=by.label,
        authorised_as=by.role,
    )


def withdraw(contact: RestrictedContact, by: Principal) -> RestrictedContactWithdrawn:
    """Withdraws the wish, at any time, authorised or not.

    Raises:
        WishWithdrawnError: it is already withdrawn.
    """
    if contact.withdrawn:
        raise WishWithdrawnError
    return RestrictedContactWithdrawn(shelter=contact.shelter, recorded_by=by.label)


def same_person(one: str, other: str) -> bool:
    """Whether two staff labels are equal, apart from case, accents and punctuation."""
    return _normalised(one) == _normalised(other)


def _normalised(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _require_allowed_recipient(kind: CaseKind, withheld: Collection[str], recipient: RestrictedRecipient) -> None:
    if kind is not CaseKind.PERSON:
        raise NoPersonError
    if recipient in withheld:
        raise RecipientWithheldError
