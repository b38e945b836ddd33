"""Bodies and answers of caravan mode over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import CaravanEnd, CaravanReason
from services.chassis.moments import Instant
from services.chassis.web.schemas import Answer, Command, Moment

State = Annotated[str, Field(pattern=r"^MX-[A-Z]{3}$")]
Shelter = Annotated[str, Field(pattern=r"^ALB-[A-Z]{3}-\d\d$")]

_COMMAND = {"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60"}
_CARAVAN = {"caravan_id": "5a1c0e7b-2f64-5d39-8b1e-7c9d0a3f4e21"}
_FOR: dict[str, Any] = {"states": ["MX-CHP"], "shelters": ["ALB-TAP-01"], "reason": "caravan"}


class StartCaravanMode(Command):
    """The states or shelters, why, and until when at the latest."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_COMMAND, **_FOR, "until": "2013-06-26T12:00:00-05:00"}]}
    )

    states: list[State] = Field(default=[], max_length=32)
    shelters: list[Shelter] = Field(default=[], max_length=200)
    reason: CaravanReason
    until: Instant


class EndCaravanMode(Command):
    """Turns the caravan mode off."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_COMMAND}]})


class CaravanModeState(Answer):
    """Whether a caravan mode is active, and the shelters it covers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_CARAVAN, "state": "on", "shelters": ["ALB-TAP-01"]}]})

    caravan_id: UUID
    state: Literal["on", "off"]
    shelters: list[str]


class CaravanMode(Answer):
    """A caravan mode: where it is or was active, why, since when and until when."""

    caravan_id: UUID
    states: list[str]
    shelters: list[str]
    reason: CaravanReason
    how: CaravanEnd | None
    """How it ended; ``None`` while it is active."""
    began_at: Moment
    until: Moment
    ended_at: Moment | None


class CaravanModes(Answer):
    """Caravan modes, the latest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            **_CARAVAN,
                            **_FOR,
                            "how": None,
                            "began_at": "2013-06-12T20:32:04+00:00",
                            "until": "2013-06-26T17:00:00+00:00",
                            "ended_at": None,
                        }
                    ]
                }
            ]
        }
    )

    items: list[CaravanMode]
