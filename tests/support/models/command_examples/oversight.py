"""Examples of exceptional accesses and of authorities' demands."""

from events.vocabulary import Role
from tests.support.models.command_examples.example import Cast, Example, Other, new
from tests.support.people.people import SHELTER, a_child_alone

WHY = "La persona no responde y su vida corre peligro."


async def opened(cast: Cast) -> Example:
    one, other = [f"/referrals/{(await cast.referral())['referral_id']}/break-glass" for _ in range(2)]
    body = new(basis="imminent_danger_to_life", justification=WHY)
    others = [
        Other({"justification": WHY[::-1]}),
        Other({"basis": "cannot_consent"}),
        Other({"release": True}),
        Other(path=other),
        Other(by=cast.coordinator[1]),
    ]
    return Example(cast.coordinator[0], one, body, others)


async def reviewed(cast: Cast) -> Example:
    paths = []
    opener = await cast.programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*", "x-003")
    for _ in range(2):
        path = f"/api/v1/referrals/{(await cast.referral())['referral_id']}/break-glass"
        answer = await opener.post(path, json=new(basis="imminent_danger_to_life", justification=WHY))
        paths.append(f"/break-glass/{answer.json()['access_id']}/review")
    others = [Other({"verdict": "not_justified"}), Other(path=paths[1]), Other(by=cast.coordinator[1])]
    return Example(cast.coordinator[0], paths[0], new(verdict="justified"), others)


async def settled(cast: Cast) -> Example:
    """The first of two people decides about a child's referral, of which a worker's amendment excludes the agency."""
    paths = []
    for _ in range(2):
        child = a_child_alone()
        case = await cast.programme.flag(child)
        await cast.programme.amend(case, child | {"withhold_from": ["UNICEF"]})
        referral = await cast.programme.referral_to("UNICEF", case, version=3)
        paths.append(f"/referrals/{referral['referral_id']}/settle")
    others = [Other({"decision": "end"}), Other(path=paths[1]), Other(by=cast.coordinator[1])]
    return Example(cast.coordinator[0], paths[0], new(expected_version=3, decision="continue"), others)


DEMAND = {
    "authority": "migration",
    "demanded": "list_of_people",
    "came_to": SHELTER,
    "court_order": False,
    "received_at": "2013-06-12T10:00:00-05:00",
}


async def demanded(cast: Cast) -> Example:
    others = [
        *(Other({"demanded": "entry"}), Other({"court_order": True}), Other({"came_to": "ACNUR"})),
        Other({"received_at": "2013-06-12T11:00:00-05:00"}),
        Other(by=cast.coordinator[1]),
    ]
    return Example(cast.coordinator[0], "/authority-demands", new(**DEMAND), others)


async def answered(cast: Cast) -> Example:
    paths = []
    for _ in range(2):
        answer = await cast.coordinator[0].post("/api/v1/authority-demands", json=new(**DEMAND))
        paths.append(f"/authority-demands/{answer.json()['demand_id']}/answer")
    others = [Other({"answer": "referred_to_legal"}), Other(path=paths[1]), Other(by=cast.coordinator[1])]
    return Example(cast.coordinator[0], paths[0], new(answer="refused"), others)
