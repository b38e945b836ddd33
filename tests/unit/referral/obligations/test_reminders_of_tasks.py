"""Who is reminded of an open task, when, and what ends it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.referral_states import CLOSED
from events.vocabulary import Agency, Duty, Milestone, ObligationResult, ReferralState, SendingBasis, Urgency
from services.referral.obligations.domain import Task, due_reminder, ends, next_reminder_at
from tests.support.builders.obligations import OUR_POLICY, TasksOfACase
from tests.support.builders.referral import START

HOURS = timedelta(hours=1)
S = ReferralState


def notice() -> tuple[TasksOfACase, Task]:
    case = TasksOfACase()
    case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    return case, case.tasks()[0]


def test_the_shelter_is_reminded_at_half_time_then_its_coordinator_and_the_programmes_when_it_is_overdue() -> None:
    case, _ = notice()
    told = []
    for hour in range(26):
        case.now = START + hour * HOURS
        told += [(hour, event.rung, event.whom) for event in case.remind()]
    assert told == [
        (12, "reminder", (Duty.SHELTER,)),
        (20, "last_reminder", (Duty.SHELTER, Duty.SHELTER_COORDINATOR)),
        (24, "overdue", (Duty.SHELTER_COORDINATOR, Duty.COORDINATOR)),
    ]
    assert next_reminder_at(case.tasks()[0], OUR_POLICY) is None


def test_after_an_outage_only_the_latest_reminder_is_sent() -> None:
    case, _ = notice()
    case.now = START + 30 * HOURS
    assert [event.rung for event in case.remind()] == ["overdue"]
    assert case.remind() == []


def test_a_task_that_is_done_is_reminded_of_no_more_and_one_that_begins_anew_is() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.OIM, SendingBasis.CONSENT)
    case.open(referral, Agency.OIM, "ACNUR")
    case.finish(case.tasks()[0], ObligationResult.NOT_POSSIBLE)
    case.now += 100 * HOURS
    assert case.remind() == []
    case.open(referral, Agency.OIM, "ACNUR", command=2)
    case.now += 36 * HOURS
    assert [event.rung for event in case.remind()] == ["reminder"]


def test_a_claim_that_was_filed_long_ago_is_overdue_at_once() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.ACNUR, SendingBasis.CONSENT)
    case.milestone(referral, Agency.ACNUR, Milestone.CLAIM_FILED, date(2013, 1, 7))
    assert [(event.rung, event.whom) for event in case.remind()] == [("overdue", (Duty.SUPERVISOR, Duty.COORDINATOR))]


@pytest.mark.parametrize("state", S)
def test_the_persons_right_to_know_and_the_notice_outlive_the_referral(state: ReferralState) -> None:
    case, task = notice()
    assert ends(task, state, OUR_POLICY) is (state is S.ENTERED_IN_ERROR)
    case.send(Agency.OIM, SendingBasis.VITAL_INTEREST, Urgency.U0)
    assert not ends(case.tasks()[-1], state, OUR_POLICY)


@pytest.mark.parametrize("state", S)
def test_an_agencys_tasks_end_with_its_referral(state: ReferralState) -> None:
    case = TasksOfACase()
    unicef = case.propose(Agency.UNICEF)
    case.milestone(unicef, Agency.UNICEF, Milestone.CLAIM_FILED, date(2013, 6, 11))
    assert ends(case.tasks()[-1], state, OUR_POLICY) is (state in {S.WITHDRAWN, S.CANCELLED, S.ENTERED_IN_ERROR})
    rule = OUR_POLICY.rule("child_at_imminent_risk")
    assert rule is not None
    assert (state in rule.ends_with) is (state in CLOSED)


@given(minutes=st.integers(0, 60 * 40), earlier=st.integers(0, 60 * 40))
def test_a_reminder_is_never_early_and_never_twice(minutes: int, earlier: int) -> None:
    case, _ = notice()
    fired = []
    for at in sorted((earlier, minutes)):
        case.now = START + timedelta(minutes=at)
        for event in case.remind():
            share = {"reminder": 12, "last_reminder": 19.2, "overdue": 24}[event.rung]
            assert case.now >= START + share * HOURS
            fired.append(event.rung)
        task = case.tasks()[0]
        following = next_reminder_at(task, OUR_POLICY)
        assert due_reminder(task, OUR_POLICY, case.now) is None
        assert following is None or following > case.now
    assert len(set(fired)) == len(fired)
