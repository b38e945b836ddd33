"""A referral is taken back, withdrawn, replaced or passed on."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from events.referral.fact import OutcomeReported, ReferralFact
from events.sealed import Box
from events.vocabulary import Agency, Outcome, ReferralState, RiskCategory, WithdrawalReason


class ReferralCancelled(OutcomeReported):
    """The shelter that registered it takes it back, and says what became of the person, as far as it knows."""

    NAME: ClassVar[str] = "referral.cancelled"
    STATE: ClassVar[ReferralState | None] = ReferralState.CANCELLED


class ReferralWithdrawn(ReferralFact):
    """The person said no: access ends, and the recipient must confirm deletion within 72 hours."""

    NAME: ClassVar[str] = "referral.withdrawn"
    VERSION: ClassVar[int] = 2
    STATE: ClassVar[ReferralState | None] = ReferralState.WITHDRAWN

    reason: WithdrawalReason
    receipt: UUID | None = None
    """The consent that was taken back, or that ran out; ``None``: none was given."""
    confirm_deletion_by: datetime | None = None
    """Until when the recipient must say that it has deleted what it was told; ``None``: it was told nothing."""
    outcome: Outcome = Outcome.UNKNOWN
    """Follows from the reason: of what became of the person it says nothing."""

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """A withdrawn consent was the only reason in version 1."""
        data["reason"] = WithdrawalReason.CONSENT_WITHDRAWN.value


class DeletionDue(ReferralFact):
    """A consent was taken back after the referral had ended: what was told must be deleted all the same.

    The referral stays as it ended; its agency confirms as after a withdrawal.
    """

    NAME: ClassVar[str] = "referral.deletion_due"
    VERSION: ClassVar[int] = 2

    reason: WithdrawalReason
    receipt: UUID | None = None
    """The consent that was taken back; ``None``: none was given."""
    confirm_deletion_by: datetime

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """A withdrawn consent was the only reason in version 1."""
        data["reason"] = WithdrawalReason.CONSENT_WITHDRAWN.value


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

    desk: str | None = None
    """The desk that answers in the new state, if nobody has accepted it; its clocks go on."""
    formerly: str | None = None
    """The desk that had it before: both are alerted."""
    known_categories: tuple[RiskCategory, ...] | None = None
    """The categories whose answers the new shelter was let know; ``None``: all of them."""
