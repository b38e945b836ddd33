"""Facts that intake publishes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.consent import ConsentReceipt
from events.contract import Event
from events.sealed import Box
from events.vocabulary import CaseKind


class CaseOpened(Event):
    """A shelter has flagged a case. What it says about the person is sealed; what is clear names nobody.

    ``identity`` holds name, document, telephone and notes, if any were given; ``screening`` the coded
    answers. ``fingerprint`` tells the same submission sent again from another with the same id, and
    means nothing once the person's keys are destroyed.
    """

    NAME: ClassVar[str] = "intake.case_opened"

    submission: UUID
    kind: CaseKind
    shelter: str
    worker: str
    device: str | None = None
    device_sequence: int | None = None
    sent_at: datetime | None = None
    skew_seconds: int | None = None
    """Server time minus the device's when it sent; ``None`` when the device did not say."""
    skew_flagged: bool = False
    """The device's clock is off by more than five minutes: read its times with care."""
    subject: UUID
    """Whose keys the boxes are sealed with."""
    identity: Box | None = None
    screening: Box
    consents: tuple[ConsentReceipt, ...] = ()
    fingerprint: str
