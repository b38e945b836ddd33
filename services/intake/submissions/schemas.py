"""The answer to a submission."""

from uuid import UUID

from pydantic import ConfigDict

from services.chassis.web.schemas import Answer, Moment


class SubmissionReceipt(Answer):
    """The case that a submission opened; the same for a repetition."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                    "receipt": "7F3K-2Q9M",
                    "recorded_at": "2013-06-12T20:32:05.120000+00:00",
                }
            ]
        }
    )

    case_id: UUID
    receipt: str
    """Eight characters for the shelter to note down; they reveal nothing."""
    recorded_at: Moment
