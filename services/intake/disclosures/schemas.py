"""The answer with disclosed answers."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from services.chassis.web.schemas import Answer


class DisclosedAnswers(Answer):
    """The coded answers that the shelter with custody may see."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                    "answers": {"age_band": "12-14", "language": "es", "needs": ["mhpss", "family_tracing"]},
                }
            ]
        }
    )

    case_id: UUID
    answers: dict[str, Any] = Field(
        description="The part `screening` of the submission as last amended, without the fields that are hidden."
    )
