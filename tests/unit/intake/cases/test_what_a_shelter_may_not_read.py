"""Which answers a shelter may read, and that those it may not go on counting whatever it writes."""

from typing import Any

import pytest

from events.consent_rules import has_a_guardian
from events.continuity import HelpConfirmed, WithdrawalChecked
from events.contract import Event
from events.vocabulary import Agency, ConsentGiver, HelpAnswer, WithdrawalAnswer
from services.intake.cases.domain import CaseState, may_be_transferred, shown_version
from services.intake.cases.hidden_answers import keep_hidden_answers, readable_answers
from tests.support.builders.case_state import SLIP, after, amended_by, facts_of, frozen, to

FIRST, NEXT, THIRD = "ALB-TAP-01", "ALB-IXT-01", "ALB-OAX-01"
BY_STAFF = {"kind": "extortion", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
BY_FAMILY = {"kind": "assault", "when": "older", "perpetrator": "family"}
ROBBERY = {"kind": "robbery", "when": "30d"}

Answers = dict[str, Any]


def amends(case: CaseState, before: Answers, **written: Any) -> Answers:
    return keep_hidden_answers(case, before, {"screening": written})


def test_the_next_shelter_reads_the_named_answers_and_the_registering_one_reads_all() -> None:
    screening = {"age_band": "25-59", "language": "es"}
    answers = {"screening": screening}
    everything: Answers = {**screening, "harm_events": []}
    assert readable_answers(after(), answers) == everything
    assert readable_answers(after(to(NEXT, FIRST, "language")), answers) == {"language": "es"}
    assert readable_answers(after(to(NEXT, FIRST)), answers) == everything


@pytest.mark.parametrize(
    "case", [after(), after(to(NEXT, FIRST)), after(to(NEXT, FIRST, "harm_events")), after(amended_by(FIRST))]
)
def test_no_shelter_of_the_case_reads_that_staff_did_harm_nor_that_something_is_missing(case: CaseState) -> None:
    for others in ([], [ROBBERY]):
        told = readable_answers(case, {"screening": {"harm_events": [*others, BY_STAFF]}})
        assert told == readable_answers(case, {"screening": {"harm_events": others}}) == {"harm_events": others}
    untold = {"screening": {"harm_events": [BY_STAFF]}}
    if case.consent is None:
        assert readable_answers(case, untold) == readable_answers(case, {"screening": {}})


@pytest.mark.parametrize("written", [{}, {"harm_events": []}, {"harm_events": [ROBBERY]}])
def test_no_amendment_takes_out_that_staff_did_harm_and_none_shows_it(written: Answers) -> None:
    before: Answers = {"screening": {"language": "es", "harm_events": [BY_STAFF, BY_FAMILY]}}
    for case, author in ((after(), FIRST), (after(to(NEXT, FIRST)), NEXT)):
        now = amends(case, before, language="mam", **written)
        assert BY_STAFF in now["screening"]["harm_events"]
        assert BY_FAMILY not in now["screening"]["harm_events"]  # which that shelter had read, and corrected
        theirs = after(*([to(NEXT, FIRST)] if author == NEXT else []), amended_by(author))
        assert readable_answers(theirs, now) == {"language": "mam", "harm_events": written.get("harm_events", [])}
        again = amends(theirs, now, language="es")
        assert again["screening"]["harm_events"] == [BY_STAFF]


def test_an_amendment_without_anything_hidden_is_the_document_as_written() -> None:
    assert amends(after(), {"screening": {"harm_events": [ROBBERY]}}, language="es") == {
        "screening": {"language": "es"}
    }


def test_the_next_shelter_can_neither_delete_nor_read_hidden_answers_by_amending() -> None:
    case = after(to(NEXT, FIRST, "language"))
    before = {"screening": {"age_band": "25-59", "language": "es", "danger_now": "yes"}, "withhold_from": ["OIM"]}
    now = {"screening": {"language": "mam", "danger_now": "no"}, "withhold_from": ["INM"]}
    merged = keep_hidden_answers(case, before, now)
    assert merged["screening"] == {"age_band": "25-59", "language": "mam", "danger_now": "yes"}
    assert merged["withhold_from"] == ["INM", "OIM"]
    assert merged["carried"] == ["age_band", "danger_now"]
    theirs = after(to(NEXT, FIRST, "language"), amended_by(NEXT))
    assert readable_answers(theirs, merged) == {"language": "mam", "danger_now": "no", "harm_events": []}
    again = keep_hidden_answers(theirs, merged, {"screening": {"language": "es"}})
    assert again["screening"] == {"age_band": "25-59", "language": "es", "danger_now": "yes"}
    assert again["withhold_from"] == ["INM", "OIM"]
    whole = readable_answers(after(to(NEXT, FIRST, "language"), amended_by(NEXT), to(THIRD, NEXT)), again)
    assert whole == again["screening"] | {"harm_events": []}  # let be known, what counts is shown


def test_a_box_of_earlier_times_that_names_hidden_fields_alone_keeps_them() -> None:
    theirs = after(to(NEXT, FIRST, "language"), amended_by(NEXT))
    before = {"screening": {"age_band": "6-11", "language": "mam"}, "carried": ["age_band"]}
    assert readable_answers(theirs, before) == {"language": "mam", "harm_events": []}
    assert amends(theirs, before, language="es")["screening"] == {"age_band": "6-11", "language": "es"}


@pytest.mark.parametrize(
    ("name", "hidden", "written", "counts"),
    [
        ("harm_events", [BY_FAMILY], [], [BY_FAMILY]),
        ("harm_events", [BY_FAMILY], [ROBBERY], [BY_FAMILY, ROBBERY]),
        ("trafficking_indicators", ["watched"], ["isolated", "watched"], ["watched", "isolated"]),
        ("danger_now", "yes", "no", "yes"),
        ("danger_now", "no", "yes", "yes"),
        ("age_band", "12-14", "25-59", "12-14"),
        ("age_band", "25-59", "15-17", "15-17"),
        ("accompaniment", "alone", "parent_or_guardian", "alone"),
        ("accompaniment", "parent_or_guardian", "unrelated_adult", "unrelated_adult"),
        ("protection_status", "refugee", "none", "refugee"),
        ("pregnancy", {"pregnant": "no"}, {"pregnant": "yes"}, {"pregnant": "yes"}),
        ("pregnancy", {"pregnant": "yes", "danger_signs": True}, {"pregnant": "no"}, None),
        ("safe_contact", "do_not_contact", "voice", "do_not_contact"),
        ("planned_departure", "today", "7d", "7d"),
        ("language", "mam", "es", "es"),
    ],
)
def test_what_is_hidden_and_what_is_written_count_together(name: str, hidden: Any, written: Any, counts: Any) -> None:
    now = amends(after(to(NEXT, FIRST, "sex")), {"screening": {name: hidden}}, **{name: written})
    assert now["screening"][name] == (hidden if counts is None else counts)


def test_a_guardian_whose_harm_the_next_shelter_cannot_see_stays_one_who_may_not_decide() -> None:
    child = {"age_band": "6-11", "accompaniment": "parent_or_guardian", "harm_events": [BY_FAMILY]}
    now = amends(after(to(NEXT, FIRST, "language")), {"screening": child}, **child | {"harm_events": []})
    assert not has_a_guardian(now["screening"])
    assert not may_be_transferred(now, ConsentGiver.GUARDIAN, heard=False)


OF_PEAS = [
    HelpConfirmed(slip=SLIP, agency=Agency.PEAS, confirmation=HelpAnswer.YES),
    frozen(Agency.PEAS),
    WithdrawalChecked(shelter=FIRST, answer=WithdrawalAnswer.DISMISSED, checked_by="c", recipient=Agency.PEAS),
]


@pytest.mark.parametrize("hidden", [OF_PEAS[:1], OF_PEAS[1:2], OF_PEAS])
def test_a_case_counts_nothing_of_peas_in_what_its_shelter_is_told(hidden: list[Event]) -> None:
    seen = facts_of(amended_by(FIRST))
    told = facts_of(*hidden, amended_by(FIRST))
    assert shown_version(told, told[-1]) == shown_version(seen, seen[-1]) == 2
    assert not after(*hidden).frozen_to_shelter
    assert after(*hidden, frozen(Agency.OIM)).frozen_to_shelter
