"""Sealed data of a referral is read."""

from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import Agency, OverrideBasis, ReadPurpose


class DisclosureRead(Event):
    """Somebody was handed sealed data of a referral: who is the envelope's actor, what is the box of its cause.

    It is recorded before the content is handed over, in a stream of its own: to read is no step of a referral.
    """

    NAME: ClassVar[str] = "referral.disclosure_read"

    referral: UUID
    agency: Agency
    shelter: str
    reader: str
    """The shelter or the agency that read; ``*`` is the programme's coordination."""
    purpose: ReadPurpose
    fields: tuple[str, ...]
    """The boxes that were read: the disclosure, or the kinds of text. Never which answers a disclosure holds, because
    that tells of the person; older facts name them."""
    override: OverrideBasis | None = None
    """The ground of a break-glass access, if it was read by one."""
    access: UUID | None = None
    """That access."""
