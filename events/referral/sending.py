"""A referral is sent, or waits for consent."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from events.referral.fact import Deadlines, ReferralFact
from events.sealed import Box
from events.vocabulary import BlockReason, ReferralState, RiskCategory, SendingBasis, Urgency


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
    basis_until: datetime | None = None
    """When the consent that it is sent on runs out, if it does."""
    uncovered: tuple[RiskCategory, ...] = ()
    """Proposed categories that the consent's purpose does not cover: the agency is not told of them."""
    further_receipts: tuple[UUID, ...] = ()
    """Receipts that it rests on besides: the person consented to this for one purpose and to that for another."""


class ReferralBlocked(ReferralFact):
    """A referral waits: consent is missing, refused or not valid. The shelter sees what is missing."""

    NAME: ClassVar[str] = "referral.blocked"
    STATE: ClassVar[ReferralState | None] = ReferralState.BLOCKED_CONSENT

    urgency: Urgency
    reason: BlockReason
    tell_coordinator: bool = False
    ask_by: datetime | None = None
    """First deadline to ask for the decision; the later steps are multiples of it. ``None``: nobody is to ask."""
    asking_counts: Literal["every_hour", "working_days"] = "every_hour"
    """What the time to ask counts."""
    asking_since: datetime | None = None
    """From when that time runs, if not from now: it is not asked any later because the answers were amended."""
    until: datetime | None = None
    """Of ``wants_time``: when the person said that they would decide."""
    uncovered: tuple[RiskCategory, ...] = ()
    """Of ``purpose_too_narrow``: the categories that the consent does not cover."""
