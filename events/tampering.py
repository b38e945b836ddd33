"""Facts that audit publishes about logs that are not, or are again, as they were sealed."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.contract import Event
from events.vocabulary import Tampering

SealedLog = Literal["intake", "referral", "notifications", "audit"]
LeafHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0123456789abcdef" * 4])]
"""RFC 6962 leaf hash, hexadecimal."""


class TamperingFound(Event):
    """A log is not as it was sealed: somebody with the database's own rights has altered it."""

    NAME: ClassVar[str] = "audit.tampering_found"

    log: SealedLog
    position: int
    last: int
    """The last position that it is about; the same as ``position`` if it is one event."""
    kind: Tampering
    of_stream: UUID | None = None
    """The stream of what is there now."""
    other: int | None = None
    """The position that the event was exchanged with, or at which it was sealed."""
    found_leaf: LeafHash | None = None
    """The leaf hash of what is there now; ``None``: nothing is."""
    sealed_leaf: LeafHash | None = None
    """The leaf hash that was sealed; ``None``: nothing was."""


class TamperingEnded(Event):
    """What had been altered is there again as it was sealed."""

    NAME: ClassVar[str] = "audit.tampering_ended"

    log: SealedLog
    position: int
    last: int
    kind: Tampering
