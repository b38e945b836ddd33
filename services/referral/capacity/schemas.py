"""Bodies and answers of capacity over HTTP."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from events.vocabulary import Agency, Capacity
from services.chassis.moments import Instant
from services.chassis.web.schemas import Answer, Command, Moment

_ROOM: dict[str, Any] = {"capacity": "capacity", "expires_at": "2013-06-14T20:00:00+00:00"}
_COMMAND = {"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60"}
_KNOWN: dict[str, Any] = {**_ROOM, "since": "2013-06-12T20:32:04+00:00"}


class SetDeskCapacity(Command):
    """Whether the desk has room, and until when that is valid."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_COMMAND, **_ROOM}]})

    capacity: Capacity
    expires_at: Instant


class SetShelterCapacity(SetDeskCapacity):
    """Whether the shelter has room, how many free beds if they are counted, and until when that is valid."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_COMMAND, **_ROOM, "beds": 6}]})

    beds: Annotated[int, Field(ge=0, le=10_000)] | None = None


class CapacityRecorded(Answer):
    """The number of reports of this shelter or desk so far."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}]})

    version: int


class ShelterCapacity(Answer):
    """A shelter's capacity now."""

    shelter: str
    capacity: Capacity
    beds: int | None
    since: Moment | None
    expires_at: Moment | None


class DeskCapacity(Answer):
    """A desk's capacity now."""

    agency: Agency
    desk: str
    capacity: Capacity
    since: Moment | None
    expires_at: Moment | None


class CapacityList(Answer):
    """Every shelter, and every desk that the caller may refer to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "shelters": [{"shelter": "ALB-TAP-01", **_KNOWN, "beds": 6}],
                    "desks": [{"agency": "UNFPA", "desk": "UNFPA-CHP", **_KNOWN}],
                }
            ]
        }
    )

    shelters: list[ShelterCapacity]
    desks: list[DeskCapacity]
