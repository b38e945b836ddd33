"""What a person wished for, sealed: from a stolen copy nobody learns who wanted contact with which authority."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from events.authorities import RestrictedContactRequested
from events.sealed import Box
from events.vocabulary import BoxClass, ConsentPurpose, RestrictedRecipient
from services.chassis.vault.sealing import Place, open_box, seal

FIELD = "wish"


class Wish(NamedTuple):
    """With which authority, and for what."""

    recipient: RestrictedRecipient
    purpose: ConsentPurpose


def sealed_wish(wish: Wish, contact: UUID, key_id: UUID, key: bytes) -> Box:
    """The box for the first event of the contact's stream, with the key of the person's answers."""
    content = {"recipient": wish.recipient.value, "purpose": wish.purpose.value}
    return seal(content, key_id=key_id, key=key, kind=BoxClass.SCREENING, place=_place(contact))


def opened_wish(box: Box, contact: UUID, keys: Mapping[UUID, bytes]) -> Wish | None:
    """The wish; ``None``: the person was erased."""
    content = open_box(box, _place(contact), keys)
    return (
        None if content is None else Wish(RestrictedRecipient(content["recipient"]), ConsentPurpose(content["purpose"]))
    )


def clear_wish(event: RestrictedContactRequested) -> Wish | None:
    """What was recorded before wishes were sealed."""
    if event.clear_recipient is None or event.clear_purpose is None:
        return None
    return Wish(event.clear_recipient, event.clear_purpose)


def _place(contact: UUID) -> Place:
    return Place(contact, 1, RestrictedContactRequested.NAME, FIELD)
