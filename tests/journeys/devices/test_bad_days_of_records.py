"""Months without a network, a flood of forgeries, a guesser of codes, and an answer that is lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.intake.devices.policy import (
    CODE_LIFETIME,
    CODE_WINDOW,
    CODES_TRIED,
    KEPT_AFTERWARDS,
    RENEWED_AFTER,
    UNSIGNED_AT_A_PLACE,
    UNUSABLE_OF_A_DEVICE,
)
from services.system import Installation
from tests.support.builders.device_records import Telephone, hands_in
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.people import SHELTER, is_a_problem
from tests.support.system.system import System, running


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    async with running(installation, clock) as everything:
        yield everything


async def test_a_key_is_renewed_while_a_telephone_is_offline_and_gone_after_three_months(
    telephone: Telephone, anybody: httpx2.AsyncClient, clock: AdjustableClock
) -> None:
    first, second, late = (telephone.seals(telephone.document()) for _ in range(3))
    clock.ahead += RENEWED_AFTER + timedelta(minutes=1)
    answer = await hands_in(anybody, first)
    assert answer.status_code == 201, answer.text
    renewed = answer.json()["reception_key"]
    assert renewed["id"] != telephone.reception_key["id"]
    clock.ahead += KEPT_AFTERWARDS - timedelta(hours=1)
    assert (await hands_in(anybody, second)).status_code == 201
    clock.ahead += timedelta(hours=2)
    is_a_problem(await hands_in(anybody, late), 410, "reception_key_gone")
    question = telephone.asks_about([late["id"], second["id"]])
    told = (await anybody.post("/api/v1/device-records/status", json=question)).json()
    assert [one["state"] for one in told["records"]] == ["unknown", "received"]
    telephone.reception_key = told["reception_key"]
    assert (await hands_in(anybody, telephone.seals(telephone.document()))).status_code == 201


async def test_a_flood_of_forgeries_is_counted_and_keeps_no_case_out(
    telephone: Telephone, anybody: httpx2.AsyncClient
) -> None:
    forger = Telephone(telephone.id, telephone.shelter, telephone.reception_key)
    forged = forger.seals(forger.document())
    answers = [await hands_in(anybody, forged) for _ in range(UNSIGNED_AT_A_PLACE + 3)]
    assert [answer.status_code for answer in answers] == [404] * UNSIGNED_AT_A_PLACE + [429] * 3
    broken = [telephone.seals_bytes(b"no", str(uuid4())) for _ in range(UNUSABLE_OF_A_DEVICE + 3)]
    answers = [await hands_in(anybody, each) for each in broken]
    assert [answer.status_code for answer in answers] == [400] * UNUSABLE_OF_A_DEVICE + [429] * 3
    assert (await hands_in(anybody, telephone.seals(telephone.document()))).status_code == 201


async def test_who_guesses_codes_is_stopped_and_a_code_is_over_in_time(
    system: System, coordinator: httpx2.AsyncClient, clock: AdjustableClock
) -> None:
    worker = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    for _ in range(CODES_TRIED):
        is_a_problem(await Telephone().enrols(worker, "2345-6789"), 403, "device_code_not_accepted")
    code = (await coordinator.post("/api/v1/devices/codes", json={"command_id": str(uuid4())})).json()["code"]
    is_a_problem(await Telephone().enrols(worker, code), 429, "too_many_attempts")
    clock.ahead += max(CODE_WINDOW, CODE_LIFETIME)
    is_a_problem(await Telephone().enrols(worker, code), 403, "device_code_not_accepted")
    assert (await Telephone.enrolled(coordinator, worker)).id


async def test_the_same_record_from_several_places_at_once_is_one_case(
    telephone: Telephone, anybody: httpx2.AsyncClient
) -> None:
    """Two tabs, an answer cut off after the commit, and a file that was exported meanwhile."""
    record = telephone.seals(telephone.document())
    answers = await asyncio.gather(*(hands_in(anybody, record) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json()["receipt"] for answer in answers}) == 1
