"""What the lengths of a stolen copy's boxes tell of the people of the sample day."""

from collections import defaultdict

import pytest

from events.intake import CaseOpened
from events.sealed import Box
from services.referral.routing.policy import load_rules
from tests.support.models.pure_pipeline import Told, read, through
from tests.support.system.system import sample_day

Lengths = set[int]


@pytest.fixture(scope="module")
def day() -> list[Told]:
    rules = load_rules()
    return [through(read(document), rules) for document in sample_day()]


def lengths(day: list[Told]) -> dict[str, Lengths]:
    """The lengths of the boxes of a day, by the event and the field that holds them."""
    found: dict[str, Lengths] = defaultdict(set)
    for told in day:
        for fact in told.facts:
            for field, value in fact.event:
                if isinstance(value, Box):
                    found[f"{fact.event.NAME} {field}"].add(len(value.sealed))
    return found


def test_everybodys_answers_and_everybodys_name_are_boxes_of_one_length(day: list[Told]) -> None:
    found = lengths(day)
    assert len(found["intake.case_opened screening"]) == 1
    assert len(found["intake.case_opened identity"]) == 1


def test_what_the_rules_looked_at_and_what_an_agency_sees_have_two_lengths_at_most(day: list[Told]) -> None:
    assert {field: sizes for field, sizes in lengths(day).items() if len(sizes) > 2} == {}


@pytest.mark.parametrize("indicators", ["trafficking_indicators", "smuggling_indicators", "harm_events"])
def test_a_length_does_not_separate_those_with_indicators_from_those_without(day: list[Told], indicators: str) -> None:
    of_those_with, of_the_others = Lengths(), Lengths()
    for told in day:
        (opened,) = told.of(CaseOpened)
        has = bool(told.opened(opened, "screening")["screening"].get(indicators))
        (of_those_with if has else of_the_others).add(len(opened.event.screening.sealed))
    assert of_those_with
    assert of_those_with == of_the_others
