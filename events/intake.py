"""Facts that intake publishes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.consent import ConsentReceipt
from events.contract import Event, Value
from events.sealed import Box
from events.vocabulary import Agency, CaseKind


class Fault(Value):
    """One fault of a submission: where, and its code. Never what was there."""

    field: str
    code: str


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
    late_seconds: int = 0
    """How long after it happened it was recorded, if that was more than a day: an offline batch, or paper."""
    skew_flagged: bool = False
    """The device's clock is off by more than five minutes: read its times with care."""
    subject: UUID
    """Whose keys the boxes are sealed with."""
    identity: Box | None = None
    screening: Box
    consents: tuple[ConsentReceipt, ...] = ()
    fingerprint: str


class AnswersAmended(Event):
    """The shelter corrected or completed the answers. The earlier ones stay in the history."""

    NAME: ClassVar[str] = "intake.answers_amended"

    shelter: str
    worker: str
    identity: Box | None = None
    screening: Box
    fingerprint: str


class ConsentRecorded(Event):
    """The person decided about one recipient after the case was opened."""

    NAME: ClassVar[str] = "intake.consent_recorded"

    shelter: str
    consent: ConsentReceipt


class ConsentWithdrawn(Event):
    """The person took a consent back. Whoever was told must delete it, and says so within 72 hours."""

    NAME: ClassVar[str] = "intake.consent_withdrawn"

    shelter: str
    receipt: UUID
    recipient: Agency


class SubmissionRefused(Event):
    """What a shelter sent was not valid, or in conflict with what is stored. It is kept, sealed."""

    NAME: ClassVar[str] = "intake.submission_refused"

    org: str
    code: str
    faults: tuple[Fault, ...]
    subject: UUID
    document: Box


class ShelterHeard(Event):
    """A shelter's outbox gave a sign of life, though nothing new was flagged. At most one is recorded in a while."""

    NAME: ClassVar[str] = "intake.shelter_heard"

    shelter: str
    device: str | None = None
    waiting: int
    """Records on the device that could not be sent yet."""
    oldest_seconds: int = 0
    """How long the oldest of them has waited."""
