"""The body of an amendment."""

from typing import Any

from pydantic import ConfigDict, Field

from services.chassis.web.schemas import Command
from services.intake.submissions.document.examples import ADULT


class Amendment(Command):
    """The whole corrected submission."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command_id": "0b7f3f3a-5f6e-4d0c-9f0b-6a5c6f1f2a10", "submission": ADULT}]}
    )

    KEPT_AS_SENT = frozenset({"submission"})

    submission: dict[str, Any] = Field(description="A submission, as `POST /submissions` takes it.")
