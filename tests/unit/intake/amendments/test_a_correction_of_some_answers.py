"""A document that is made anew from what a shelter may read and what it corrects. Without any I/O."""

from datetime import timedelta
from typing import Any

from services.intake.amendments.domain import Correction, corrected_document
from tests.support.builders.case_state import AT, OPENED, after, to

BY_STAFF = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
ANSWERS: dict[str, Any] = {
    "occurred_at": AT.isoformat(),
    "screening": {
        "danger_now": "no",
        "language": "mam",
        "planned_departure": "7d",
        "harm_events": [{"kind": "robbery", "when": "72h"}, BY_STAFF],
    },
    "withhold_from": ["OIM"],
    "best_interests": {"assent": "yes", "basis": "assessment_started"},
}
LATER = AT + timedelta(days=2)


def corrected(case: Any = None, further_harm: Any = None, **answers: Any) -> dict[str, Any]:
    correction = Correction(worker="w-041", answers=answers, further_harm=further_harm, asked_at=LATER)
    return corrected_document(case or after(), ANSWERS, correction)


def test_what_is_not_corrected_stays_and_an_exclusion_is_never_lifted_by_it() -> None:
    document = corrected(danger_now="yes")
    assert document["screening"] == {
        "danger_now": "yes",
        "language": "mam",
        "planned_departure": "7d",
        "harm_events": [{"kind": "robbery", "when": "72h"}],
    }
    assert document["withhold_from"] == ["OIM"]
    assert document["best_interests"] == ANSWERS["best_interests"]
    assert (document["submission_id"], document["worker"]) == (str(OPENED.submission), "w-041")


def test_what_was_not_asked_after_all_is_taken_out_and_what_was_told_besides_is_added() -> None:
    document = corrected(further_harm={"kind": "threats", "when": "ongoing"}, language=None)
    assert "language" not in document["screening"]
    assert document["screening"]["harm_events"] == [
        {"kind": "robbery", "when": "72h"},
        {"kind": "threats", "when": "ongoing"},
    ]


def test_a_departure_counts_from_when_the_person_said_it() -> None:
    assert corrected(danger_now="yes")["occurred_at"] == AT.isoformat()
    assert corrected(planned_departure="7d")["occurred_at"] == AT.isoformat()
    assert corrected(planned_departure="today")["occurred_at"] == LATER.isoformat()


def test_the_next_shelter_writes_only_what_it_was_let_know() -> None:
    document = corrected(after(to("ALB-HUI-01", "ALB-TAP-01", "language")), danger_now="unsure")
    assert document["screening"] == {"danger_now": "unsure", "language": "mam"}
    assert document["shelter"] == "ALB-HUI-01"
    assert "withhold_from" not in document
