"""Deadlines halved: what a desk missed, and would have missed, as computed by hand."""

import json
from typing import Any
from uuid import UUID

import pytest

from events.referral import ReferralRerouted
from events.vocabulary import Agency, ReferralClock
from services.referral.deadlines.policy import POLICY
from services.referral.routing.policy import load_rules
from services.referral.what_if.domain import Fate
from services.referral.what_if.policy import clocks_from, rules_from
from services.referral.what_if.tally import Fated
from tests.support.builders.changing_case import ChangingCase, granted
from tests.support.builders.replayed_case import compared
from tests.support.people.people import SHELTER

HALVED = (
    POLICY.read_text(encoding="utf-8")
    .replace(
        "acknowledge: PT1H, decide: PT3H, serve: PT24H, pause: PT1H", "acknowledge: PT30M, decide: PT90M, serve: PT12H"
    )
    .encode()
)
KEPT, MISSED, UNKNOWN = Fate.KEPT, Fate.MISSED, Fate.UNKNOWN
ACKNOWLEDGE, DECIDE, SERVE = ReferralClock.ACKNOWLEDGE, ReferralClock.DECIDE, ReferralClock.SERVE


def in_danger(**answers: Any) -> ChangingCase:
    """Danger nobody is sure of: OIM, U1, told with consent at once; nobody leaves."""
    said = {"danger_now": "unsure", "fear_of_return": "no", "harm_events": [], "planned_departure": "staying"}
    return ChangingCase.of(granted("OIM"), **(said | answers))


@pytest.mark.parametrize(
    ("seen_after", "decided_after", "served_after", "fates"),
    [
        # by the hour, three hours, a day │ half of each
        (20, 80, 11 * 60, [(KEPT, KEPT), (KEPT, KEPT), (KEPT, KEPT)]),
        (40, 80, 13 * 60, [(KEPT, MISSED), (KEPT, KEPT), (KEPT, MISSED)]),
        (40, 100, 13 * 60, [(KEPT, MISSED), (KEPT, MISSED), (KEPT, MISSED)]),
        (70, 190, 25 * 60, [(MISSED, MISSED), (MISSED, MISSED), (MISSED, MISSED)]),
    ],
)
def test_a_desk_answers_as_long_after_the_sending_as_it_did(
    seen_after: int, decided_after: int, served_after: int, fates: list[tuple[Fate, Fate]]
) -> None:
    case = in_danger()
    case.passes(minutes=seen_after)
    case.takes("OIM", "acknowledge")
    case.passes(minutes=decided_after - seen_after)
    case.takes("OIM", "accept")
    case.passes(minutes=served_after - decided_after)
    case.takes("OIM", "start")
    found = compared(case, clocks=clocks_from(HALVED))
    assert dict(found.deadlines) == {
        Fated(Agency.OIM, clock, before, after): 1
        for clock, (before, after) in zip((ACKNOWLEDGE, DECIDE, SERVE), fates, strict=True)
    }
    assert (found.changes, found.before) == ({}, found.after), "where it goes is not for deadlines to say"


def test_what_nobody_answered_is_missed_when_its_time_is_over() -> None:
    case = in_danger()
    case.passes(minutes=45)
    found = compared(case, clocks=clocks_from(HALVED))
    assert dict(found.deadlines) == {
        Fated(Agency.OIM, ACKNOWLEDGE, KEPT, MISSED): 1,
        Fated(Agency.OIM, DECIDE, KEPT, KEPT): 1,
    }


def test_how_long_an_agency_would_have_taken_that_was_never_asked_nobody_knows() -> None:
    text = load_rules().data
    other = {**text, "rules": [{**one, "lead": "PNUD"} if one["code"] == "PELIGRO" else one for one in text["rules"]]}
    case = in_danger(needs=[])
    case.consents(granted("PNUD"))
    case.passes(minutes=20)
    case.takes("OIM", "accept")
    found = compared(case, rules=rules_from(json.dumps(other).encode()))
    assert dict(found.deadlines) == {
        Fated(Agency.OIM, ACKNOWLEDGE, KEPT, None): 1,
        Fated(Agency.OIM, DECIDE, KEPT, None): 1,
        Fated(Agency.OIM, SERVE, KEPT, None): 1,
        Fated(Agency.PNUD, ACKNOWLEDGE, None, UNKNOWN): 1,
        Fated(Agency.PNUD, DECIDE, None, UNKNOWN): 1,
    }


def test_what_was_sent_on_unanswered_might_have_been_answered_within_a_longer_time() -> None:
    longer = POLICY.read_text(encoding="utf-8").replace("decide: PT3H", "decide: PT30H").encode()
    case = in_danger()
    case.passes(hours=4)
    case.declines("OIM")
    declined = case.referral("OIM")
    answered = compared(case, clocks=clocks_from(longer))
    assert Fated(Agency.OIM, DECIDE, MISSED, KEPT) in answered.deadlines, "a no is an answer"
    history = case.streams[declined.id]
    del history[-1]  # as if nobody had answered, and it had been sent on at its deadline
    case.record(case.referral("OIM"), _rerouted())
    cut_off = compared(case, clocks=clocks_from(longer))
    assert Fated(Agency.OIM, DECIDE, MISSED, UNKNOWN) in cut_off.deadlines


def test_a_question_stops_the_decision_by_the_other_policys_allowance() -> None:
    """Asked after 10 minutes and answered two hours later: an hour stood still; halved, without a pause, none."""
    case = in_danger()
    case.passes(minutes=10)
    case.takes("OIM", "request-info")
    case.passes(hours=2)
    case.passes(minutes=65)
    case.takes("OIM", "accept")
    found = compared(case, clocks=clocks_from(HALVED))
    assert Fated(Agency.OIM, DECIDE, KEPT, MISSED) in found.deadlines
    unpaused = POLICY.read_text(encoding="utf-8").replace("serve: PT24H, pause: PT1H", "serve: PT24H").encode()
    assert Fated(Agency.OIM, DECIDE, KEPT, MISSED) in compared(case, clocks=clocks_from(unpaused)).deadlines


def _rerouted() -> ReferralRerouted:
    return ReferralRerouted(agency=Agency.OIM, shelter=SHELTER, to=Agency.ACNUR, linked=UUID(int=77))
