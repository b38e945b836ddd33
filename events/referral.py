"""Facts that the referral service publishes."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.contract import Event, Value
from events.sealed import Box
from events.vocabulary import Agency, BlockReason, RiskCategory, SendingBasis, Urgency


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


class ReferralProposed(Event):
    """The rules named a recipient for a case. ``grounds`` holds, sealed, the answers that made them fire."""

    NAME: ClassVar[str] = "referral.proposed"

    submission: UUID
    shelter: str
    agency: Agency
    urgency: Urgency
    categories: tuple[RiskCategory, ...]
    rule_set: str
    grounds: Box


class Deadlines(Value):
    """Until when a desk must acknowledge, decide, and begin the service."""

    acknowledge_by: datetime
    decide_by: datetime
    serve_by: datetime


class ReferralRequested(Event):
    """A referral has been sent to an agency's duty desk, which may acknowledge, accept or decline it.

    ``disclosure`` holds, sealed, what this agency may see: only what its own rules rest on, narrowed by
    the receipt. ``basis`` says why it may be sent.
    """

    NAME: ClassVar[str] = "referral.requested"

    agency: Agency
    urgency: Urgency
    shelter: str
    basis: SendingBasis
    receipt: UUID | None = None
    refusal_shown: bool = False
    """The person refused, and the law lets it be sent all the same: the officer is told."""
    deadlines: Deadlines
    disclosure: Box


class ReferralBlocked(Event):
    """A referral waits: consent is missing, refused or not valid. The shelter sees what is missing."""

    NAME: ClassVar[str] = "referral.blocked"

    agency: Agency
    urgency: Urgency
    shelter: str
    reason: BlockReason
    tell_coordinator: bool = False


class ReferralAcknowledged(Event):
    """A human at the agency's duty desk has seen the referral. It is not accepted by that."""

    NAME: ClassVar[str] = "referral.acknowledged"

    agency: Agency
    shelter: str


class ReferralAccepted(Event):
    """The agency takes responsibility for the person's request."""

    NAME: ClassVar[str] = "referral.accepted"

    agency: Agency
    shelter: str
