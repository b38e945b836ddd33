"""Bodies and answers of an alert's link."""

from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import ConfigDict

from events.vocabulary import ReferralState, Urgency
from services.chassis.web.schemas import Answer, Command
from services.referral.lifecycle.schemas import Version

Code = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class AcknowledgeAlert(Command):
    """``expected_version`` may be left out: an acknowledgement is based on the alert alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60"}]})

    expected_version: Version | None = None


class AlertReferral(Answer):
    """The referral that an alert is about, and its state."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
                    "urgency": "U1",
                    "state": "requested",
                    "version": 2,
                }
            ]
        }
    )

    referral_id: UUID
    urgency: Urgency
    state: ReferralState
    version: Version
