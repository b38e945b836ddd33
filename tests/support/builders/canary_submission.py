"""A person whose every answer is a canary: words that must be nowhere in clear."""

from typing import Any
from uuid import uuid4

from tests.support.builders.canaries import PERSON, SAID

SHELTER = "ALB-IXT-01"
CODED = {"language": "kek-Latn-GT", "country_origin": "stateless"}
"""Answers that are codes: they may stand in no place either, save for the description of the API."""


def canary_submission() -> dict[str, Any]:
    """Somebody who says all that can be said, and lets three agencies know."""
    return {
        "submission_id": str(uuid4()),
        "kind": "person",
        "shelter": SHELTER,
        "worker": "w-009",
        "device": {"id": "d-027", "sequence": 5},
        "occurred_at": "2013-06-12T15:32:00-05:00",
        "person": PERSON,
        "screening": {
            "private": "yes",
            "danger_now": "no",
            "medical_now": "no",
            "age_band": "25-59",
            "age_certainty": "stated",
            "travelling": "with_children",
            "sex": "F",
            **SAID,
            **CODED,
            "interpreter_needed": True,
            "fear_of_return": "yes",
            "harm_events": [{"kind": "sexual_violence", "when": "72h", "where": "MX-CHP", "perpetrator": "authority"}],
            "trafficking_indicators": ["sexual_services"],
            "self_declared": ["lgbtiq"],
            "planned_departure": "72h",
            "safe_contact": "none",
            "needs": ["legal", "srh"],
        },
        "consent": [
            {
                "recipient": agency,
                "decision": "granted",
                "purpose": "protection",
                "given_by": "self",
                "fields": ["all"],
                "how": "verbal_witnessed",
                "wording_version": "es-1",
            }
            for agency in ("ACNUR", "UNFPA", "UNODC")
        ],
    }
