"""Bodies and answers about milestones."""

from datetime import date
from uuid import UUID

from pydantic import ConfigDict

from events.vocabulary import Milestone
from services.chassis.web.schemas import Answer, Command


class RecordMilestone(Command):
    """What happened, and on which day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "3d594650-3436-453f-9b1f-1d1f7f0b7f7a",
                    "milestone": "claim_filed",
                    "on": "2013-06-14",
                }
            ]
        }
    )

    milestone: Milestone
    on: date


class MilestoneAnswer(Answer):
    """The milestone as it was recorded; what it starts is in ``/obligations``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "5f7c1f60-42f4-5f0b-9d26-0f3a2b9c6d33",
                    "milestone": "claim_filed",
                    "on": "2013-06-14",
                }
            ]
        }
    )

    referral_id: UUID
    milestone: Milestone
    on: date
