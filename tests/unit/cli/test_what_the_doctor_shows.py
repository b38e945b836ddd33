"""Findings on the terminal: many that are alike are one paragraph, and none is lost."""

import pytest

from services.cli import doctoring
from services.doctor.domain import Code, Found, fails
from services.doctor.words import in_words


def shown(capsys: pytest.CaptureFixture[str], *found: Found) -> str:
    doctoring._show([in_words(one) for one in found], everything=False)
    return capsys.readouterr().out


def desks(count: int) -> list[Found]:
    return [fails(Code.REACHED, f"DESK{number:02}") for number in range(count)]


def test_a_few_desks_that_nobody_answers_for_are_a_sentence_each(capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(capsys, *desks(3))
    assert told.count("no llegan a nadie") == 3
    assert "también" not in told
    assert told.count("canaliza contacts list") == 1, "the fix is said once"


def test_many_desks_that_nobody_answers_for_are_one_sentence_and_their_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = shown(capsys, *desks(29))
    assert told.count("no llegan a nadie") == told.count("reach nobody") == 1
    assert all(told.count(f"DESK{number:02}") >= 1 for number in range(29))
    assert "y también · and also: DESK01, DESK02" in told
    assert told.count("canaliza contacts list") == 1


def test_what_differs_in_more_than_its_name_is_told_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    services = ("intake", "referral", "notifications", "audit")
    told = shown(capsys, *(fails(Code.SCHEMA_PENDING, name, number=n) for n, name in enumerate(services, start=2)))
    assert "también" not in told
    assert told.count("✗ schema_pending") == len(services)
