"""Contacts of the staff: who is notified, by which channels. Addresses are in no event, log or error. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from events.vocabulary import Duty
from services.chassis.clock import MEXICO
from services.chassis.errors import ServiceError

ABOVE_ALL = frozenset({Duty.COORDINATOR, Duty.STEERING, Duty.OPERATOR})
"""Duties whose contacts are notified about every agency, whichever agency lists them."""
OF_A_SHELTER = frozenset({Duty.SHELTER, Duty.SHELTER_COORDINATOR})
"""Duties of a shelter's contacts, and of no agency's."""
OF_NO_CONTACT = frozenset({Duty.FALLBACK, Duty.REPRESENTATIVE})
"""Duties that a desk of an agency has as a whole."""

Place = tuple[str | int, ...]
"""A place in the file of contacts: its keys and list positions."""


class ContactFaultsError(ValueError):
    """The contacts cannot be used: each fault as its place and what is wrong. Addresses are never repeated."""

    def __init__(self, faults: list[tuple[Place, str]]) -> None:
        super().__init__("; ".join(f"{'/'.join(map(str, place))}: {fault}" for place, fault in faults))
        self.faults = faults


class NoContactError(ServiceError):
    """There is no contact in the person's name: they are notified by their desk's mailboxes only."""

    code = "no_contact"
    status = 409


class Way(NamedTuple):
    """One channel and the address on it."""

    channel: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A mailbox of a desk, or a person of the directory."""

    code: str
    """Opaque: the only part of a contact that an event names."""
    agency: str | None
    """``*``: above all agencies. A shelter's code: its contact. ``None``: a person, who is in the directory."""
    desk: str | None = None
    """The desk whose mailbox it is; ``None``: the whole agency's."""
    duty: Duty | None = None
    """``None``: a person, whose duties are in the directory."""
    ways: tuple[Way, ...]
    """In the contact's own order of preference."""
    timezone: str = MEXICO.key
    quiet: tuple[int, int] | None = None
    """Quiet hours, from and to, in minutes of the contact's day."""
    language: str = "es"
    disabled: bool = False
