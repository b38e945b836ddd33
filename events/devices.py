"""Facts that intake publishes about a shelter's telephones: which may hand in records, and until when.

They hold ids and public keys; nothing about people, and no telephone's number, maker or name.
"""

from typing import ClassVar

from events.contract import Event


class DeviceEnrolled(Event):
    """A shelter's telephone may hand in records under its own signature. It may do nothing else."""

    NAME: ClassVar[str] = "intake.device_enrolled"

    shelter: str
    device: str
    """Its code, such as ``tel-4821``: what is written on the telephone, and what its submissions name."""
    public_key: str
    """The public key that its signatures are checked with (P-256, SEC 1 uncompressed, base64url)."""
    admitted_by: str
    """The label of the coordinator who gave out the code, never a name."""


class DeviceRevoked(Event):
    """The telephone may hand in nothing any more: it was lost, stolen or given away."""

    NAME: ClassVar[str] = "intake.device_revoked"

    shelter: str
    device: str
