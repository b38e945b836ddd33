"""Code lists of the programme: what a shelter may answer and what a referral may be.

The values are the field's own codes; an interface translates them, an event never does. A code is
added, never renamed: old events carry it for ever.
"""

from events.vocabulary.cases import (
    RESTRICTED_CATEGORIES,
    BoxClass,
    CaseKind,
    RiskCategory,
    SamePerson,
    Urgency,
)
from events.vocabulary.consents import (
    ConsentDecision,
    ConsentForm,
    ConsentGiver,
    ConsentPurpose,
    WithdrawalAnswer,
)
from events.vocabulary.disclosures import (
    DemandAnswer,
    DemandedThing,
    ErasureBasis,
    ExportPurpose,
    ExportSelection,
    IdentityPurpose,
    OverrideBasis,
    ReadPurpose,
    ReviewVerdict,
)
from events.vocabulary.monitoring import (
    AlertAbout,
    Capacity,
    CaravanEnd,
    CaravanReason,
    SilenceMeasure,
)
from events.vocabulary.obligations import (
    FirstStep,
    Milestone,
    Obligation,
    ObligationOwner,
    ObligationResult,
)
from events.vocabulary.parties import (
    LEAD_AGENCY,
    Agency,
    Authority,
    Duty,
    RestrictedRecipient,
    Role,
)
from events.vocabulary.readings import AuditView, ShownView
from events.vocabulary.referrals import (
    BlockReason,
    Confirmation,
    ConfirmedBy,
    ContestDecision,
    ContestReason,
    DeclineReason,
    HelpAnswer,
    Outcome,
    ReferralClock,
    ReferralState,
    RenewalReason,
    SendingBasis,
    WithdrawalReason,
)
from events.vocabulary.security import AlarmScope, RenewedSecret, Tampering, Watched

__all__ = [
    "LEAD_AGENCY",
    "RESTRICTED_CATEGORIES",
    "Agency",
    "AlarmScope",
    "AlertAbout",
    "AuditView",
    "Authority",
    "BlockReason",
    "BoxClass",
    "Capacity",
    "CaravanEnd",
    "CaravanReason",
    "CaseKind",
    "Confirmation",
    "ConfirmedBy",
    "ConsentDecision",
    "ConsentForm",
    "ConsentGiver",
    "ConsentPurpose",
    "ContestDecision",
    "ContestReason",
    "DeclineReason",
    "DemandAnswer",
    "DemandedThing",
    "Duty",
    "ErasureBasis",
    "ExportPurpose",
    "ExportSelection",
    "FirstStep",
    "HelpAnswer",
    "IdentityPurpose",
    "Milestone",
    "Obligation",
    "ObligationOwner",
    "ObligationResult",
    "Outcome",
    "OverrideBasis",
    "ReadPurpose",
    "ReferralClock",
    "ReferralState",
    "RenewalReason",
    "RenewedSecret",
    "RestrictedRecipient",
    "ReviewVerdict",
    "RiskCategory",
    "Role",
    "SamePerson",
    "SendingBasis",
    "ShownView",
    "SilenceMeasure",
    "Tampering",
    "Urgency",
    "Watched",
    "WithdrawalAnswer",
    "WithdrawalReason",
]
