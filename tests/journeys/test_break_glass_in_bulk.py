"""One person opens as many exceptional accesses as an emergency needs; whoever wants a list of people is stopped."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.referral.break_glass.policy import load_access_policy
from services.system import Installation
from tests.journeys.conftest import programme_of
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.alerted import alert_in
from tests.support.people.people import Item, Programme, an_adult, consent_to, is_a_problem
from tests.support.system.system import running

WHY = "Su agresor la busca y nadie más sabe dónde está."
LIMITS = load_access_policy().written


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def in_time(installation: Installation, clock: AdjustableClock) -> AsyncIterator[Programme]:
    async with running(installation, clock) as everything:
        yield await programme_of(everything)


@pytest.fixture
async def referral(in_time: Programme) -> Item:
    case = await in_time.flag(an_adult(consent_to("ACNUR")))
    return await in_time.referral_to("ACNUR", case, state="requested")


async def opened(client: httpx2.AsyncClient, referral: Item, **says: Any) -> httpx2.Response:
    body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY} | says
    return await client.post(f"/api/v1/referrals/{referral['referral_id']}/break-glass", json=body)


async def test_beyond_an_hours_worth_one_person_is_refused_and_the_coordinator_is_alerted(
    in_time: Programme, referral: Item, clock: AdjustableClock
) -> None:
    officer = await in_time.system.signed_in(Role.OFFICER, "OIM", "in a hurry")
    first = {"command_id": str(uuid4())}
    assert (await opened(officer, referral, **first)).status_code == 201
    more = await asyncio.gather(*(opened(officer, referral) for _ in range(LIMITS.an_hour + 2)))
    assert [one.status_code for one in more].count(201) == LIMITS.an_hour - 1
    assert {one.json().get("code") for one in more if one.status_code != 201} == {"too_many_accesses"}
    assert (await opened(officer, referral, **first)).status_code == 201, "the same again opens nothing new"
    other_device = await in_time.system.signed_in(Role.OFFICER, "OIM", "in a hurry")
    is_a_problem(await opened(other_device, referral), 429, "too_many_accesses")
    alert = await alert_in(in_time.coordinator, about="misuse")
    assert (alert["agency"], alert["case_id"], alert["referral_id"]) == ("OIM", None, None)

    colleague = await in_time.system.signed_in(Role.OFFICER, "OIM", "colleague")
    assert (await opened(colleague, referral)).status_code == 201
    clock.ahead += timedelta(minutes=61)
    assert (await opened(officer, referral)).status_code == 201


async def test_hour_after_hour_a_days_worth_is_the_end(
    in_time: Programme, referral: Item, clock: AdjustableClock
) -> None:
    officer = await in_time.system.signed_in(Role.OFFICER, "OIM", "patient")
    got = 0
    for _ in range(LIMITS.a_day // LIMITS.an_hour + 2):
        answers = [await opened(officer, referral) for _ in range(LIMITS.an_hour)]
        got += [one.status_code for one in answers].count(201)
        clock.ahead += timedelta(minutes=61)
    assert got == LIMITS.a_day


async def test_beyond_it_the_refusal_tells_of_no_referral_whether_it_exists(in_time: Programme, referral: Item) -> None:
    officer = await in_time.system.signed_in(Role.OFFICER, "OIM", "curious")
    nothing = {"referral_id": str(uuid4())}
    for _ in range(LIMITS.an_hour + 1):
        is_a_problem(await opened(officer, nothing), 404, "not_found")
    used = [{"command_id": str(uuid4())} for _ in range(LIMITS.an_hour)]
    for one in used:
        assert (await opened(officer, referral, **one)).status_code == 201
    for says in ({}, used[0]):
        is_a_problem(await opened(officer, nothing, **says), 429, "too_many_accesses")
    is_a_problem(await opened(officer, referral), 429, "too_many_accesses")
    assert (await opened(officer, referral, **used[0])).status_code == 201, "the same again opens nothing new"


async def test_what_is_refused_for_another_reason_counts_for_nothing(in_time: Programme, referral: Item) -> None:
    officer = await in_time.system.signed_in(Role.OFFICER, "OIM", "unlucky")
    for _ in range(LIMITS.an_hour + 1):
        answer = await opened(officer, referral, basis="child_best_interests")
        is_a_problem(answer, 409, "override_refused")
    assert (await opened(officer, referral)).status_code == 201
