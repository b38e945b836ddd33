"""Facts that the notification service publishes. It holds no key: it cannot know more than they say."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from events.contract import Event, Value
from events.vocabulary import Agency, AlertAbout, Duty, ReferralState, Urgency


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
    desk: str | None = None
    """Which of the agency's desks, by its code in the directory; unknown of what was alerted before there was one."""
    unreached: bool = False
    """Nobody told so far could be reached by any channel: the next are told without waiting for the ladder."""
    formerly: str | None = None
    """Another desk of the agency that is alerted too, because it had the referral before."""
    shelter: str | None = None
    """The shelter that is alerted instead of the agency's desk, which learns nothing of it."""
    caravan: bool = False
    """The referral was sent in caravan mode: messages are grouped sooner and for longer, but never a U0."""
    not_before: datetime | None = None
    """No message leaves before this moment, so that several changes make one message; ``None``: at once."""
    not_by: str | None = None
    """The channel that fails, if that is what the alert is about: it is sent by the others."""


class AlertAnswered(Event):
    """Somebody acted on what the alert is about, or has read it: nothing more is sent about it."""

    NAME: ClassVar[str] = "notifications.alert_answered"

    referral: UUID
    agency: Agency
    shelter: str | None = None
    """The shelter that was alerted instead of the agency's desk."""
    of_desk: bool = True
    """Whether the agency's own staff knew of the alert."""


class AlertDeferred(Event):
    """It is the contact's quiet hours: unless somebody answers before, they are told at their end."""

    NAME: ClassVar[str] = "notifications.alert_deferred"

    referral: UUID
    agency: Agency
    contact: str
    until: datetime


class AlertDelivered(Event):
    """A channel took the alert. ``contact`` is an opaque code of the directory, never an address."""

    NAME: ClassVar[str] = "notifications.alert_delivered"

    referral: UUID
    agency: Agency
    channel: str
    contact: str
    attempt: int
    way: int = 1
    """Which of the contact's channels, in the contact's own order."""
    together: int = 1
    """How many alerts the one message told of."""
    message: UUID | None = None
    """The same for all that were told by one message. ``None`` in a time when each was told by its own."""


class AlertNotDelivered(Event):
    """A channel did not take the alert; unless somebody has answered, the contact's next is tried, at ``retry_at``."""

    NAME: ClassVar[str] = "notifications.alert_not_delivered"

    referral: UUID
    agency: Agency
    channel: str
    contact: str
    attempt: int
    failure: str
    """The kind of failure, never the channel's own words: they may quote an address."""
    retry_at: datetime | None = None
    way: int = 1
    next_way: int = 1
    """The channel that is tried next: the first again when all of the contact's have failed."""


class ContactsChanged(Event):
    """Contacts of the staff changed. Says which, by their opaque codes, never how they are reached."""

    NAME: ClassVar[str] = "notifications.contacts_changed"

    change: Literal["imported", "disabled", "enabled", "quiet_hours"]
    contacts: tuple[str, ...]
    """Of an import those that are new, gone or other than before; of quiet hours the person whose they are."""


class ChannelTested(Event):
    """Somebody asked for a message to themselves by one of their channels, to see whether it reaches them.

    What became of it is told as of an alert: delivered or not, in the same stream.
    """

    NAME: ClassVar[str] = "notifications.channel_tested"

    contact: str
    channel: str


class WebhookChanged(Event):
    """An organisation's webhook was made, deleted, replayed or disabled. Neither its address nor its secret is said."""

    NAME: ClassVar[str] = "notifications.webhook_changed"

    org: str
    change: Literal["created", "deleted", "replayed", "disabled"]
    reason: Literal["gone", "failing_for_days"] | None = None


class OpenReferral(Value):
    """One referral that a desk still has to do with: what an alert says of it, and where it is."""

    code: str
    urgency: Urgency
    state: ReferralState


class DeskHandedOver(Event):
    """A shift ended: the desk was handed over with what is open. From then on whoever took it is called first."""

    NAME: ClassVar[str] = "notifications.desk_handed_over"

    agency: Agency
    desk: str
    given_by: str
    """A code of the directory, as is ``taken_by``."""
    taken_by: str
    on_call: tuple[str, ...]
    """Who is called, in order, from now on."""
    open: tuple[OpenReferral, ...]
    number: int
    """How many are open, also where they are more than are named."""
