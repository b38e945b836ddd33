"""One invalid part at a time: the field and the code of its fault."""

from collections.abc import Callable
from typing import Any

import pytest

from services.intake.submissions.document import InvalidSubmission, read
from services.intake.submissions.document.faults import FAULT_CODES, Fault

Document = dict[str, Any]
FaultsOf = Callable[..., list[tuple[str, str]]]

FORM = [
    ("submission_id", ..., "required"),
    ("submission_id", "128b2f330c5c4fd0a6a3a4506513270e", "not_a_uuid"),
    ("submission_id", 5, "not_a_uuid"),
    ("kind", "person ", "not_listed"),
    ("shelter", "ALB-XXX-99", "not_listed"),
    ("shelter", 3, "not_text"),
    ("shelter", ..., "required"),
    ("worker", "María López", "not_a_worker_code"),
    ("worker", "Maria.Lopez-Hernandez", "not_a_worker_code"),
    ("worker", "Ana-1", "not_a_worker_code"),
    ("worker", "w" * 65, "not_a_worker_code"),
    ("worker", "w-1\n", "not_a_worker_code"),
    ("worker", "w-٠٠٩", "not_a_worker_code"),
    ("worker", "tel-50499998888", "not_a_worker_code"),
    ("worker", "w-99998888", "not_a_worker_code"),
    ("device.id", "tel-50499998888", "not_a_device_code"),
    ("device.id", "Maria-1", "not_a_device_code"),
    ("device", [], "not_an_object"),
    ("device.sequence", "1", "not_integer"),
    ("device.sequence", True, "not_integer"),
    ("device.sequence", 1.0, "not_integer"),
    ("device.sequence", -1, "out_of_range"),
    ("device.id", ..., "required"),
    ("occurred_at", "2013-06-12T08:34:00", "needs_offset"),
    ("occurred_at", "2013-06-12 08:34:00Z", "not_a_time"),
    ("occurred_at", "2013-06-31T08:34:00Z", "not_a_time"),
    ("occurred_at", "2013-06-12", "not_a_time"),
    ("occurred_at", "9999-12-31T23:59:59-10:00", "not_a_time"),
    ("occurred_at", 1371044040, "not_a_time"),
    ("sent_at", "ayer", "not_a_time"),
    ("sent_at", "2013-06-12T08:34:00", "needs_offset"),
    ("person", "Ana", "not_an_object"),
    ("person.name", "x" * 201, "too_long"),
    ("person.name", "Ana\x00", "control_characters"),
    ("person.name", "Ana\nCruz", "control_characters"),
    ("person.notes", "x" * 8001, "too_long"),
    ("person.notes", "a\x1b[2J", "control_characters"),
    ("person.phone", 50496706306, "not_text"),
    ("person.birth_date", "1990-02-30", "not_a_date"),
    ("person.birth_date", "30/04/1990", "not_a_date"),
    ("person.birth_date", "", "not_a_date"),
    ("screening", [], "not_an_object"),
    ("screening.danger_now", ..., "required"),
    ("screening.danger_now", True, "not_listed"),
    ("screening.danger_now", "Yes", "not_listed"),
    ("screening.sex", "f", "not_listed"),
    ("screening.interpreter_needed", "true", "not_boolean"),
    ("screening.interpreter_needed", 1, "not_boolean"),
    ("screening.lacks_aid_or_medicine", "no", "not_boolean"),
    ("screening.country_origin", "HN", "not_listed"),
    ("screening.country_origin", "XXX", "not_listed"),
    ("screening.language", "español", "not_a_language"),
    ("screening.language", "e", "not_a_language"),
    ("screening.entry_date", "2013-3-29", "not_a_date"),
    ("screening.entry_date", "no", "not_a_date"),
    ("screening.harm_events", {}, "not_a_list"),
    ("screening.harm_events.0", "robbery", "not_an_object"),
    ("screening.harm_events.0.kind", "theft", "not_listed"),
    ("screening.harm_events.1.when", ..., "required"),
    ("screening.harm_events.0.where", "MX-ZZZ", "not_listed"),
    ("screening.harm_events.0.where", "MX-DIF", "not_listed"),
    ("screening.harm_events.0.where", "ZZ-AB", "not_listed"),
    ("screening.harm_events.0.where", "GTM", "not_listed"),
    ("screening.pregnancy.weeks", 46, "out_of_range"),
    ("screening.pregnancy.weeks", "20", "not_integer"),
    ("screening.pregnancy.danger_signs", "no", "not_boolean"),
    ("screening.pregnancy.pregnant", ..., "required"),
    ("screening.needs", "legal", "not_a_list"),
    ("screening.needs.1", "housing", "not_listed"),
    ("screening.gender_self", "x" * 101, "too_long"),
    ("screening.family_group", "los Cruz", "not_a_code"),
    ("consent", {}, "not_a_list"),
    ("consent.0.recipient", "INM", "not_listed"),
    ("consent.0.purpose", ..., "required"),
    ("consent.0.given_by", ..., "required"),
    ("consent.0.expires_at", "2013-07-12T00:00:00", "needs_offset"),
    ("withhold_from.0", "DIF", "not_listed"),
    ("withhold_from.0", {}, "not_listed"),
]


@pytest.mark.parametrize(("path", "value", "code"), FORM)
def test_a_wrong_value_is_reported_at_its_field(
    path: str, value: object, code: str, an_adult: Document, faults_of: FaultsOf
) -> None:
    assert (path, code) in faults_of(an_adult, {path: value})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("screening.harm_events.0.where", "MX-CMX"),
        ("screening.harm_events.0.where", "GT-AV"),
        ("screening.harm_events.0.where", "HN"),
        ("screening.country_origin", "stateless"),
        ("screening.language", "zh-Hant-TW"),
        ("screening.entry_date", "unknown"),
        ("person.birth_date", "1990-04-30"),
        ("person.birth_date", "1990-04"),
        ("person.notes", "línea\n\totra\r\n"),
        ("occurred_at", "2013-06-12t13:34:00.123456z"),
        ("screening.needs", []),
        ("consent", []),
        ("consent.0.fields", ["age_band", "shelter", "harm_events"]),
        ("screening.pregnancy.pregnant", "no"),
    ],
)
def test_other_right_values_are_accepted(path: str, value: object, an_adult: Document, faults_of: FaultsOf) -> None:
    assert faults_of(an_adult, {path: value}) == []


@pytest.mark.parametrize("holder", ["", "person.", "screening.", "screening.harm_events.0.", "consent.0."])
def test_a_field_unknown_at_its_place_is_named_only_if_the_name_is_ours(
    holder: str, an_adult: Document, faults_of: FaultsOf
) -> None:
    stands_at = holder.removesuffix(".") or "$"
    assert faults_of(an_adult, {f"{holder}María": "x"}) == [(stands_at, "unknown_field")]
    assert faults_of(an_adult, {f"{holder}basis": "x"}) == [(f"{holder}basis", "unknown_field")]
    assert faults_of(an_adult, {f"{holder}basis": None}) == [(f"{holder}basis", "unknown_field")]


@pytest.mark.parametrize("path", ["person", "screening.sex", "consent", "consent.0.how", "screening.needs.0"])
def test_a_null_is_no_answer(path: str, an_adult: Document, faults_of: FaultsOf) -> None:
    assert (path, "null_value") in faults_of(an_adult, {path: None})


def test_every_fault_is_reported_at_once_and_sorted(an_adult: Document, faults_of: FaultsOf) -> None:
    faults = faults_of(
        an_adult,
        {
            "worker": "Ana Cruz",
            "shelter": "ALB-XXX-01",
            "screening.accompaniment": "alone",
            "screening.sex": None,
            "screening.needs": ["legal", "x", "legal"],
            "screening.language": ...,
            "screening.private": "no",
            "consent.1.recipient": "ACNUR",
            "Rosa": 1,
        },
    )
    assert faults == [
        ("$", "unknown_field"),
        ("consent.1.recipient", "duplicate"),
        ("screening.accompaniment", "wrong_side"),
        ("screening.distress", "must_be_empty_when_not_private"),
        ("screening.harm_events", "must_be_empty_when_not_private"),
        ("screening.language", "required"),
        ("screening.needs", "duplicate"),
        ("screening.needs.1", "not_listed"),
        ("screening.sex", "null_value"),
        ("screening.smuggling_indicators", "must_be_empty_when_not_private"),
        ("screening.trafficking_indicators", "must_be_empty_when_not_private"),
        ("screening.work_abuse", "must_be_empty_when_not_private"),
        ("shelter", "not_listed"),
        ("worker", "not_a_worker_code"),
    ]
    assert faults == sorted(faults)


def test_an_empty_document_lacks_all_that_is_required(faults_of: FaultsOf) -> None:
    assert {code for _, code in faults_of({}, {})} == {"required"}
    assert {field for field, _ in faults_of({}, {})} >= {
        "submission_id",
        "shelter",
        "worker",
        "occurred_at",
        "screening",
        "screening.medical_now",
        "screening.needs",
    }


@pytest.mark.parametrize("document", [None, [], "x", 5, True])
def test_what_is_no_object_is_no_submission(document: object) -> None:
    with pytest.raises(InvalidSubmission) as refused:
        read(document, shelters=())
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("$", "not_an_object")]


@pytest.mark.parametrize("document", [object(), {1: 2}, {"a": {3}}, {"a": float("nan")}, {"a": 10**400}, b"{}"])
def test_what_json_cannot_say_is_refused(document: object) -> None:
    with pytest.raises(InvalidSubmission) as refused:
        read(document, shelters=())
    assert [fault.code for fault in refused.value.faults] == ["not_json"]


def test_every_code_has_its_sentence_in_both_languages() -> None:
    for code in FAULT_CODES:
        fault = Fault.of("worker", code, 5)
        assert fault.es
        assert fault.en
        assert "{" not in fault.es + fault.en


def test_a_limit_is_reported_with_its_fault(an_adult: Document, shelters: frozenset[str]) -> None:
    with pytest.raises(InvalidSubmission) as refused:
        read(an_adult | {"person": {"name": "x" * 201}}, shelters=shelters)
    assert refused.value.faults[0].es == "Es demasiado largo (máximo: 200)."
