"""Explanations in answers: codes for programs, sentences for people, and never an answer of the person."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from events.vocabulary import Agency, RiskCategory, Urgency
from services.chassis.web.schemas import Answer, Moment

_SAID: JsonDict = {
    "es": "U0 (peligro inmediato) si: peligro ahora: sí. No se cumplió.",
    "en": "U0 (immediate danger) if: danger now: yes. It did not hold.",
}


class Said(Answer):
    """A sentence in both languages."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})

    es: str
    en: str


_RULE: JsonDict = {
    "category": "ASILO",
    "name": {"es": "necesidad de protección internacional", "en": "need of international protection"},
    "condition": {"es": "temor de regresar: sí", "en": "fear of return: yes"},
    "fields": ["fear_of_return"],
    "urgency": "U2",
    "raises": [_SAID],
    "recipients": [{"es": "Lleva a ACNUR.", "en": "Leads to ACNUR."}],
}
_HELD: JsonDict = {"category": "RETORNO", "reason": "fear_of_return", "words": None}
_ASSESSMENT: JsonDict = {
    "at": "2026-03-02T15:04:05+00:00",
    "rule_set": "2013.2-0123456789ab",
    "words_known": True,
    "lead": "ACNUR",
    "fired": [_RULE],
    "held_back": [_HELD],
}
_DECISION: JsonDict = {
    "at": "2026-03-02T15:04:05+00:00",
    "what": "sent",
    "code": "consent",
    "receipt": "3c2f1e0d-9b8a-4c7d-8e6f-5a4b3c2d1e0f",
    "why": {"es": "Se envió a ACNUR con consentimiento.", "en": "It was sent to ACNUR on consent."},
    "otherwise": [{"es": "Sin ese consentimiento habría esperado.", "en": "Without that consent it had waited."}],
}
_REFERRAL: JsonDict = {
    "referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
    "agency": "ACNUR",
    "urgency": "U2",
    "rule_set": "2013.2-0123456789ab",
    "decisions": [_DECISION],
}


class FiredRuleAnswer(Answer):
    """A rule that fired. Without its words, the text of its rule set was not found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RULE]})

    category: RiskCategory
    name: Said | None
    condition: Annotated[Said | None, Field(description="When the rule fires.")]
    fields: Annotated[list[str], Field(description="Names of the answers that it looks at; never an answer.")]
    urgency: Annotated[Urgency | None, Field(description="Its class, before any condition raises it.")]
    raises: list[Said]
    recipients: list[Said]


class HeldBackAnswer(Answer):
    """A rule that would have fired and was held back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HELD]})

    category: RiskCategory
    reason: str
    words: Said | None


class AssessmentAnswer(Answer):
    """The rules were run on the case."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASSESSMENT]})

    at: Moment
    rule_set: str
    words_known: Annotated[bool, Field(description="Whether the text of this very rule set was found in the log.")]
    lead: Agency | None
    fired: list[FiredRuleAnswer]
    held_back: list[HeldBackAnswer]


class DecisionAnswer(Answer):
    """One decision about a referral."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    at: Moment
    what: str
    code: Annotated[str | None, Field(description="The code that decided: a basis, a reason, an urgency.")]
    receipt: UUID | None
    why: Said
    otherwise: Annotated[list[Said], Field(description="What would have changed it.")]


class ReferralWhyAnswer(Answer):
    """The decisions about one referral, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REFERRAL]})

    referral_id: UUID
    agency: Agency
    urgency: Annotated[Urgency, Field(description="As it was proposed.")]
    rule_set: str
    decisions: list[DecisionAnswer]


class CaseExplanation(Answer):
    """Why a case was routed as it was."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "9d1c0f5e-3b1a-4f0e-8a57-1f2e3d4c5b6a",
                    "at": None,
                    "assessments": [_ASSESSMENT],
                    "referrals": [_REFERRAL],
                }
            ]
        }
    )

    case_id: UUID
    at: Annotated[Moment | None, Field(description="The moment in the request; null: until now.")]
    assessments: list[AssessmentAnswer]
    referrals: list[ReferralWhyAnswer]
