"""Shelters and desks say whether they have room, for a while; whoever refers sees it, and never what is over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS, Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem
from tests.support.system.system import System, running


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    async with running(installation, clock) as everything:
        yield everything


async def room(client: httpx2.AsyncClient, kind: str, name: str) -> Item:
    listed = (await client.get("/api/v1/capacity")).json()[f"{kind}s"]
    (found,) = [one for one in listed if one[kind] == name]
    assert isinstance(found, dict)
    return found


def saying(clock: AdjustableClock, capacity: str, hours: float = 12, **more: Any) -> Item:
    until = (clock() + timedelta(hours=hours)).isoformat()
    return {"command_id": str(uuid4()), "capacity": capacity, "expires_at": until, **more}


async def test_a_shelter_says_it_has_beds_and_everybody_who_refers_sees_it_until_it_is_over(
    programme: Programme, clock: AdjustableClock, installation: Installation
) -> None:
    acnur = await programme.desk("ACNUR")
    path = f"/api/v1/capacity/shelters/{SHELTER}"
    assert (await room(acnur, "shelter", SHELTER))["capacity"] == "unknown_stale"
    order = saying(clock, "capacity", beds=7)
    first = await programme.shelter.put(path, json=order)
    assert first.status_code == 200
    assert (await programme.shelter.put(path, json=order)).json() == first.json()
    is_a_problem(await programme.shelter.put(path, json=order | {"beds": 8}), 409, "command_id_reused")
    for client in (acnur, programme.shelter, programme.coordinator):
        found = await room(client, "shelter", SHELTER)
        assert (found["capacity"], found["beds"]) == ("capacity", 7)
    clock.ahead += timedelta(hours=12, minutes=1)
    over = await room(acnur, "shelter", SHELTER)
    assert (over["capacity"], over["beds"]) == ("unknown_stale", None)
    assert (await programme.shelter.put(path, json=saying(clock, "waitlist"))).status_code == 200
    assert (await room(acnur, "shelter", SHELTER))["capacity"] == "waitlist"
    assert installation.settings.postgres_dsn is not None
    again = await rebuild(
        installation.settings.postgres_dsn.get_secret_value(), "referral", MODELS["referral"], swap=False
    )
    assert not any(again.differing.values())


async def test_nobody_speaks_for_another_or_for_ever(programme: Programme, clock: AdjustableClock) -> None:
    acnur = await programme.desk("ACNUR")
    desk = (await acnur.get("/api/v1/capacity")).json()["desks"][0]["desk"]
    own, other = "/api/v1/capacity/agencies/ACNUR/desks", "/api/v1/capacity/agencies/OIM/desks"
    is_a_problem(await acnur.put(f"{other}/OIM-CHP", json=saying(clock, "capacity")), 404, "not_found")
    is_a_problem(await acnur.put(f"{own}/OIM-CHP", json=saying(clock, "capacity")), 404, "not_found")
    is_a_problem(await programme.shelter.put(f"{own}/{desk}", json=saying(clock, "capacity")), 404, "not_found")
    shelter = f"/api/v1/capacity/shelters/{SHELTER}"
    is_a_problem(await acnur.put(shelter, json=saying(clock, "capacity")), 404, "not_found")
    for elsewhere in ("ALB-TAP-01", "ALB-NONE-99"):
        path = f"/api/v1/capacity/shelters/{elsewhere}"
        is_a_problem(await programme.shelter.put(path, json=saying(clock, "capacity")), 404, "not_found")
    for hours in (-1, 24 * 8):
        late = saying(clock, "capacity", hours)
        is_a_problem(await programme.shelter.put(shelter, json=late), 422, "expiry_out_of_range")
    auditor = await programme.system.signed_in(Role.AUDITOR, "*")
    is_a_problem(await auditor.get("/api/v1/capacity"), 403, "not_allowed")


async def test_a_referral_says_what_its_desk_had_said_of_its_room_when_it_was_sent(
    programme: Programme, clock: AdjustableClock
) -> None:
    acnur = await programme.desk("ACNUR")
    unknown = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", unknown, state="requested")
    assert referral["desk_capacity_at_sending"] == "unknown_stale"
    path = f"/api/v1/capacity/agencies/ACNUR/desks/{referral['desk']}"
    assert (await acnur.put(path, json=saying(clock, "no_capacity", 1))).status_code == 200
    full = await programme.flag(an_adult(consent_to("ACNUR")))
    assert (await acnur.put(path, json=saying(clock, "capacity", 1))).status_code == 200
    for case, capacity in ((full, "no_capacity"), (unknown, "unknown_stale")):
        found = await programme.referral_to("ACNUR", case)
        assert found["desk_capacity_at_sending"] == capacity
    waits = await programme.referral_to("OIM", full, state="blocked_consent")
    assert waits["desk_capacity_at_sending"] is None
    clock.ahead += timedelta(hours=2)
    later = await programme.flag(an_adult(consent_to("ACNUR")))
    assert (await programme.referral_to("ACNUR", later))["desk_capacity_at_sending"] == "unknown_stale"
