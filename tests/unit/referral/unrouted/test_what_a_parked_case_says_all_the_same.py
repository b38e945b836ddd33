"""Of a case that could not be digested, its shelter and its danger are known where its stored form tells them."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.chassis.eventlog.log_entry import LogEntry
from services.referral.unrouted.domain import looks_urgent
from services.referral.unrouted.queries import last_shelter

CASE = UUID(int=1)


def entry(state: bytes) -> LogEntry:
    return LogEntry(
        originator_id=CASE, originator_version=1, topic="intake.case_opened.v1", state=state, id=uuid4(), case=CASE,
        recorded_at=datetime(2013, 6, 12, tzinfo=UTC),
    )  # fmt: skip


def said(**data: Any) -> LogEntry:
    return entry(json.dumps({"data": data}).encode())


def test_the_shelter_is_that_of_the_last_event_that_names_one() -> None:
    opened, moved = said(shelter="ALB-TAP-01"), said(from_shelter="ALB-TAP-01", to_shelter="ALB-IXT-01")
    assert last_shelter([opened]) == "ALB-TAP-01"
    assert last_shelter([opened, moved]) == "ALB-IXT-01"
    assert last_shelter([opened, moved, said(consent={})]) == "ALB-IXT-01"


@pytest.mark.parametrize("broken", [b"", b"\xff", b"[]", b"null", b'{"data": 3}', b'{"data": {"shelter": 7}}'])
def test_an_entry_that_is_not_what_it_should_be_names_none_and_breaks_nothing(broken: bytes) -> None:
    assert last_shelter([entry(broken)]) is None
    assert last_shelter([said(shelter="ALB-TAP-01"), entry(broken)]) == "ALB-TAP-01"


@pytest.mark.parametrize("name", ["danger_now", "medical_now", "perpetrator_nearby"])
def test_danger_that_the_answers_say_is_seen_without_the_rules(name: str) -> None:
    assert looks_urgent({"screening": {name: "yes"}})
    assert not looks_urgent({"screening": {name: "no"}})


@pytest.mark.parametrize("answers", [{}, {"screening": None}, {"screening": []}, {"screening": {}}])
def test_answers_without_form_are_not_urgent_and_break_nothing(answers: dict[str, Any]) -> None:
    assert not looks_urgent(answers)
