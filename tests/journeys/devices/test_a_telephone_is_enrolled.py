"""A shelter's coordinator gives out a code, a worker types it on the telephone; once, in time, at that shelter."""

import asyncio
from uuid import uuid4

import httpx2

from events.vocabulary import Role
from tests.support.builders.device_records import Telephone
from tests.support.people.people import SHELTER, Item, Programme, is_a_problem

NEXT_SHELTER = "ALB-PAL-01"


async def a_code(coordinator: httpx2.AsyncClient, **body: str) -> Item:
    answer = await coordinator.post("/api/v1/devices/codes", json={"command_id": str(uuid4()), **body})
    assert answer.status_code == 201, answer.text
    said: Item = answer.json()
    return said


async def listed(coordinator: httpx2.AsyncClient, telephone: Telephone) -> Item:
    items = (await coordinator.get("/api/v1/devices", params={"limit": 200})).json()["items"]
    (found,) = [item for item in items if item["device_id"] == telephone.id]
    return dict(found)


async def test_a_code_enrols_one_telephone_of_its_own_shelter(
    programme: Programme, coordinator: httpx2.AsyncClient
) -> None:
    code = (await a_code(coordinator))["code"]
    elsewhere = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER)
    is_a_problem(await Telephone().enrols(elsewhere, code), 403, "device_code_not_accepted")
    telephone, order = Telephone(), str(uuid4())
    assert (await telephone.enrols(programme.shelter, code.lower().replace("-", " "))).status_code == 201
    assert telephone.shelter == SHELTER
    is_a_problem(await Telephone().enrols(programme.shelter, code), 403, "device_code_not_accepted")
    item = await listed(coordinator, telephone)
    assert (item["revoked_at"], item["heard_at"]) == (None, None)
    other = (await a_code(coordinator))["code"]
    first = await telephone.enrols(programme.shelter, other, command_id=order)
    again = await telephone.enrols(programme.shelter, other, command_id=order)
    assert (first.status_code, again.json()) == (201, first.json()), "a lost answer is given again"
    is_a_problem(await Telephone().enrols(programme.shelter, other, command_id=order), 409, "command_id_reused")


async def test_two_telephones_that_are_faster_than_one_code_do_not_both_get_in(
    programme: Programme, coordinator: httpx2.AsyncClient
) -> None:
    code = (await a_code(coordinator))["code"]
    answers = await asyncio.gather(*(Telephone().enrols(programme.shelter, code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]


async def test_the_same_order_gives_the_same_code_and_nobody_elses(
    programme: Programme, coordinator: httpx2.AsyncClient
) -> None:
    order = str(uuid4())
    assert await a_code(coordinator, command_id=order) == await a_code(coordinator, command_id=order)
    colleague = await programme.system.signed_in(Role.SHELTER_COORDINATOR, SHELTER, "colega")
    answer = await colleague.post("/api/v1/devices/codes", json={"command_id": order})
    is_a_problem(answer, 409, "command_id_reused")
    software = await programme.system.nobody_in_particular(Role.SHELTER_COORDINATOR, SHELTER)
    is_a_problem(await software.post("/api/v1/devices/codes", json={"command_id": order}), 403, "needs_a_person")


async def test_only_its_own_coordinator_sees_and_revokes_a_telephone(
    programme: Programme, coordinator: httpx2.AsyncClient, telephone: Telephone
) -> None:
    other = await programme.system.signed_in(Role.SHELTER_COORDINATOR, NEXT_SHELTER)
    assert telephone.id not in (await other.get("/api/v1/devices")).text
    order = {"command_id": str(uuid4())}
    path = f"/api/v1/devices/{telephone.id}/revoke"
    is_a_problem(await other.post(path, json=order), 404, "not_found")
    is_a_problem(await programme.shelter.post(path, json=order), 403, "not_allowed")
    is_a_problem(await coordinator.post("/api/v1/devices/tel-x/revoke", json=order), 404, "not_found")
    for _ in range(2):
        assert (await coordinator.post(path, json=order)).status_code == 200
    assert (await listed(coordinator, telephone))["revoked_at"] is not None


async def test_a_key_that_is_no_point_of_the_curve_is_told(
    programme: Programme, coordinator: httpx2.AsyncClient
) -> None:
    code = (await a_code(coordinator))["code"]
    nowhere = {**Telephone().jwk, "x": "A" * 43}
    answer = await Telephone().enrols(programme.shelter, code, public_key=nowhere)
    assert is_a_problem(answer, 422, "malformed_request")["faults"][0]["field"] == "body.public_key"
