"""One delivery taken from the queue: an alert, or a notice of a shift handover, to one contact. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from events.vocabulary import Agency, AlertAbout, Urgency
from services.chassis.ids import uuid5
from services.notifications.alerts.domain import desk_alert
from services.notifications.contacts.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class Due:
    """A leased delivery: no other process sends it until the lease expires."""

    alert: UUID
    referral: UUID
    case: UUID | None
    agency: Agency
    urgency: Urgency
    code: str
    channel: str
    contact: str
    target: str
    """The contact's address on the channel."""
    attempts: int
    escalation: UUID | None = None
    about: AlertAbout = AlertAbout.REFERRAL
    caravan: bool = False
    way: int = 1
    """Which of the contact's channels, in the contact's order, from 1."""
    bundle: UUID | None = None
    """The grouped message that it was assigned to by an earlier attempt."""
    raised_at: datetime | None = None
    language: str = "es"
    quiet: QuietHours | None = None
    notice: str | None = None
    """Shift handover: ``given`` or ``taken``; ``test`` of a channel; ``None``: an alert."""
    number: int = 0
    """Shift handover: open referrals."""
    last_messages: tuple[datetime, ...] = ()
    """When the contact was last sent messages, at most eight, in any order."""

    @property
    def message_id(self) -> str:
        """Equal for every attempt, new once the alert is more urgent or escalated; reveals nothing."""
        what = f"{self.contact} {self.urgency}" + (f" {self.escalation}" if self.escalation else "")
        return f"<{uuid5(self.alert, what)}@canaliza.invalid>"

    @property
    def opens_referral(self) -> bool:
        """Whether its agency may open the referral: only its own, if that is pending or has changed."""
        return self.about in {AlertAbout.REFERRAL, AlertAbout.CHANGE} and self.alert == desk_alert(
            self.referral, self.about
        )


def by_message(leased: Iterable[Due]) -> list[Sequence[Due]]:
    """Groups deliveries that could share one message: same contact, same channel, same earlier bundle or none."""

    def key(one: Due) -> tuple[str, int, str]:
        return one.contact, one.way, str(one.bundle or "")

    return [list(group) for _, group in groupby(sorted(leased, key=key), key)]
