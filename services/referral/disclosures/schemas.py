"""Answers of reading a referral's sealed content."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import Agency, SendingBasis
from services.chassis.web.schemas import Answer, Moment
from services.referral.bodies.schemas import LegalBody


class ReferralDisclosure(Answer):
    """What was disclosed to an agency: the consented fields by name, nothing else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
                    "agency": "UNFPA",
                    "basis": "consent",
                    "refusal_shown": False,
                    "bodies": [],
                    "disclosed": {"age_band": "18-24", "language": "mam", "shelter": "ALB-TAP-01"},
                    "changed": ["language"],
                }
            ]
        }
    )

    referral_id: UUID
    agency: Agency
    basis: SendingBasis
    refusal_shown: bool
    """Somebody refused; the basis did not depend on it."""
    bodies: list[LegalBody]
    """The national bodies with the legal duty, for the categories that the agency was told."""
    disclosed: Annotated[dict[str, Any], Field(description="The disclosed answers by name; which, the basis decides.")]
    changed: list[str]
    """The names of the answers that are new, corrected or no longer told since the desk last acted."""


class ReferralMessage(Answer):
    """One text, and who wrote it: a role and an organisation, never a person."""

    kind: Literal["question", "answer", "note", "comment"]
    text: str
    by: str
    at: Moment


class ReferralMessages(Answer):
    """The texts of a referral that are for the caller, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "kind": "question",
                            "text": "¿Puede viajar acompañada?",
                            "by": "officer:UNFPA",
                            "at": "2013-06-12T20:32:04+00:00",
                        }
                    ]
                }
            ]
        }
    )

    items: list[ReferralMessage]
