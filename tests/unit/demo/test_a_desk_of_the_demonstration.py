"""What a desk of the demonstration does next follows from the referral as it is, also when it changed meanwhile."""

import zlib
from typing import Any
from uuid import UUID

import services.cli  # noqa: F401 - the demonstration is one of its commands, and imports it in turn
from services.demo.people import UNANSWERED_ONE_IN, next_step

LUCK = {str(UUID(int=n)): zlib.crc32(UUID(int=n).bytes) for n in range(1000)}
UNANSWERED = next(one for one, luck in LUCK.items() if luck % UNANSWERED_ONE_IN == 0)
ANSWERED = next(one for one, luck in LUCK.items() if luck % UNANSWERED_ONE_IN and luck % 4 != 1 and luck % 11 != 2)


def referral(state: str, *, changed: bool = False, one: str = ANSWERED) -> dict[str, Any]:
    return {"referral_id": one, "state": state, "unseen_change": {"urgent": True} if changed else None}


def test_what_was_sent_is_acknowledged_and_then_accepted_once() -> None:
    steps = [next_step(referral(state)) for state in ("requested", "acknowledged", "accepted")]
    assert steps == [("acknowledge", {}), ("accept", {}), None]


def test_a_change_after_the_acceptance_is_acknowledged_and_nothing_else() -> None:
    assert next_step(referral("accepted", changed=True)) == ("acknowledge", {})


def test_what_went_to_another_agency_meanwhile_is_left_alone() -> None:
    assert next_step(referral("rerouted")) is None


def test_some_of_what_was_sent_stays_unanswered() -> None:
    assert next_step(referral("requested", one=UNANSWERED)) is None
