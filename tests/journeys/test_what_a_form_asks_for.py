"""What a form asks for so that it can decide by itself: the rules and the directory, to shelters alone."""

import httpx2

from events.vocabulary import Role
from services.referral.routing.policy import load_rules
from tests.support.people.people import Programme, is_a_problem
from tests.support.system.system import System

RULES, DIRECTORY = "/api/v1/rules", "/api/v1/directory"


async def tag_of(client: httpx2.AsyncClient, path: str) -> str:
    """The tag of what is answered now."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    tag: str = answer.headers["etag"]
    return tag


async def test_a_form_is_told_the_rules_in_force_once(programme: Programme, system: System) -> None:
    software = await system.signed_in(Role.INTEGRATOR, "ALB-TAP-01")
    for client in (programme.shelter, software):
        tag = await tag_of(client, RULES)
        assert (await client.get(RULES)).json()["version"] == load_rules().version
        for known in (tag, f'"0123", W/{tag}'):
            again = await client.get(RULES, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await client.get(RULES, headers={"If-None-Match": '"0123"'})).status_code == 200


async def test_a_shelter_is_told_whom_to_call_in_its_own_state_and_language(system: System) -> None:
    told = {}
    for shelter in ("ALB-TAP-01", "ALB-TEN-01"):
        client = await system.signed_in(Role.SHELTER_WORKER, shelter)
        told[shelter] = (await client.get(DIRECTORY, params={"language": "en"})).json()
        assert told[shelter]["shelter"] == shelter
        assert await tag_of(client, DIRECTORY) != await tag_of(client, f"{DIRECTORY}?language=en")
        is_a_problem(await client.get(DIRECTORY, params={"language": "xx"}), 422, "malformed_request")
    assert told["ALB-TAP-01"]["desks"] != told["ALB-TEN-01"]["desks"]
    (hospital,) = [one for one in told["ALB-TAP-01"]["first_steps"] if one["code"] == "hospital"]
    assert hospital["text"].startswith("Go")


async def test_nobody_else_is_told(programme: Programme, system: System) -> None:
    officer = await system.signed_in(Role.OFFICER, "OIM")
    for path in (RULES, DIRECTORY):
        for client in (officer, programme.coordinator):
            assert (await client.get(path)).status_code == 403
        async with httpx2.AsyncClient(base_url=system.url) as nobody:
            assert (await nobody.get(path)).status_code == 401
