"""What people on their way, and whoever has room, add to the small world: slips, a handover, a pair of cases."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from services.chassis.clock import system_clock
from tests.support.builders.slips import AGREED, WORD, arrives, case_as, slip_of
from tests.support.people.people import SHELTER, Item, Programme, an_adult
from tests.support.system.system import eventually


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """``here``: the slip of a case that the shelter holds; ``there``: of one that another does; ``beside``: a case of
    the shelter's own to pair others with."""

    here: str
    there: str
    beside: str


def said(path: str, command: Item, case: str, slips: OnTheWay, *, harmless: bool) -> Item | None:
    """What orders about a case on its way say; ``None``: it is none of them."""
    room = {**command, "capacity": "capacity", "expires_at": (system_clock() + timedelta(hours=1)).isoformat()}
    orders: dict[str, Item] = {
        "/cases/{case_id}/slip": {**command, "word": WORD, "override": True},
        "/cases/{case_id}/withdrawal-check": {**command, "answer": "dismissed"},
        "/handovers": {**command, "slip": slips.here if harmless else slips.there, "word": WORD, "consent": AGREED},
        "/duplicates": {**command, "first": case, "later": slips.beside, "decision": "different"},
        "/capacity/shelters/{shelter}": room,
        "/capacity/agencies/{agency}/desks/{desk}": room,
    }
    return orders.get(path)


async def on_the_way(programme: Programme, others: Programme, own: str, another: str, beside: str) -> OnTheWay:
    """Each shelter's case has a slip; a third has gone on to the other shelter; one pair was decided, one has room."""
    gone = await programme.flag(an_adult())
    pair = {"command_id": str(uuid4()), "first": gone, "later": beside, "decision": "different"}
    assert (await programme.shelter.post("/api/v1/duplicates", json=pair)).status_code == 201
    arrived = await arrives(others.shelter, await slip_of(programme.shelter, gone))
    assert arrived.status_code == 201, arrived.text
    assert (await case_as(programme.shelter, gone))["handed_over"]

    async def followed() -> bool:
        path = "/api/v1/referrals"
        items = (await others.shelter.get(path, params={"case": gone})).json()["items"]
        return any(item["case_id"] == gone for item in items)

    await eventually(followed)
    until = (system_clock() + timedelta(hours=1)).isoformat()
    room = {"command_id": str(uuid4()), "capacity": "capacity", "expires_at": until}
    answer = await programme.shelter.put(f"/api/v1/capacity/shelters/{SHELTER}", json=room)
    assert answer.status_code == 200, answer.text
    return OnTheWay(await slip_of(programme.shelter, own), await slip_of(others.shelter, another), beside)
