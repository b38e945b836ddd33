"""Where the readings of a referral's sealed content are recorded."""

from uuid import UUID

from services.chassis.ids import uuid5

DISCLOSURE = "disclosure"
"""The box of what an agency was told, as a reading names it."""


def readings_stream(referral: UUID) -> UUID:
    """The stream of the readings of a referral's sealed content; apart from its own, since reading is no step."""
    return uuid5(referral, "readings")
