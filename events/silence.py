"""Facts that the referral service publishes about silence: a desk or a shelter that has gone quiet, and caravan mode.

None of them is about a case: they say which desk or shelter, since when and by which threshold, and nothing else.
"""

from datetime import datetime
from typing import ClassVar

from events.contract import Event
from events.vocabulary import Agency, CaravanEnd, CaravanReason, SilenceMeasure, Urgency


class DeskFellSilent(Event):
    """A duty desk has gone quiet: what was sent to it waits, and nobody there has done anything for too long."""

    NAME: ClassVar[str] = "referral.desk_fell_silent"

    desk: str
    agency: Agency
    since: datetime
    """When it was last heard, or, if what waits was sent after that, when the first of it was sent."""
    measure: SilenceMeasure
    """By which threshold."""
    urgency: Urgency | None = None
    """Of the most urgent referral that waits there, if one does."""
    policy: str
    """The version of the thresholds."""
    caravan: bool = False
    """Whether those of caravan mode were in force."""
    last_heard: datetime | None = None
    """The last sign of life: any later one ends the silence. ``None``: there was none yet."""


class DeskHeardAgain(Event):
    """Somebody at a silent desk acted: the first sign of life ends the silence."""

    NAME: ClassVar[str] = "referral.desk_heard_again"

    desk: str
    agency: Agency
    since: datetime
    """As the silence said."""
    heard_at: datetime


class ShelterFellSilent(Event):
    """Nothing came from a shelter for too long in its open season: no submission, no heartbeat of its outbox."""

    NAME: ClassVar[str] = "referral.shelter_fell_silent"

    shelter: str
    since: datetime
    """When it was last heard."""
    policy: str
    caravan: bool = False
    last_heard: datetime | None = None


class ShelterHeardAgain(Event):
    """A silent shelter gave a sign of life."""

    NAME: ClassVar[str] = "referral.shelter_heard_again"

    shelter: str
    since: datetime
    heard_at: datetime


class CaravanBegan(Event):
    """A coordinator turned caravan mode on, for states or shelters, with a reason and until a moment.

    From here on alerts of these shelters may be grouped, families are kept together at one desk, and the second set
    of thresholds and ladders is in force for all but U0.
    """

    NAME: ClassVar[str] = "referral.caravan_began"

    states: tuple[str, ...]
    shelters: tuple[str, ...]
    """Every shelter that it covers, those of the states too: what a follower needs to know."""
    reason: CaravanReason
    until: datetime
    ladders: str
    silence: str
    """The versions of what is in force meanwhile."""


class CaravanEnded(Event):
    """Caravan mode is off again: turned off, or its time was over."""

    NAME: ClassVar[str] = "referral.caravan_ended"

    states: tuple[str, ...]
    shelters: tuple[str, ...]
    how: CaravanEnd
