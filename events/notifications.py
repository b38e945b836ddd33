"""Facts that the notification service publishes. It holds no key: it cannot know more than they say."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import Agency, AlertAbout, Duty, Urgency


class AlertRaised(Event):
    """A duty desk has a pending referral. The alert says the urgency and a short code, nothing else.

    Raised again it is for the people of a rung (``duties``), or because the referral became more urgent.
    """

    NAME: ClassVar[str] = "notifications.alert_raised"

    referral: UUID
    agency: Agency
    urgency: Urgency
    code: str
    duties: tuple[Duty, ...] = (Duty.DESK,)
    """Whose contacts are told, at this agency or above all of them."""
    escalation: UUID | None = None
    """The fact that a rung was climbed, if that is why."""
    asked: bool = False
    """The agency is not the referral's: it is asked in that one's stead and sees nothing of it."""
    about: AlertAbout = AlertAbout.REFERRAL
    """Of a silence ``referral`` is the stream that tells it, and ``agency`` the desk's, or the programme's lead."""


class AlertAnswered(Event):
    """Somebody at the desk acted on the referral: nothing more is sent about it."""

    NAME: ClassVar[str] = "notifications.alert_answered"

    referral: UUID
    agency: Agency


class AlertDelivered(Event):
    """A channel took the alert. ``contact`` is an opaque code of the directory, never an address."""

    NAME: ClassVar[str] = "notifications.alert_delivered"

    referral: UUID
    agency: Agency
    channel: str
    contact: str
    attempt: int


class AlertNotDelivered(Event):
    """A channel did not take the alert; it is tried again at ``retry_at`` unless somebody has answered."""

    NAME: ClassVar[str] = "notifications.alert_not_delivered"

    referral: UUID
    agency: Agency
    channel: str
    contact: str
    attempt: int
    failure: str
    """The kind of failure, never the channel's own words: they may quote an address."""
    retry_at: datetime | None = None
