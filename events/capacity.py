"""Facts about capacity, as a shelter or a duty desk reports it, each with an expiry.

They are the referral service's, shelters' too: whoever refers reads both in one place, in one order.
"""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from events.contract import Event
from events.vocabulary import Agency, Capacity


class ShelterCapacitySet(Event):
    """A shelter said whether it has room. After ``expires_at`` nobody knows any more."""

    NAME: ClassVar[str] = "referral.shelter_capacity_set"

    shelter: str
    capacity: Capacity
    beds: int | None = Field(default=None, ge=0, le=10_000)
    """Free beds, if the shelter counts them."""
    expires_at: datetime


class DeskCapacitySet(Event):
    """An agency said whether one of its desks has room. After ``expires_at`` nobody knows any more."""

    NAME: ClassVar[str] = "referral.desk_capacity_set"

    agency: Agency
    desk: str
    capacity: Capacity
    expires_at: datetime
