"""The rules between fields of a submission (domain.md §4)."""

from collections.abc import Callable
from typing import Any

import pytest

Document = dict[str, Any]
FaultsOf = Callable[..., list[tuple[str, str]]]


def test_the_fullest_documents_are_valid(
    an_adult: Document, a_child: Document, a_threat: Document, faults_of: FaultsOf
) -> None:
    assert faults_of(an_adult, {}) == faults_of(a_child, {}) == faults_of(a_threat, {}) == []


@pytest.mark.parametrize(
    "name",
    [
        "danger_now",
        "medical_now",
        "age_band",
        "age_certainty",
        "language",
        "fear_of_return",
        "planned_departure",
        "safe_contact",
        "needs",
    ],
)
def test_a_person_s_submission_needs_it(name: str, an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {f"screening.{name}": ...}) == [(f"screening.{name}", "required")]


@pytest.mark.parametrize(
    "name",
    [
        "private",
        "sex",
        "travelling",
        "interpreter_needed",
        "country_origin",
        "harm_events",
        "pregnancy",
        "entry_date",
    ],
)
def test_other_questions_may_not_have_been_asked(name: str, an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {f"screening.{name}": ...}) == []


@pytest.mark.parametrize("name", ["device", "sent_at", "person", "consent", "withhold_from", "kind"])
def test_the_rest_of_the_document_is_optional(name: str, an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {name: ...}) == []


@pytest.mark.parametrize("kind", ["community_incident", "shelter_threat"])
def test_an_incident_carries_nothing_of_a_person(
    kind: str, a_threat: Document, a_child: Document, faults_of: FaultsOf
) -> None:
    incident = a_threat | {"kind": kind}
    assert faults_of(incident, {"screening.medical_now": ..., "device": ...}) == []
    assert faults_of(incident, {"sent_at": "2013-06-12T20:02:00-05:00"}) == [("sent_at", "not_for_this_kind")]
    assert faults_of(incident, {"screening.danger_now": ...}) == [("screening.danger_now", "required")]
    for name in ("person", "consent", "best_interests", "withhold_from"):
        assert faults_of(incident, {name: a_child[name]}) == [(name, "not_for_this_kind")]
    for name, answer in a_child["screening"].items():
        if name not in {"danger_now", "medical_now"}:
            path = f"screening.{name}"
            assert faults_of(incident, {path: answer}) == [(path, "not_for_this_kind")]
    assert faults_of(incident, {"consent": []}) == [("consent", "not_for_this_kind")]


def test_an_unknown_kind_is_reported_and_nothing_is_guessed(a_threat: Document, faults_of: FaultsOf) -> None:
    assert faults_of(a_threat, {"kind": "threat"}) == [("kind", "not_listed")]


@pytest.mark.parametrize("band", ["0-5", "6-11", "12-14", "15-17"])
def test_a_child_is_asked_with_whom_they_travel(band: str, a_child: Document, faults_of: FaultsOf) -> None:
    in_band = {"screening.age_band": band}
    assert faults_of(a_child, in_band) == []
    assert faults_of(a_child, in_band | {"screening.accompaniment": ...}) == [("screening.accompaniment", "required")]
    assert faults_of(a_child, in_band | {"screening.travelling": "alone"}) == [("screening.travelling", "wrong_side")]
    assert faults_of(a_child, in_band | {"best_interests": ...}) == []


@pytest.mark.parametrize("band", ["18-24", "25-59", "60+"])
def test_an_adult_has_no_child_s_fields(band: str, an_adult: Document, a_child: Document, faults_of: FaultsOf) -> None:
    in_band = {"screening.age_band": band}
    assert faults_of(an_adult, in_band | {"screening.accompaniment": "alone"}) == [
        ("screening.accompaniment", "wrong_side")
    ]
    assert faults_of(an_adult, in_band | {"best_interests": a_child["best_interests"]}) == [
        ("best_interests", "wrong_side")
    ]
    # A guardian's receipt for an adult is no fault: it is recorded, and consent.py finds it void.
    assert faults_of(an_adult, in_band | {"consent.1.given_by": "guardian"}) == []


def test_whether_somebody_could_be_a_child_is_asked_only_where_the_age_is_unknown(
    an_adult: Document, a_child: Document, faults_of: FaultsOf
) -> None:
    for document in (an_adult, a_child):
        for answer in ("yes", "no", "unsure"):
            found = faults_of(document, {"screening.could_be_under_18": answer})
            assert found == [("screening.could_be_under_18", "wrong_side")]


@pytest.mark.parametrize(
    ("path", "value", "refused"),
    [
        ("screening.entry_date", "2013-06-12", False),
        ("screening.entry_date", "2013-06-13", False),
        ("screening.entry_date", "2013-06-14", True),
        ("screening.entry_date", "2090-01-01", True),
        ("screening.entry_date", "9999-12-31", True),
        ("screening.entry_date", "unknown", False),
        ("person.birth_date", "2013", False),
        ("person.birth_date", "2014", True),
        ("person.birth_date", "2013-06", False),
        ("person.birth_date", "2013-07", True),
        ("person.birth_date", "2013-06-13", False),
        ("person.birth_date", "2013-06-14", True),
        ("person.birth_date", "2090", True),
    ],
)
def test_nobody_entered_or_was_born_after_the_visit(
    path: str, value: str, *, refused: bool, an_adult: Document, faults_of: FaultsOf
) -> None:
    visit = {"occurred_at": "2013-06-12T20:02:00-05:00"}
    assert faults_of(an_adult, visit | {path: value}) == ([(path, "after_the_visit")] if refused else [])


@pytest.mark.parametrize("year", [1970, 1980, 2000, 2012])
def test_a_device_with_a_dead_battery_makes_no_date_a_fault(year: int, an_adult: Document, faults_of: FaultsOf) -> None:
    dates = {"screening.entry_date": "2013-05-17", "person.birth_date": "2012-12"}
    assert faults_of(an_adult, dates | {"occurred_at": f"{year}-01-01T00:00:00Z"}) == []


def test_an_invalid_day_is_reported_once_and_not_compared(an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {"screening.entry_date": "2090-02-30"}) == [("screening.entry_date", "not_a_date")]
    assert faults_of(an_adult, {"person.birth_date": "2090-13"}) == [("person.birth_date", "not_a_date")]
    assert faults_of(an_adult, {"occurred_at": "yesterday", "person.birth_date": "2090"}) == [
        ("occurred_at", "not_a_time")
    ]


def test_of_an_unknown_age_the_second_question_decides(
    an_adult: Document, a_child: Document, faults_of: FaultsOf
) -> None:
    unknown = {"screening.age_band": "unknown"}
    assert faults_of(an_adult, unknown) == [("screening.could_be_under_18", "required")]
    assert faults_of(a_child, unknown) == [("screening.could_be_under_18", "required")]
    assert faults_of(an_adult, unknown | {"screening.could_be_under_18": "no"}) == []
    for answer in ("yes", "unsure"):
        could_be = unknown | {"screening.could_be_under_18": answer}
        assert faults_of(a_child, could_be) == []
        assert faults_of(an_adult, could_be) == [
            ("screening.accompaniment", "required"),
            ("screening.travelling", "wrong_side"),
        ]


def test_an_invalid_age_decides_no_rule_about_children_or_adults(an_adult: Document, faults_of: FaultsOf) -> None:
    changes = {"screening.age_band": "18", "screening.accompaniment": "alone"}
    assert faults_of(an_adult, changes) == [("screening.age_band", "not_listed")]


def test_without_privacy_five_questions_are_not_asked(an_adult: Document, faults_of: FaultsOf) -> None:
    lists = ("harm_events", "trafficking_indicators", "smuggling_indicators", "work_abuse")
    empty: Document = {f"screening.{name}": [] for name in lists} | {"screening.private": "no"}
    assert faults_of(an_adult, empty) == [("screening.distress", "must_be_empty_when_not_private")]
    assert faults_of(an_adult, empty | {"screening.distress": ...}) == []
    for name in lists:
        path = f"screening.{name}"
        left = {key: value for key, value in empty.items() if key != path} | {"screening.distress": ...}
        assert faults_of(an_adult, left) == [(path, "must_be_empty_when_not_private")]


def test_a_grant_says_what_how_and_in_which_words(an_adult: Document, faults_of: FaultsOf) -> None:
    for name in ("fields", "how", "wording_version"):
        path = f"consent.0.{name}"
        assert faults_of(an_adult, {path: ...}) == [(path, "required")]
    assert faults_of(an_adult, {"consent.0.fields": []}) == [("consent.0.fields", "required")]
    assert faults_of(an_adult, {"consent.0.fields": ["all", "sex"]}) == [("consent.0.fields", "all_stands_alone")]
    assert faults_of(an_adult, {"consent.0.fields": ["name"]}) == [("consent.0.fields.0", "not_listed")]
    assert faults_of(an_adult, {"consent.0.expires_at": ...}) == []


@pytest.mark.parametrize("decision", ["refused", "not_asked", "cannot_decide"])
def test_no_other_decision_does(decision: str, an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {"consent.0.decision": decision}) == [
        (f"consent.0.{name}", "only_when_granted") for name in ("expires_at", "fields", "how", "wording_version")
    ]


def test_nobody_is_asked_twice_about_one_recipient(an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {"consent.2.recipient": "ACNUR"}) == [("consent.2.recipient", "duplicate")]


@pytest.mark.parametrize(
    ("path", "twice"),
    [
        ("screening.needs", ["legal", "legal"]),
        ("screening.disability", ["seeing", "seeing"]),
        ("screening.self_declared", ["lgbtiq", "lgbtiq"]),
        ("screening.work_abuse", ["unpaid", "unpaid"]),
        ("screening.trafficking_indicators", ["watched", "watched"]),
        ("screening.smuggling_indicators", ["injured", "injured"]),
        ("withhold_from", ["INM", "INM"]),
        ("consent.0.fields", ["sex", "sex"]),
    ],
)
def test_no_list_of_codes_repeats_one(path: str, twice: list[str], an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {path: twice}) == [(path, "duplicate")]


def test_two_robberies_alike_are_two_events(an_adult: Document, faults_of: FaultsOf) -> None:
    robbery = {"kind": "robbery", "when": "30d"}
    assert faults_of(an_adult, {"screening.harm_events": [robbery, robbery]}) == []


def test_one_may_consent_to_a_recipient_and_exclude_it(an_adult: Document, faults_of: FaultsOf) -> None:
    assert an_adult["consent"][0]["recipient"] in an_adult["withhold_from"]
    assert faults_of(an_adult, {}) == []
