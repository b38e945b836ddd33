"""A desk does not act in time."""

from datetime import datetime
from typing import ClassVar

from events.referral.fact import ReferralFact
from events.vocabulary import Agency, Duty, ReferralClock, ReferralState, Urgency


class ReferralExpired(ReferralFact):
    """The desk did not decide in time. It may still take the referral until it is rerouted; others are told of it."""

    NAME: ClassVar[str] = "referral.expired"
    STATE: ClassVar[ReferralState | None] = ReferralState.EXPIRED

    deadline: datetime
    """As it was set; a question may have moved it since."""


class ReferralEscalated(ReferralFact):
    """Nobody did in time what a clock waits for: one rung of its ladder was climbed, and ``whom`` it names is told.

    An agency that is ``asked`` in the desk's stead learns an urgency and a code, nothing else.
    """

    NAME: ClassVar[str] = "referral.escalated"

    urgency: Urgency
    clock: ReferralClock
    rung: str
    whom: tuple[Duty, ...]
    deadline: datetime
    """What the ladder was climbed for, as it was set: with other deadlines the climbing begins anew."""
    asked: Agency | None = None
