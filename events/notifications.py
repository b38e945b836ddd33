"""Facts that the notification service publishes. It holds no key: it cannot know more than they say."""

from typing import ClassVar
from uuid import UUID

from events.contract import Event
from events.vocabulary import Agency, Urgency


class AlertRaised(Event):
    """A duty desk has a pending referral. The alert says the urgency and a short code, nothing else."""

    NAME: ClassVar[str] = "notifications.alert_raised"

    referral: UUID
    agency: Agency
    urgency: Urgency
    code: str


class AlertAnswered(Event):
    """Somebody at the desk acted on the referral: nothing more is sent about it."""

    NAME: ClassVar[str] = "notifications.alert_answered"

    referral: UUID
    agency: Agency
