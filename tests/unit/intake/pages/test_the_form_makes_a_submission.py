"""What is written into the registration form becomes a submission; what was not asked says nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from services.intake.pages.register_document import document_of
from services.intake.pages.register_questions import QUESTIONS, asked, facts_of
from services.intake.submissions.document import InvalidSubmission, Submission, read_bytes
from services.intake.wordings import Use, wordings
from tests.support.builders.filled_forms import A_CHILD_ALONE, AN_ADULT, OPTIONS, filled_at_random, whole

SHELTER = "ALB-TAP-01"
NOW = datetime(2013, 6, 12, 14, 34, tzinfo=UTC)


def made_of(fields: Mapping[str, str]) -> dict[str, Any]:
    return document_of(
        fields,
        submission_id="7a0c4a0e-5c1e-4d51-8f8f-3f6c1f3f2b11",
        shelter=SHELTER,
        worker="p-013",
        now=NOW,
        zone=ZoneInfo("America/Mexico_City"),
    )


def taken(document: dict[str, Any]) -> Submission:
    return read_bytes(orjson.dumps(document), shelters={SHELTER}, wordings=wordings(Use.CONSENT))


def test_a_child_alone_is_flagged_with_no_more_than_twelve_answers() -> None:
    assert len(A_CHILD_ALONE) <= 12
    document = made_of(A_CHILD_ALONE)
    assert taken(document).screening.accompaniment == "alone"
    assert document["screening"] == {**A_CHILD_ALONE, "needs": []}


@pytest.mark.parametrize("answers", [A_CHILD_ALONE, AN_ADULT])
def test_whatever_must_be_answered_is_said_to_be_needed(answers: Mapping[str, str]) -> None:
    needed = {one.name for one in asked(facts_of(answers)) if one.required}
    assert needed == set(answers)


def test_every_form_with_the_needed_answers_is_a_valid_submission() -> None:
    for seed in range(400):
        draw = Random(seed)
        taken(made_of(whole(filled_at_random(draw), draw)))


def test_a_list_that_asks_a_child_about_whom_an_adult_travels_with_is_refused() -> None:
    """The control of the test above: the conditions are what keeps the submission valid."""
    with pytest.raises(InvalidSubmission, match="wrong_side"):
        taken(made_of(A_CHILD_ALONE) | {"screening": {**A_CHILD_ALONE, "needs": [], "travelling": "alone"}})


def test_where_others_listen_what_was_told_before_is_not_handed_on() -> None:
    told = {"harm-1-kind": "robbery", "harm-1-when": "72h", "trafficking_indicators-watched": "si", "distress": "acute"}
    in_private, overheard = made_of({**AN_ADULT, **told}), made_of({**AN_ADULT, **told, "private": "no"})
    assert in_private["screening"]["harm_events"] == [{"kind": "robbery", "when": "72h"}]
    assert not {"harm_events", "trafficking_indicators", "distress"} & overheard["screening"].keys()
    taken(overheard)


def test_an_answer_goes_with_the_answer_that_it_hung_on() -> None:
    grown = {
        **A_CHILD_ALONE,
        "age_band": "25-59",
        "assent": "yes",
        "basis": "assessment_started",
        "travelling": "alone",
    }
    document = made_of(grown)
    assert "accompaniment" not in document["screening"]
    assert "best_interests" not in document
    taken(document)


@pytest.mark.parametrize("kind", ["community_incident", "shelter_threat"])
def test_what_is_not_about_a_person_says_nothing_of_one(kind: str) -> None:
    document = made_of(
        {**AN_ADULT, "kind": kind, "name": "CANARIO", "withhold_from-INM": "si", "consentimientos": "[]"}
    )
    assert document["screening"] == {"danger_now": "no", "medical_now": "no"}
    assert {"person", "consent", "withhold_from"} & document.keys() == set()
    taken(document)


def test_a_sheet_of_paper_is_entered_with_its_own_moment_and_worker() -> None:
    paper = {
        "papel": "si",
        "occurred_at": "2013-06-10T23:15",
        "worker": " w-035 ",
        "iniciado": "2013-06-12T08:34:00-06:00",
    }
    late, now = made_of({**AN_ADULT, **paper}), made_of({**AN_ADULT, **paper, "papel": ""})
    assert (late["occurred_at"], late["worker"]) == ("2013-06-10T23:15:00-05:00", "w-035")
    assert (now["occurred_at"], now["worker"]) == ("2013-06-12T08:34:00-06:00", "p-013")


@pytest.mark.parametrize(
    ("written", "said"), [("30/4/1998", "1998-04-30"), ("1998", "1998"), (" 1998-04 ", "1998-04"), ("ayer", "ayer")]
)
def test_a_birth_date_is_taken_as_people_write_it(written: str, said: str) -> None:
    assert made_of({**AN_ADULT, "birth_date": written})["person"] == {"birth_date": said}


def test_what_is_written_wrong_is_handed_on_so_that_it_is_named() -> None:
    document = made_of({**AN_ADULT, "birth_date": "ayer", "pregnant": "yes", "weeks": "muchas", "consentimientos": "{"})
    with pytest.raises(InvalidSubmission) as refused:
        taken(document)
    assert {"person.birth_date", "screening.pregnancy.weeks", "consent"} <= {one.field for one in refused.value.faults}


def test_every_answer_of_a_question_is_one_that_a_submission_may_have() -> None:
    for question in QUESTIONS:
        if question.type == "one" and question.codes not in {"kind", "language"}:
            for code, _ in OPTIONS[question.name]:
                base = (
                    A_CHILD_ALONE if "child=yes" in question.when or question.name in {"assent", "basis"} else AN_ADULT
                )
                more = {"assent": "yes", "basis": "assessment_started"} if question.path.startswith("best") else {}
                unknown_age = (
                    {"age_band": "unknown", "could_be_under_18": "no"} if "age_band=unknown" in question.when else {}
                )
                answers = {**base, **more, **unknown_age, question.name: code}
                if question.name not in {"age_band", "could_be_under_18"}:
                    taken(made_of(answers))
