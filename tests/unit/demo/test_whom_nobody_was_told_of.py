"""The demonstration counts of whom nobody was told, and says so when there is somebody."""

from datetime import UTC, datetime
from typing import Any

import pytest

import services.cli  # noqa: F401 - the demonstration is one of its commands, and imports it in turn
from services.demo.check import check_mails
from services.demo.mailbox import Mail
from services.demo.people import NotAsExpectedError
from services.demo.told import times_to_ask, untold

REFERRAL = {"referral_id": "r-1", "case_id": "c-1"}


def alert(**whose: Any) -> dict[str, Any]:
    return {"referral_id": None, "case_id": None, **whose}


@pytest.mark.parametrize("told", [alert(referral_id="r-1"), alert(case_id="c-1")], ids=["a desk", "its shelter"])
def test_whoever_was_alerted_of_a_case_knows_of_it(told: dict[str, Any]) -> None:
    assert untold(["c-1"], [REFERRAL], [told]) == {}


def test_a_case_is_forgotten_if_only_others_were_alerted_of() -> None:
    others = [alert(referral_id="r-2"), alert(case_id="c-2"), alert()]
    assert untold(["c-1"], [REFERRAL], others) == {"c-1": [REFERRAL]}


def test_a_case_without_any_referral_is_not_passed_over() -> None:
    assert untold(["c-1", "c-3"], [REFERRAL], [alert(referral_id="r-1")]) == {"c-3": []}


def test_who_said_no_is_not_to_be_asked_again() -> None:
    asked = {"waiting": {"ask_by": "2013-06-13T12:00:00+00:00"}}
    said_no: dict[str, Any] = {"waiting": {"ask_by": None}}
    assert times_to_ask([asked, said_no, {"waiting": None}]) == [datetime(2013, 6, 13, 12, tzinfo=UTC)]


@pytest.mark.parametrize(
    "mails",
    [
        [Mail("a@b.invalid", "1", "", "Hay una decisión en espera, código 7F3K: es un niño")],
        [Mail("a@b.invalid", "1", "", "Hay una decisión en espera, código 7F3K")] * 2,
    ],
    ids=["says more", "came twice"],
)
def test_a_mail_that_says_more_or_comes_twice_is_found(mails: list[Mail]) -> None:
    with pytest.raises(NotAsExpectedError):
        check_mails(mails)
