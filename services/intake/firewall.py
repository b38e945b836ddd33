"""The only way to an authority: the person's written wish, and two members of staff. Decided here, without doing."""

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
from events.vocabulary import CaseKind, ConsentPurpose, RestrictedRecipient
from services.chassis.access import Principal
from services.chassis.errors import ServiceError
from services.intake.wordings import Wording

LAPSES_AFTER = timedelta(hours=24)


class NoPersonError(ServiceError):
    """The case is of an incident: there is nobody who could wish for it."""

    code = "no_person"
    status = 409
    es = "El caso no es de una persona: nadie puede haberlo pedido."
    en = "The case is not of a person: nobody can have asked for it."


class RecipientWithheldError(ServiceError):
    """The person excluded this authority. Their last word counts."""

    code = "recipient_withheld"
    status = 409
    es = "La persona excluyó a este destinatario. Si cambió de opinión, corrija primero las respuestas."
    en = "The person excluded this recipient. If they changed their mind, amend the answers first."


class SamePersonError(ServiceError):
    """Whoever asked cannot authorise, in whatever role."""

    code = "same_person"
    status = 409
    es = "Debe autorizarlo otra persona, no quien lo registró."
    en = "Another person must authorise it, not whoever recorded it."


class ContactLapsedError(ServiceError):
    """Nobody authorised it in time. The person is asked again."""

    code = "restricted_contact_lapsed"
    status = 409
    es = "Pasaron más de 24 horas sin autorización. Vuelva a preguntar a la persona y regístrelo de nuevo."
    en = "More than 24 hours passed without authorisation. Ask the person again and record it anew."


class AlreadyAuthorisedError(ServiceError):
    """It was authorised before."""

    code = "already_authorised"
    status = 409
    es = "Ya estaba autorizado."
    en = "It was already authorised."


class WishWithdrawnError(ServiceError):
    """The person changed their mind."""

    code = "wish_withdrawn"
    status = 409
    es = "La persona se arrepintió: nadie debe hacer ese contacto."
    en = "The person changed their mind: nobody may make that contact."


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedContact:
    """A wish that was recorded, as its events tell it."""

    case: UUID
    shelter: str
    recipient: RestrictedRecipient
    purpose: ConsentPurpose
    requested_by: str
    requested_at: datetime
    authorised: bool = False
    withdrawn: bool = False


def evolve(contact: RestrictedContact | None, fact: Recorded[Event]) -> RestrictedContact:
    """What it is after one more fact."""
    event = fact.event
    if isinstance(event, RestrictedContactRequested):
        assert fact.case is not None  # noqa: S101 - a wish is always of a case
        return RestrictedContact(
            case=fact.case,
            shelter=event.shelter,
            recipient=event.recipient,
            purpose=event.purpose,
            requested_by=event.requested_by,
            requested_at=fact.recorded_at,
        )
    assert contact is not None  # noqa: S101 - every stream begins with a wish
    if isinstance(event, RestrictedContactWithdrawn):
        return replace(contact, withdrawn=True)
    return replace(contact, authorised=True)


def fold(history: Sequence[Recorded[Event]]) -> RestrictedContact | None:
    """From its whole history; ``None`` when there is none."""
    contact: RestrictedContact | None = None
    for fact in history:
        contact = evolve(contact, fact)
    return contact


def request(
    *,
    kind: CaseKind,
    withheld: Collection[str],
    shelter: str,
    recipient: RestrictedRecipient,
    purpose: ConsentPurpose,
    wording: Wording,
    by: Principal,
) -> RestrictedContactRequested:
    """Records the wish.

    Raises:
        NoPersonError: the case is of an incident.
        RecipientWithheldError: the person excluded this authority.
    """
    _may_be_wished_for(kind, withheld, recipient)
    return RestrictedContactRequested(
        shelter=shelter,
        recipient=recipient,
        purpose=purpose,
        wording_version=wording.version,
        wording_sha256=wording.sha256,
        requested_by=by.label,
    )


def authorise(
    contact: RestrictedContact, *, kind: CaseKind, withheld: Collection[str], by: Principal, at: datetime
) -> RestrictedContactAuthorised:
    """A second person lets a human make the contact.

    Raises:
        WishWithdrawnError: the person changed their mind.
        AlreadyAuthorisedError: somebody did before.
        SamePersonError: it is whoever recorded the wish.
        ContactLapsedError: 24 hours are over.
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
    _may_be_wished_for(kind, withheld, contact.recipient)
    return RestrictedContactAuthorised(
        shelter=contact.shelter,
        recipient=contact.recipient,
        purpose=contact.purpose,
        requested_by=contact.requested_by,
        authorised_by=by.label,
        authorised_as=by.role,
    )


def withdraw(contact: RestrictedContact, by: Principal) -> RestrictedContactWithdrawn:
    """The person takes their wish back, at any time, whether or not it was authorised.

    Raises:
        WishWithdrawnError: they did before.
    """
    if contact.withdrawn:
        raise WishWithdrawnError
    return RestrictedContactWithdrawn(shelter=contact.shelter, recipient=contact.recipient, recorded_by=by.label)


def same_person(one: str, other: str) -> bool:
    """Whether two labels are one person's, however they were typed."""
    return _read(one) == _read(other)


def _read(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _may_be_wished_for(kind: CaseKind, withheld: Collection[str], recipient: RestrictedRecipient) -> None:
    if kind is not CaseKind.PERSON:
        raise NoPersonError
    if recipient in withheld:
        raise RecipientWithheldError
