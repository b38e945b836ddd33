"""Nobody locks a person out of their slip, and no worker alone silences them or speaks for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx2
import pytest

from events.vocabulary import Role
from services.intake.slips.policy import MAX_ATTEMPTS_PER_CODE, WRONG_WORDS_OF_AN_ATTACK
from tests.support.builders.slips import (
    NEXT_SHELTER,
    arrives,
    asks_for_a_slip,
    case_as,
    checked,
    says,
    slip_of,
    takes_back,
)
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.models.revealing_words import revealed_by
from tests.support.people.alerted import alert_in
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, is_a_problem
from tests.support.system.lists import all_alerts
from tests.support.system.system import HANG


@asynccontextmanager
async def at(programme: Programme, address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody without an account, at an address of their own."""
    transport = httpx2.AsyncHTTPTransport(local_address=address)
    async with httpx2.AsyncClient(base_url=programme.system.url, timeout=HANG, transport=transport) as client:
        yield client


@pytest.fixture
async def attacker(in_time: Programme) -> AsyncIterator[httpx2.AsyncClient]:
    async with at(in_time, "127.0.0.66") as client:
        yield client


@pytest.fixture
async def person(in_time: Programme) -> AsyncIterator[httpx2.AsyncClient]:
    async with at(in_time, "127.0.0.7") as client:
        yield client


@pytest.fixture
async def colleague(in_time: Programme) -> httpx2.AsyncClient:
    return await in_time.system.signed_in(Role.SHELTER_WORKER, SHELTER, "colleague")


async def guesses(attacker: httpx2.AsyncClient, code: str, number: int) -> list[int]:
    return [(await says(attacker, code, "yes", word=f"palabra {each}")).status_code for each in range(number)]


async def test_the_person_withdraws_while_somebody_guesses_at_the_slip_from_elsewhere(
    in_time: Programme, attacker: httpx2.AsyncClient, person: httpx2.AsyncClient
) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR")))
    code = await slip_of(in_time.shelter, case)
    wrong = await guesses(attacker, code, MAX_ATTEMPTS_PER_CODE + 3)
    assert wrong == [403] * MAX_ATTEMPTS_PER_CODE + [429] * 3
    assert (await takes_back(person, code)).status_code == 202
    assert (await case_as(in_time.shelter, case))["frozen"] is not None


async def test_the_next_shelter_takes_the_case_over_while_somebody_guesses_at_the_slip(
    in_time: Programme, attacker: httpx2.AsyncClient
) -> None:
    code = await slip_of(in_time.shelter, await in_time.flag(an_adult(consent_to("ACNUR"))))
    assert (await guesses(attacker, code, MAX_ATTEMPTS_PER_CODE + 1))[-1] == 429
    staff = await in_time.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, "arrivals")
    assert (await arrives(staff, code)).status_code == 201


async def test_the_shelters_coordinator_hears_once_of_an_attack_and_the_alert_says_nothing(
    in_time: Programme, attacker: httpx2.AsyncClient, clock: AdjustableClock
) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR")))
    code = await slip_of(in_time.shelter, case)
    for _ in range(3):
        assert 429 in await guesses(attacker, code, MAX_ATTEMPTS_PER_CODE + 1)
        clock.ahead += timedelta(minutes=16)
    assert 3 * MAX_ATTEMPTS_PER_CODE > WRONG_WORDS_OF_AN_ATTACK
    alert = await alert_in(in_time.shelter, about="misuse")
    assert (alert["case_id"], alert["shelter"], alert["referral_id"]) == (case, SHELTER, None)
    assert revealed_by(alert["text"]) == set()
    await in_time.has_caught_up(case)
    told = [one for one in await in_time.history(case) if one["name"] == "intake.slip_attacked"]
    assert len(told) == 1
    assert "no abrió nada" in told[0]["es"]
    body = {"command_id": "5b0e0a52-3a0f-4f7c-9a2e-7c1d2e3f4a5c"}
    assert (await in_time.shelter.post(f"/api/v1/alerts/{alert['alert_id']}/seen", json=body)).status_code == 200


async def test_guesses_at_a_code_that_is_nobodys_alert_nobody(in_time: Programme, attacker: httpx2.AsyncClient) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR")))
    lost = await slip_of(in_time.shelter, case)
    await slip_of(in_time.shelter, case)
    for staff in ("one", "two"):  # counted apart, the same slip that is not in force any more
        shelter = await in_time.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER, staff)
        assert (await arrives(shelter, lost, word="x" * 5)).status_code == 403
    assert 429 in await guesses(attacker, lost, WRONG_WORDS_OF_AN_ATTACK + 2)
    await in_time.has_caught_up(case)
    assert not [one for one in await all_alerts(in_time.shelter) if one["about"] == "misuse"]


async def test_who_issued_the_slip_does_not_dismiss_what_it_took_back_and_may_confirm_it(
    in_time: Programme, person: httpx2.AsyncClient, colleague: httpx2.AsyncClient
) -> None:
    case = await in_time.flag(an_adult(consent_to("ACNUR")))
    code = await slip_of(in_time.shelter, case)
    assert (await takes_back(person, code)).status_code == 202
    is_a_problem(await checked(in_time.shelter, case, "dismissed"), 409, "second_person_needed")
    assert (await case_as(in_time.shelter, case))["frozen"] is not None
    assert (await checked(colleague, case, "dismissed")).status_code == 200
    assert (await takes_back(person, code)).status_code == 202
    assert (await checked(in_time.shelter, case, "confirmed")).status_code == 200


async def test_nobody_at_the_shelter_dismisses_again_and_again_and_the_programme_may(
    in_time: Programme, person: httpx2.AsyncClient, colleague: httpx2.AsyncClient
) -> None:
    code = await slip_of(in_time.shelter, case := await in_time.flag(an_adult(consent_to("ACNUR"))))
    assert (await takes_back(person, code)).status_code == 202
    assert (await checked(colleague, case, "dismissed")).status_code == 200
    assert (await takes_back(person, code)).status_code == 202
    is_a_problem(await checked(colleague, case, "dismissed"), 409, "second_person_needed")
    assert (await checked(in_time.coordinator, case, "dismissed")).status_code == 200


async def test_after_a_withdrawal_a_slip_with_another_word_is_in_nobodys_hands_alone(
    in_time: Programme, person: httpx2.AsyncClient, colleague: httpx2.AsyncClient
) -> None:
    code = await slip_of(in_time.shelter, case := await in_time.flag(an_adult(consent_to("ACNUR"))))
    assert (await takes_back(person, code)).status_code == 202
    unchecked = await asks_for_a_slip(in_time.shelter, case, override=True)
    is_a_problem(unchecked, 409, "second_person_needed")
    assert (await checked(colleague, case, "dismissed")).status_code == 200
    is_a_problem(await asks_for_a_slip(colleague, case, override=True), 409, "second_person_needed")
    laptop = await in_time.system.nobody_in_particular(Role.SHELTER_WORKER, SHELTER, "laptop")
    is_a_problem(await asks_for_a_slip(laptop, case, override=True), 409, "second_person_needed")
    assert (await asks_for_a_slip(in_time.shelter, case, override=True)).status_code == 201
    is_a_problem(await says(person, code, "yes"), 403, "slip_not_accepted")
