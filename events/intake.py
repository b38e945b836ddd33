"""Facts that intake publishes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from events.consent import ConsentReceipt
from events.contract import Event, Value
from events.sealed import Box
from events.vocabulary import Agency, BoxClass, CaseKind, ErasureBasis, IdentityPurpose


class Fault(Value):
    """One fault of a submission: where, and its code. Never what was there."""

    field: str
    code: str


class DeviceDecision(Value):
    """What the rules on the shelter's telephone decided, as a digest: it is compared with what the server decides.

    The digest tells nothing that the assessment of the case does not, and the forms of both hold no name.
    """

    rule_set: str = Field(pattern=r"^[0-9]{4}\.[0-9]{1,4}-[0-9a-f]{12,64}$", examples=["2013.2-0123456789ab"])
    """The version of the rules that the telephone had."""
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["0123456789abcdef" * 4])
    """SHA-256 of the recipients, their urgencies and categories (ADR 0039)."""


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
    decided: DeviceDecision | None = None
    """``None``: no rules ran where it was made, or the answers were completed after they had."""


class AnswersAmended(Event):
    """The shelter corrected or completed the answers, or sent them again after their keys were lost.

    The earlier ones stay in the history.
    """

    NAME: ClassVar[str] = "intake.answers_amended"

    shelter: str
    worker: str
    identity: Box | None = None
    screening: Box
    fingerprint: str
    restored: bool = False
    """Whether the case was sent again because the keys of what it held were lost: these answers take their place."""


class PersonErased(Event):
    """The keys of everything sealed about a person were destroyed: nobody opens it any more, here or in a copy.

    It is a tombstone in the stream of the case, or of a refused document that opened none. What is clear in the log
    stays: it names nobody. A log that is restored from an older copy erases again when it reads this.
    """

    NAME: ClassVar[str] = "intake.person_erased"

    subject: UUID
    """Whose keys were destroyed, as ``CaseOpened.subject``."""
    basis: ErasureBasis
    classes: tuple[BoxClass, ...]
    """The classes of which there was a key."""
    keys: tuple[UUID, ...]
    """Ids of the destroyed keys, and of those that were lost before."""
    refusals: tuple[UUID, ...] = ()
    """Refused documents that went with them."""


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
    amends: bool = False
    """Whether it was to amend the case that the envelope names."""
    submission: UUID | None = None
    """The submission's own id, where it had a valid one."""
    device: str | None = None
    """The device that it named, where that was the code of one."""
    device_sequence: int | None = None
    """The record's number on that device: a number that opened no case is no gap."""


class RefusalRead(Event):
    """Somebody of the organisation that sent it was handed a refused submission to correct it."""

    NAME: ClassVar[str] = "intake.refusal_read"

    org: str
    refusal: UUID


class RefusalSettled(Event):
    """A refused submission was corrected and sent again, or is not to be sent again."""

    NAME: ClassVar[str] = "intake.refusal_settled"

    org: str
    refusal: UUID
    corrected: bool
    """Whether it was sent again; otherwise it was set aside."""
    sent_as: UUID | None = None
    """The case that it opened or amended when it was sent again."""
    fingerprint: str | None = None
    """Of what was sent again: it tells the same command from another, and dies with the person's keys."""


class IdentityRead(Event):
    """The shelter that holds the case was handed the person's name, telephone or notes; who is the envelope's actor."""

    NAME: ClassVar[str] = "intake.identity_read"

    shelter: str
    purpose: IdentityPurpose
    fields: tuple[str, ...]
    """The names of what was handed over, as far as it is known: which of it is known is not told.

    Older facts name only what was known.
    """
    requested: tuple[str, ...] = ()
    """The names of what was asked for."""


class ShelterHeard(Event):
    """A shelter's outbox gave a sign of life, though nothing new was flagged. At most one is recorded in a while."""

    NAME: ClassVar[str] = "intake.shelter_heard"

    shelter: str
    device: str | None = None
    waiting: int
    """Records on the device that could not be sent yet."""
    oldest_seconds: int = 0
    """How long the oldest of them has waited."""
