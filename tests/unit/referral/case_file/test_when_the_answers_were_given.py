"""However a device writes its moment, and whatever its clock says, the person is referred the same and in time."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.intake import CaseOpened
from events.referral import ReferralRequested
from services.intake.submissions.document import document as documents
from services.referral.routing.policy import load_rules
from tests.support.builders.moments import forms_of
from tests.support.builders.submissions import VISIT, submissions
from tests.support.models.pure_pipeline import AT, Told, read, through
from tests.support.properties import examples

FAULTS = Path(__file__).parents[3] / "samples" / "faults"
RULES = load_rules()
A_CHILD: dict[str, Any] = json.loads((FAULTS / "lowercase-z.json").read_text(encoding="utf-8"))
AN_OLD_ENTRY: dict[str, Any] = json.loads((FAULTS / "far-clock-and-old-entry.json").read_text(encoding="utf-8"))


def referred(told: Told) -> list[tuple[Any, ...]]:
    """What became of the case, without boxes."""
    facts = [fact.event for fact in told.facts if not isinstance(fact.event, CaseOpened)]
    return [tuple(one.model_dump(exclude={"grounds", "disclosure"}).items()) for one in facts]


@settings(max_examples=examples(60))
@given(document=submissions(), form=st.sampled_from(forms_of(VISIT)))
def test_a_moment_written_otherwise_leads_to_the_same_referrals(document: dict[str, Any], form: str) -> None:
    usual = document | {"occurred_at": forms_of(VISIT)[0]}
    assert referred(through(read(document | {"occurred_at": form}), RULES)) == referred(through(read(usual), RULES))


@pytest.mark.parametrize("form", forms_of(VISIT))
def test_a_child_in_danger_is_referred_however_the_moment_was_sealed_in_earlier_times(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = through(read(A_CHILD | {"occurred_at": forms_of(VISIT)[0]}), RULES)
    monkeypatch.setattr(documents, "canonical", lambda written: written)
    as_sealed_once = through(read(A_CHILD | {"occurred_at": form}), RULES)
    (opened,) = as_sealed_once.of(CaseOpened)
    assert as_sealed_once.opened(opened, "screening")["occurred_at"] == form
    assert referred(as_sealed_once) == referred(told)
    assert told.of(ReferralRequested)


def test_the_sample_with_small_letters_is_referred() -> None:
    sent = [fact.event for fact in through(read(A_CHILD), RULES).of(ReferralRequested)]
    assert [(one.agency, one.urgency) for one in sent] == [("OIM", "U0"), ("UNICEF", "U0")]


@pytest.mark.parametrize(
    ("ahead", "departs_from", "flagged"),
    [
        (timedelta(0), AT, False),
        (timedelta(minutes=5), AT + timedelta(minutes=5), False),
        (timedelta(minutes=5, seconds=1), AT, True),
        (timedelta(hours=3), AT, True),
        (timedelta(days=400), AT, True),
        (timedelta(days=365 * 7000), AT, True),
    ],
    ids=str,
)
def test_of_a_clock_that_is_ahead_the_servers_time_counts(
    ahead: timedelta, departs_from: datetime, *, flagged: bool
) -> None:
    document = json.loads(json.dumps(AN_OLD_ENTRY)) | {"occurred_at": (AT + ahead).isoformat()}
    document["screening"] |= {"entry_date": "unknown", "planned_departure": "24h"}
    told = through(read(document), RULES)
    (opened,) = told.of(CaseOpened)
    assert opened.event.skew_flagged is flagged
    (sent,) = told.of(ReferralRequested)
    assert sent.event.urgency == "U2"
    assert sent.event.deadlines.decide_by == departs_from + timedelta(hours=22)  # departure less two hours


def test_an_entry_centuries_ago_on_a_clock_thousands_of_years_ahead_costs_nothing() -> None:
    before = process_time()
    told = through(read(AN_OLD_ENTRY), RULES)
    assert process_time() - before < 1  # it was 6.8 s of holidays
    (sent,) = told.of(ReferralRequested)
    assert (sent.event.agency, sent.event.urgency) == ("ACNUR", "U1")  # far more than 25 working days have gone


@pytest.mark.parametrize("years", [0, 1, 2, 113])
def test_a_year_after_the_entry_the_legal_clock_has_run_out(years: int) -> None:
    document = json.loads(json.dumps(AN_OLD_ENTRY)) | {"occurred_at": AT.isoformat()}
    for day, urgency in ((f"{2013 - years}-05-01", "U1"), ("2013-05-20", "U2")):
        document["screening"]["entry_date"] = day
        (sent,) = through(read(document), RULES).of(ReferralRequested)
        assert sent.event.urgency == urgency
