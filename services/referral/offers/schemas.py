"""Body and answer of an agency that was asked in another's stead."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict

from services.chassis.web.schemas import Answer, Command

COMMAND: dict[str, Any] = {"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60"}


class AnswerRequest(Command):
    """The caller's command id: the agency has seen nothing of the referral that it could decide on."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMMAND]})


class RecordedAnswer(Answer):
    """What was recorded. ``rerouted``: the referral is sent to the agency, which is alerted to it as to any other."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
                    "answer": "offered",
                    "rerouted": True,
                }
            ]
        }
    )

    referral_id: UUID
    answer: Literal["offered", "unavailable"]
    rerouted: bool
