"""Examples of what is done with a shelter's telephones."""

from tests.support.builders.device_records import Telephone
from tests.support.models.command_examples.example import Cast, Example, Other, new


async def code_issued(cast: Cast) -> Example:
    return Example(cast.shelter_coordinator[0], "/devices/codes", new(), [Other(by=cast.shelter_coordinator[1])])


async def device_enrolled(cast: Cast) -> Example:
    answer = await cast.shelter_coordinator[0].post("/api/v1/devices/codes", json=new())
    body = new(code=answer.json()["code"], public_key=Telephone().jwk)
    others = [Other({"public_key": Telephone().jwk}), Other(by=cast.shelter[1])]
    return Example(cast.shelter[0], "/devices", body, others)


async def device_revoked(cast: Cast) -> Example:
    coordinator, colleague = cast.shelter_coordinator
    one, other = [(await Telephone.enrolled(coordinator, coordinator)).id for _ in range(2)]
    others = [Other(path=f"/devices/{other}/revoke"), Other(by=colleague)]
    return Example(coordinator, f"/devices/{one}/revoke", new(), others)
