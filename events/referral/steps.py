"""What the desk and the shelter do with a referral, from its acknowledgement to the close."""

from datetime import datetime
from typing import Any, ClassVar

from events.referral.fact import OutcomeReported, ReferralFact
from events.sealed import Box
from events.vocabulary import Confirmation, ConfirmedBy, DeclineReason, ReferralState


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
    """The agency gave an appointment. When is sealed, because it tells where the person will be."""

    NAME: ClassVar[str] = "referral.service_scheduled"
    VERSION: ClassVar[int] = 2
    STATE: ClassVar[ReferralState | None] = ReferralState.SCHEDULED

    appointment_at: Box | None = None
    """When; ``None``: version 1 said it in clear, or the person's keys had been destroyed."""
    clear_appointment_at: datetime | None = None
    """Only of what was recorded before appointments were sealed."""

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Version 1 said the moment in clear."""
        data["clear_appointment_at"] = data.pop("appointment_at")


class ServiceStarted(ReferralFact):
    """The agency has begun the service."""

    NAME: ClassVar[str] = "referral.service_started"
    STATE: ClassVar[ReferralState | None] = ReferralState.IN_SERVICE


class ServiceDelivered(OutcomeReported):
    """The agency reports what came of it."""

    NAME: ClassVar[str] = "referral.service_delivered"
    STATE: ClassVar[ReferralState | None] = ReferralState.DELIVERED


class LoopClosed(ReferralFact):
    """The shelter or the person said whether help came; or nobody did, and it is closed as unconfirmed."""

    NAME: ClassVar[str] = "referral.loop_closed"
    STATE: ClassVar[ReferralState | None] = ReferralState.LOOP_CLOSED

    confirmation: Confirmation
    by: ConfirmedBy = ConfirmedBy.SHELTER
    """Whose word it is; of an *unconfirmed* one nobody's."""


class ReferralFailed(OutcomeReported):
    """The agency took it but could not serve it; the outcome says why."""

    NAME: ClassVar[str] = "referral.failed"
    STATE: ClassVar[ReferralState | None] = ReferralState.FAILED


class ContactLost(OutcomeReported):
    """The person has left or cannot be found."""

    NAME: ClassVar[str] = "referral.contact_lost"
    STATE: ClassVar[ReferralState | None] = ReferralState.NO_CONTACT
