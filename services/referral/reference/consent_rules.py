"""The questions of consent as data: what ``consent.domain.basis`` asks before any person was, in the rules' language.

They are the law's, not the policy file's; a form evaluates them as it evaluates the rules.
"""

from typing import Any

from events.consent_rules import CONSENTING_BAND
from events.vocabulary import Agency, CaseKind, ConsentGiver, RiskCategory, SendingBasis, Urgency
from services.referral.consent.domain import (
    ABLE_AT_ONCE,
    ABLE_AT_ONCE_FOR_A_CHILD,
    ASSENT,
    CHILD_VICTIM,
    PRESSING,
)

_CHILD: dict[str, Any] = {"fact": "child"}
_HARMED_BY_FAMILY = {"some": "harm_events", "where": {"field": "perpetrator", "is": "family"}}


def consent_rules() -> dict[str, Any]:
    """Who is asked, who may decide, and what is sent without asking, with its basis."""
    return {
        "without_asking": [
            {"basis": SendingBasis.NOT_PERSONAL, "kinds": [one for one in CaseKind if one is not CaseKind.PERSON]},
            {"basis": SendingBasis.MANDATORY_REPORT, "agencies": [Agency.PEAS]},
        ],
        "best_interests": {
            "basis": SendingBasis.BEST_INTERESTS,
            "when": _CHILD,
            "assent": sorted(ASSENT),
            "agencies": [
                {"agency": Agency.UNFPA, "fired": [RiskCategory.VSG]},
                {"agency": Agency.UNICEF, "fired": sorted(CHILD_VICTIM)},
                {"agency": Agency.UNICEF, "fired": [RiskCategory.NNA_FAM], "urgency": sorted(PRESSING)},
            ],
        },
        "vital_interest": {
            "basis": SendingBasis.VITAL_INTEREST,
            "when": {"any": [{"fact": "danger"}, {"field": "medical_now", "is": "yes"}]},
            "urgency": [Urgency.U0],
            "child": _CHILD,
            "agencies": sorted(ABLE_AT_ONCE),
            "agencies_for_a_child": sorted(ABLE_AT_ONCE_FOR_A_CHILD),
        },
        "givers": {
            ConsentGiver.SELF: {"any": [{"not": _CHILD}, {"field": "age_band", "is": CONSENTING_BAND}]},
            ConsentGiver.GUARDIAN: {
                "all": [
                    _CHILD,
                    {"field": "accompaniment", "is": "parent_or_guardian"},
                    {"not": _HARMED_BY_FAMILY},
                ]
            },
        },
    }
