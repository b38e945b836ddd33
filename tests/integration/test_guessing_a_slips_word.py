"""Whoever saw a slip guesses its word: from one place, from many, and what is left to the person meanwhile."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.secrets.installation import Secrets
from services.chassis.throttle import Throttle, TooManyAttemptsError
from services.intake.slips.policy import (
    AT_A_PLACE_A_DAY,
    DAY,
    MAX_ATTEMPTS_PER_CODE,
    OPEN_A_DAY,
    RESERVED_A_DAY,
    RESERVED_AT_A_PLACE,
    limits_of_public,
    limits_of_staff,
)
from tests.support.system.logs import database_of

CODE = "7F3K2Q9MXW4H"
NOON = datetime(2013, 6, 12, 18, tzinfo=UTC)


@pytest.fixture
async def throttle(database: str, secrets: Secrets) -> AsyncIterator[Throttle]:
    own = database_of(database, secrets, "intake")
    yield Throttle(own, b"k" * 32, "slip_attempt", DAY)
    await own.close()


async def tries(throttle: Throttle, place: str, number: int, at: datetime = NOON, *, hours: float = 0) -> int:
    """How many guesses a place gets in a time, one wrong word after another."""
    admitted = 0
    for each in range(number):
        try:
            await throttle.admit(limits_of_public(CODE, place), at + timedelta(hours=hours * each / number))
            admitted += 1
        except TooManyAttemptsError:
            pass
    return admitted


async def test_one_place_gets_a_few_guesses_a_day_and_uses_up_nothing_of_the_persons(throttle: Throttle) -> None:
    assert await tries(throttle, "attacker", 40) == MAX_ATTEMPTS_PER_CODE
    assert await tries(throttle, "attacker", 90, NOON + timedelta(minutes=20), hours=23) == (
        AT_A_PLACE_A_DAY - MAX_ATTEMPTS_PER_CODE
    )
    assert await tries(throttle, "person", 5, NOON + timedelta(hours=20)) == MAX_ATTEMPTS_PER_CODE


async def test_while_many_places_guess_the_person_gets_in_from_another_and_the_guesses_of_a_day_are_bounded(
    throttle: Throttle,
) -> None:
    a_few = MAX_ATTEMPTS_PER_CODE
    guesses = 0
    for number in range(60):
        guesses += await tries(throttle, f"bot {number}", a_few)
    assert guesses == OPEN_A_DAY + (60 - OPEN_A_DAY // a_few) * RESERVED_AT_A_PLACE
    assert await tries(throttle, "person", a_few) == RESERVED_AT_A_PLACE, "a slip of the finger may happen"
    for number in range(60, 250):
        guesses += await tries(throttle, f"bot {number}", a_few)
    assert guesses <= OPEN_A_DAY + RESERVED_A_DAY == 480
    assert await tries(throttle, "bot 1000", a_few) == 0


async def test_no_attack_on_the_public_route_touches_a_handover_nor_one_shelter_anothers(throttle: Throttle) -> None:
    for number in range(200):
        await tries(throttle, f"bot {number}", RESERVED_AT_A_PLACE)
    for _ in range(MAX_ATTEMPTS_PER_CODE):
        await throttle.admit(limits_of_staff(CODE, "ALB-TAP-01"), NOON)
    with pytest.raises(TooManyAttemptsError):
        await throttle.admit(limits_of_staff(CODE, "ALB-TAP-01"), NOON)
    await throttle.admit(limits_of_staff(CODE, "ALB-OAX-01"), NOON)


async def test_a_right_word_is_no_attempt_and_clears_nothing_of_the_attackers(throttle: Throttle) -> None:
    assert await tries(throttle, "shared", 3) == 3
    for _ in range(30):
        await throttle.give_back(await throttle.admit(limits_of_public(CODE, "shared"), NOON))
    assert await tries(throttle, "shared", 9) == MAX_ATTEMPTS_PER_CODE - 3


async def test_after_a_day_nothing_is_stored_of_an_attempt(throttle: Throttle) -> None:
    await tries(throttle, "attacker", 3)
    await throttle.admit(limits_of_public("222222222222", "person"), NOON + timedelta(days=1, seconds=1))
    async with throttle.database.reading() as connection:
        assert await connection.fetchval("select min(began) from slip_attempt") > NOON
