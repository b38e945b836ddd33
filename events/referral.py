"""Facts that the referral service publishes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event, Value
from events.sealed import Box
from events.vocabulary import (
    Agency,
    BlockReason,
    Confirmation,
    ConfirmedBy,
    DeclineReason,
    Duty,
    Outcome,
    OverrideBasis,
    ReadPurpose,
    ReferralClock,
    ReferralState,
    RiskCategory,
    SendingBasis,
    Urgency,
)


class Suppression(Value):
    """A category that would have fired and was held back, with the reason's code."""

    category: RiskCategory
    reason: str


class CaseAssessed(Event):
    """The rules were run on a case: what fired, who leads it, and what was suppressed and why."""

    NAME: ClassVar[str] = "referral.case_assessed"

    submission: UUID
    shelter: str
    lead: Agency | None
    categories: tuple[RiskCategory, ...]
    suppressed: tuple[Suppression, ...] = ()
    rule_set: str


class ReferralFact(Event):
    """Something that happened to one referral; ``STATE`` is where the referral is after it."""

    STATE: ClassVar[ReferralState | None] = None
    """``None``: where it was."""

    agency: Agency
    shelter: str


class ReferralProposed(ReferralFact):
    """The rules named a recipient for a case. ``grounds`` holds, sealed, the answers that made them fire."""

    NAME: ClassVar[str] = "referral.proposed"
    STATE: ClassVar[ReferralState | None] = ReferralState.PROPOSED

    submission: UUID
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    grounds: Box
    replaces: UUID | None = None
    """The referral that was rerouted or reopened into this one."""


class Deadlines(Value):
    """Until when a desk must acknowledge, decide, and begin the service."""

    acknowledge_by: datetime
    decide_by: datetime
    serve_by: datetime
    decide_by_if_asked: datetime | None = None
    """Until when at the latest, should the desk ask the shelter something: the clock stands still meanwhile, once.
    ``None``: it does not stand still, because the class has no time for it or a legal clock would run out."""


class ReferralRequested(ReferralFact):
    """A referral has been sent to an agency's duty desk, which may acknowledge, accept or decline it.

    ``disclosure`` holds, sealed, what this agency may see: only what its own rules rest on, narrowed by
    the receipt. ``basis`` says why it may be sent.
    """

    NAME: ClassVar[str] = "referral.requested"
    STATE: ClassVar[ReferralState | None] = ReferralState.REQUESTED

    urgency: Urgency
    basis: SendingBasis
    receipt: UUID | None = None
    refusal_shown: bool = False
    """The person refused, and the law lets it be sent all the same: the officer is told."""
    deadlines: Deadlines
    disclosure: Box
    desk: str | None = None
    """Which of the agency's desks it was sent to, by its code in the directory: closed, a desk passes what cannot wait
    to the agency's desk of every hour. Unknown of what was sent before there was a directory."""
    caravan: bool = False
    """Sent while caravan mode was on for the shelter: its desk may be told of it together with others."""


class ReferralBlocked(ReferralFact):
    """A referral waits: consent is missing, refused or not valid. The shelter sees what is missing."""

    NAME: ClassVar[str] = "referral.blocked"
    STATE: ClassVar[ReferralState | None] = ReferralState.BLOCKED_CONSENT

    urgency: Urgency
    reason: BlockReason
    tell_coordinator: bool = False


class ReferralReassessed(ReferralFact):
    """The answers were amended and the rules run again: more categories, or more urgent; never less of either."""

    NAME: ClassVar[str] = "referral.reassessed"

    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    grounds: Box
    deadlines: Deadlines | None = None
    """New ones, when it was sent already and is more urgent now."""
    disclosure: Box | None = None
    desk: str | None = None
    """Where it was sent again, being more urgent."""


class ReferralAcknowledged(ReferralFact):
    """A human at the agency's duty desk has seen the referral. It is not accepted by that."""

    NAME: ClassVar[str] = "referral.acknowledged"
    STATE: ClassVar[ReferralState | None] = ReferralState.ACKNOWLEDGED


class InfoRequested(ReferralFact):
    """The desk asked the shelter something, once. The question is sealed."""

    NAME: ClassVar[str] = "referral.info_requested"
    STATE: ClassVar[ReferralState | None] = ReferralState.INFO_REQUESTED

    question: Box


class InfoSupplied(ReferralFact):
    """The shelter answered the desk's question. The answer is sealed."""

    NAME: ClassVar[str] = "referral.info_supplied"
    STATE: ClassVar[ReferralState | None] = ReferralState.ACKNOWLEDGED

    answer: Box


class ReferralAccepted(ReferralFact):
    """The agency takes responsibility for the person's request."""

    NAME: ClassVar[str] = "referral.accepted"
    STATE: ClassVar[ReferralState | None] = ReferralState.ACCEPTED


class ReferralDeclined(ReferralFact):
    """The agency does not take it, for a coded reason; it must be rerouted or escalated."""

    NAME: ClassVar[str] = "referral.declined"
    STATE: ClassVar[ReferralState | None] = ReferralState.DECLINED

    reason: DeclineReason
    note: Box | None = None


class ServiceScheduled(ReferralFact):
    """The agency gave an appointment."""

    NAME: ClassVar[str] = "referral.service_scheduled"
    STATE: ClassVar[ReferralState | None] = ReferralState.SCHEDULED

    appointment_at: datetime


class ServiceStarted(ReferralFact):
    """The agency has begun the service."""

    NAME: ClassVar[str] = "referral.service_started"
    STATE: ClassVar[ReferralState | None] = ReferralState.IN_SERVICE


class ServiceDelivered(ReferralFact):
    """The agency reports what came of it, as a code."""

    NAME: ClassVar[str] = "referral.service_delivered"
    STATE: ClassVar[ReferralState | None] = ReferralState.DELIVERED

    outcome: Outcome


class LoopClosed(ReferralFact):
    """The shelter or the person said whether help came; or nobody did, and it is closed as unconfirmed."""

    NAME: ClassVar[str] = "referral.loop_closed"
    STATE: ClassVar[ReferralState | None] = ReferralState.LOOP_CLOSED

    confirmation: Confirmation
    by: ConfirmedBy = ConfirmedBy.SHELTER
    """Whose word it is; of an *unconfirmed* one nobody's."""


class ReferralFailed(ReferralFact):
    """The agency took it but could not serve it; the outcome says why."""

    NAME: ClassVar[str] = "referral.failed"
    STATE: ClassVar[ReferralState | None] = ReferralState.FAILED

    outcome: Outcome


class ContactLost(ReferralFact):
    """The person has left or cannot be found."""

    NAME: ClassVar[str] = "referral.contact_lost"
    STATE: ClassVar[ReferralState | None] = ReferralState.NO_CONTACT

    outcome: Outcome


class ReferralCancelled(ReferralFact):
    """The shelter that registered it takes it back."""

    NAME: ClassVar[str] = "referral.cancelled"
    STATE: ClassVar[ReferralState | None] = ReferralState.CANCELLED

    outcome: Outcome = Outcome.UNKNOWN
    """What became of the person, as far as the shelter knows."""


class ReferralWithdrawn(ReferralFact):
    """The person withdrew their consent: access ends, and the recipient must confirm deletion within 72 hours."""

    NAME: ClassVar[str] = "referral.withdrawn"
    STATE: ClassVar[ReferralState | None] = ReferralState.WITHDRAWN

    receipt: UUID
    """The consent that was taken back."""
    confirm_deletion_by: datetime | None = None
    """Until when the recipient must say that it has deleted what it was told; ``None``: it was told nothing."""


class DeletionDue(ReferralFact):
    """A consent was taken back after the referral had ended: what was told must be deleted all the same.

    The referral stays as it ended; its agency confirms as after a withdrawal.
    """

    NAME: ClassVar[str] = "referral.deletion_due"

    receipt: UUID
    confirm_deletion_by: datetime


class DeletionConfirmed(ReferralFact):
    """The agency says that it has deleted all it was told before the consent was taken back."""

    NAME: ClassVar[str] = "referral.deletion_confirmed"


class EnteredInError(ReferralFact):
    """It should not exist; it is kept because it may have been used. The comment is sealed."""

    NAME: ClassVar[str] = "referral.entered_in_error"
    STATE: ClassVar[ReferralState | None] = ReferralState.ENTERED_IN_ERROR

    comment: Box


class ReferralRerouted(ReferralFact):
    """Replaced by a linked referral to another agency."""

    NAME: ClassVar[str] = "referral.rerouted"
    STATE: ClassVar[ReferralState | None] = ReferralState.REROUTED

    to: Agency
    linked: UUID


class ReferralReopened(ReferralFact):
    """A closed referral was taken up again as a linked one; this one stays as it is. The comment is sealed."""

    NAME: ClassVar[str] = "referral.reopened"

    linked: UUID
    comment: Box


class ReferralHandedOver(ReferralFact):
    """The person is at another shelter, which from here on is told of this referral and answers the desk's question."""

    NAME: ClassVar[str] = "referral.handed_over"


class DisclosureRead(Event):
    """Somebody was handed sealed data of a referral: who is the envelope's actor, what are ``fields``' names.

    It is recorded before the content is handed over, in a stream of its own: to read is no step of a referral.
    """

    NAME: ClassVar[str] = "referral.disclosure_read"

    referral: UUID
    agency: Agency
    shelter: str
    reader: str
    """The shelter or the agency that read; ``*`` is the programme's coordination."""
    purpose: ReadPurpose
    fields: tuple[str, ...]
    """The names of what was read, never its content."""
    override: OverrideBasis | None = None
    """The ground of a break-glass access, if it was read by one."""
    access: UUID | None = None
    """That access."""


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


class RulesAdopted(Event):
    """From here on these rules, deadlines and ladders apply, named by the hash of their content."""

    NAME: ClassVar[str] = "referral.rules_adopted"

    rule_set: str
    deadlines: str
    rerouting: str | None = None
    """What follows by itself when a desk does not take a referral; ``None``: nothing did, yet."""
    content: str
    """SHA-256 of the policy files, hex."""
    ladders: str | None = None
    """``None`` in a time when nothing happened as a deadline passed."""
    directory: str | None = None
    """The directory of shelters and desks that they are used with."""
    silence: str | None = None
    """The thresholds of silence; ``None`` in a time when nobody was called silent."""


class PolicyKept(Event):
    """A policy file as it was adopted, to the letter: what stays in force when the file has a fault later."""

    NAME: ClassVar[str] = "referral.policy_kept"

    name: str
    sha256: str
    text: str
