"""Body and answer of a decision about a contested referral."""

from uuid import UUID

from pydantic import ConfigDict

from events.vocabulary import ContestDecision, ReferralState
from services.chassis.web.schemas import Answer, Command
from services.referral.lifecycle.schemas import Version


class SettleContest(Command):
    """What one of two people decides, and the version that the decision is based on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60",
                    "expected_version": 3,
                    "decision": "continue",
                }
            ]
        }
    )

    expected_version: Version
    decision: ContestDecision


class ContestAfterDecision(Answer):
    """The referral after it. ``waits_for_a_second``: it takes effect when somebody else decides the same."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
                    "state": "accepted",
                    "version": 4,
                    "waits_for_a_second": True,
                }
            ]
        }
    )

    referral_id: UUID
    state: ReferralState
    version: Version
    waits_for_a_second: bool
