"""Valid example submissions for integrators, about invented people."""

from typing import Any, Final

ADULT: Final[dict[str, Any]] = {
    "submission_id": "3d5a8f0e-6b0c-4f57-9d0e-2f6f0a1b7c11",
    "kind": "person",
    "shelter": "ALB-IXT-01",
    "worker": "w-009",
    "device": {"id": "d-027", "sequence": 41},
    "occurred_at": "2013-06-12T15:32:00-05:00",
    "person": {"name": "Persona de ejemplo", "birth_date": "1987-04-02"},
    "screening": {
        "private": "yes",
        "danger_now": "no",
        "medical_now": "no",
        "age_band": "25-59",
        "age_certainty": "stated",
        "sex": "F",
        "country_origin": "HND",
        "language": "es",
        "interpreter_needed": False,
        "fear_of_return": "yes",
        "harm_events": [{"kind": "extortion", "when": "30d", "where": "GT", "perpetrator": "common_criminal"}],
        "travelling": "alone",
        "planned_departure": "72h",
        "safe_contact": "voice",
        "needs": ["mhpss", "legal"],
    },
    "consent": [
        {
            "recipient": "ACNUR",
            "decision": "granted",
            "purpose": "protection",
            "given_by": "self",
            "fields": ["all"],
            "how": "signed",
            "wording_version": "es-1",
        }
    ],
}
"""An adult who consents to one agency."""

CHILD_ALONE: Final[dict[str, Any]] = {
    "submission_id": "8c1f4b72-0d39-4e86-a5c7-1b9e6d2f3a54",
    "kind": "person",
    "shelter": "ALB-IXT-01",
    "worker": "w-009",
    "occurred_at": "2013-06-12T15:50:00-05:00",
    "screening": {
        "private": "yes",
        "danger_now": "no",
        "medical_now": "no",
        "age_band": "12-14",
        "age_certainty": "estimated",
        "accompaniment": "alone",
        "sex": "M",
        "country_origin": "SLV",
        "language": "es",
        "interpreter_needed": False,
        "fear_of_return": "yes",
        "planned_departure": "72h",
        "safe_contact": "shelter_only",
        "needs": ["mhpss", "family_tracing"],
    },
    "best_interests": {"assent": "yes", "basis": "assessment_started"},
}
"""A child who travels alone: referred whether or not anybody consents."""

COMMUNITY_INCIDENT: Final[dict[str, Any]] = {
    "submission_id": "e49b6a10-7f25-4c3d-b8d1-5a0c7e9f2b63",
    "kind": "community_incident",
    "shelter": "ALB-IXT-01",
    "worker": "w-009",
    "occurred_at": "2013-06-12T16:05:00-05:00",
    "screening": {"danger_now": "yes", "medical_now": "no"},
}
"""An incident without a person."""

EXAMPLES: Final = (ADULT, CHILD_ALONE, COMMUNITY_INCIDENT)
