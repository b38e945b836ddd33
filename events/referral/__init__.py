"""Facts that the referral service publishes."""

from events.referral.assessment import (
    CaseAssessed,
    ReferralProposed,
    ReferralReassessed,
    Suppression,
    assessment_stream,
)
from events.referral.changes import (
    ChangeSeen,
    ConsentLapsed,
    DisclosureRenewed,
    ReferralFollowed,
    ReferralFrozen,
    ReferralUnfrozen,
)
from events.referral.contests import (
    ContestSettled,
    ContestVoted,
    WithdrawalContested,
)
from events.referral.disclosures import (
    DisclosureRead,
)
from events.referral.endings import (
    DeletionConfirmed,
    DeletionDue,
    EnteredInError,
    ReferralCancelled,
    ReferralHandedOver,
    ReferralReopened,
    ReferralRerouted,
    ReferralWithdrawn,
)
from events.referral.escalation import (
    ReferralEscalated,
    ReferralExpired,
)
from events.referral.fact import (
    Deadlines,
    OutcomeReported,
    ReferralFact,
)
from events.referral.offers import (
    HelpOffered,
    HelpUnavailable,
)
from events.referral.policies import (
    ADOPTION_STREAM,
    PolicyKept,
    RulesAdopted,
    policy_stream,
)
from events.referral.sending import (
    ReferralBlocked,
    ReferralRequested,
)
from events.referral.steps import (
    ContactLost,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralDeclined,
    ReferralFailed,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)

__all__ = [
    "ADOPTION_STREAM",
    "CaseAssessed",
    "ChangeSeen",
    "ConsentLapsed",
    "ContactLost",
    "ContestSettled",
    "ContestVoted",
    "Deadlines",
    "DeletionConfirmed",
    "DeletionDue",
    "DisclosureRead",
    "DisclosureRenewed",
    "EnteredInError",
    "HelpOffered",
    "HelpUnavailable",
    "InfoRequested",
    "InfoSupplied",
    "LoopClosed",
    "OutcomeReported",
    "PolicyKept",
    "ReferralAccepted",
    "ReferralAcknowledged",
    "ReferralBlocked",
    "ReferralCancelled",
    "ReferralDeclined",
    "ReferralEscalated",
    "ReferralExpired",
    "ReferralFact",
    "ReferralFailed",
    "ReferralFollowed",
    "ReferralFrozen",
    "ReferralHandedOver",
    "ReferralProposed",
    "ReferralReassessed",
    "ReferralReopened",
    "ReferralRequested",
    "ReferralRerouted",
    "ReferralUnfrozen",
    "ReferralWithdrawn",
    "RulesAdopted",
    "ServiceDelivered",
    "ServiceScheduled",
    "ServiceStarted",
    "Suppression",
    "WithdrawalContested",
    "assessment_stream",
    "policy_stream",
]
