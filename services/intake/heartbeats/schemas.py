"""A heartbeat and its answer."""

from typing import Annotated

from pydantic import ConfigDict, Field

from services.chassis.web.schemas import Answer, Body, Moment
from services.intake.cases.schemas import DeviceCode

MAX_WAITING = 100_000
MAX_AGE_SECONDS = 10 * 366 * 24 * 3600


class Heartbeat(Body):
    """The state of a device's outbox: how many records wait, and how long. Nothing about people."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"device": "d-027", "waiting": 3, "oldest_seconds": 5400}]}
    )

    device: DeviceCode | None = None
    waiting: Annotated[int, Field(ge=0, le=MAX_WAITING)] = 0
    oldest_seconds: Annotated[int, Field(ge=0, le=MAX_AGE_SECONDS)] = 0


class ShelterHeartbeat(Answer):
    """When the heartbeat was received."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"heard_at": "2013-06-12T20:32:05.120000+00:00", "recorded": True}]}
    )

    heard_at: Moment
    recorded: bool
    """Whether this heartbeat was stored: the first in a quarter of an hour is."""
