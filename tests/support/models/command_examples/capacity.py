"""Examples of who has room, and of caravan mode."""

from datetime import timedelta

from services.chassis.clock import system_clock
from tests.support.models.command_examples.example import DESK, OTHER_DESK, Cast, Example, Other, new
from tests.support.people.people import SHELTER


def _until(hours: int) -> str:
    return (system_clock() + timedelta(hours=hours)).isoformat()


async def room_at_a_shelter(cast: Cast) -> Example:
    others = [
        *(Other({"capacity": "no_capacity", "beds": None}), Other({"beds": 4}), Other({"expires_at": _until(2)})),
        Other(by=cast.shelter[1]),
    ]
    body = new(capacity="capacity", beds=3, expires_at=_until(1))
    return Example(cast.shelter[0], f"/capacity/shelters/{SHELTER}", body, others)


async def room_at_a_desk(cast: Cast) -> Example:
    path = "/capacity/agencies/ACNUR/desks/"
    others = [
        *(Other({"capacity": "no_capacity"}), Other({"expires_at": _until(2)})),
        *(Other(path=path + OTHER_DESK), Other(by=cast.officer[1])),
    ]
    return Example(cast.officer[0], path + DESK, new(capacity="capacity", expires_at=_until(1)), others)


async def caravan_begun(cast: Cast) -> Example:
    body = new(shelters=["ALB-PAL-01"], reason="caravan", until=_until(24))
    others = [
        *(Other({"shelters": ["ALB-SCL-01"]}), Other({"reason": "disaster"}), Other({"until": _until(25)})),
        Other(by=cast.coordinator[1]),
    ]
    return Example(cast.coordinator[0], "/caravan-modes", body, others)


async def caravan_ended(cast: Cast) -> Example:
    paths = []
    for shelter in ("ALB-SCL-01", "ALB-CMT-01"):
        body = new(shelters=[shelter], reason="caravan", until=_until(24))
        begun = await cast.coordinator[0].post("/api/v1/caravan-modes", json=body)
        paths.append(f"/caravan-modes/{begun.json()['caravan_id']}/end")
    return Example(cast.coordinator[0], paths[0], new(), [Other(path=paths[1]), Other(by=cast.coordinator[1])])
