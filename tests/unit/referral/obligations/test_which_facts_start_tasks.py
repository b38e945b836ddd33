"""Which facts start a task with a clock, whose it is, and until when (domain.md §6)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import (
    Agency,
    Milestone,
    Obligation,
    ObligationOwner,
    ObligationResult,
    RestrictedRecipient,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.referral.deadlines.calendar import working_days_after
from services.referral.obligations.grounds import starting_with
from tests.support.builders.obligations import OUR_POLICY, SHELTER, TasksOfACase
from tests.support.builders.referral import START

HOURS = timedelta(hours=1)
IN_DANGER = (RiskCategory.NNA_NA, RiskCategory.PELIGRO)


def test_the_shelter_notifies_the_procuraduria_within_a_day_of_what_was_sent_in_a_childs_best_interests() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    (task,) = case.tasks()
    assert (task.due.obligation, task.due.owner, task.due.shelter) == (
        Obligation.NOTICE_TO_PROCURADURIA,
        ObligationOwner.SHELTER,
        SHELTER,
    )
    assert (task.due.referral, task.due.body, task.due.until) == (referral, "PPNNA", START + 24 * HOURS)
    assert task.due.policy == OUR_POLICY.version


def test_one_notice_is_due_however_many_agencies_the_childs_case_is_sent_to() -> None:
    case = TasksOfACase()
    case.send(Agency.UNFPA, SendingBasis.BEST_INTERESTS)
    case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    assert len(case.began()) == 1
    case.finish(case.tasks()[0], ObligationResult.DONE)
    case.send(Agency.OIM, SendingBasis.BEST_INTERESTS)
    assert len(case.began()) == 1, "who was notified of the child is not notified again"


def test_a_notice_that_ended_with_a_referral_entered_in_error_is_due_again_for_the_right_one() -> None:
    case = TasksOfACase()
    case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    case.finish(case.tasks()[0], ObligationResult.NOT_NEEDED, actor="rules:2013.1")
    case.send(Agency.UNFPA, SendingBasis.BEST_INTERESTS)
    assert len(case.began()) == 2
    assert case.tasks()[0].result is None


def test_the_shelter_tells_the_person_within_three_days_what_was_sent_in_their_vital_interest() -> None:
    case = TasksOfACase()
    case.send(Agency.OIM, SendingBasis.VITAL_INTEREST, Urgency.U0)
    case.send(Agency.UNICEF, SendingBasis.VITAL_INTEREST, Urgency.U0)
    first, second = case.tasks()
    assert {task.due.obligation for task in (first, second)} == {Obligation.TELL_THE_PERSON}
    assert (first.due.agency, second.due.agency) == (Agency.OIM, Agency.UNICEF), "of each agency that was told"
    assert first.due.owner is ObligationOwner.SHELTER
    assert first.due.until == START + 72 * HOURS


@pytest.mark.parametrize(
    ("by", "owner", "agency"),
    [("ACNUR", ObligationOwner.AGENCY, Agency.ACNUR), ("*", ObligationOwner.COORDINATOR, None)],
)
def test_whoever_opened_sealed_data_tells_the_person(by: str, owner: ObligationOwner, agency: Agency | None) -> None:
    case = TasksOfACase()
    referral = case.send(Agency.UNICEF, SendingBasis.CONSENT)
    case.open(referral, Agency.UNICEF, by)
    case.open(referral, Agency.UNICEF, by, command=2)
    (task,) = case.tasks()
    assert (task.due.obligation, task.due.owner, task.due.agency) == (Obligation.TELL_THE_PERSON, owner, agency)
    case.finish(task, ObligationResult.DONE)
    case.open(referral, Agency.UNICEF, by, command=3)
    assert len(case.began()) == 2, "what is opened after the person was told, they are told of anew"


def test_unicef_asks_for_urgent_measures_within_three_hours_for_a_child_in_danger() -> None:
    case = TasksOfACase()
    case.send(Agency.UNICEF, SendingBasis.CONSENT, Urgency.U0, categories=IN_DANGER)
    (task,) = case.tasks()
    assert (task.due.obligation, task.due.owner, task.due.agency) == (
        Obligation.URGENT_MEASURES,
        ObligationOwner.AGENCY,
        Agency.UNICEF,
    )
    assert (task.due.body, task.due.until) == ("PPNNA", START + 3 * HOURS)


def test_urgent_measures_begin_when_the_child_comes_to_be_in_danger_and_only_once() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.UNICEF, SendingBasis.CONSENT)
    assert case.tasks() == []
    case.now += 2 * HOURS
    case.reassess(referral, Agency.UNICEF, Urgency.U0, IN_DANGER)
    case.now += 1 * HOURS
    case.reassess(referral, Agency.UNICEF, Urgency.U0, (*IN_DANGER, RiskCategory.VSG))
    (task,) = case.tasks()
    assert task.due.until == START + 5 * HOURS


def test_nothing_is_due_of_a_referral_that_waits_until_it_is_sent() -> None:
    case = TasksOfACase()
    referral = case.propose(Agency.UNICEF, Urgency.U0, IN_DANGER)
    assert case.tasks() == []
    case.request(referral, Agency.UNICEF, SendingBasis.CONSENT, Urgency.U0)
    assert [task.due.obligation for task in case.tasks()] == [Obligation.URGENT_MEASURES]


def test_an_agency_learns_of_no_danger_by_a_task_that_its_consent_does_not_cover() -> None:
    case = TasksOfACase()
    hidden = (RiskCategory.PELIGRO,)
    referral = case.propose(Agency.UNICEF, Urgency.U0, IN_DANGER)
    case.request(referral, Agency.UNICEF, SendingBasis.CONSENT, Urgency.U0, uncovered=hidden)
    case.reassess(referral, Agency.UNICEF, Urgency.U0, (*IN_DANGER, RiskCategory.VSG), uncovered=hidden)
    assert case.tasks() == []
    case.reassess(referral, Agency.UNICEF, Urgency.U0, (*IN_DANGER, RiskCategory.VSG))
    assert [task.due.obligation for task in case.tasks()] == [Obligation.URGENT_MEASURES]


def test_a_danger_that_a_narrower_consent_hid_in_between_starts_its_task_once() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.UNICEF, SendingBasis.CONSENT, Urgency.U0, categories=IN_DANGER)
    case.renew(referral, Agency.UNICEF, SendingBasis.CONSENT, uncovered=(RiskCategory.PELIGRO,))
    assert len(case.began()) == 1
    later = TasksOfACase()  # in which the task itself is not loaded
    later.work.begin(referral)
    later.work.history(referral).extend(case.work.history(referral))
    later.renew(referral, Agency.UNICEF, SendingBasis.CONSENT)
    assert later.began() == []


def test_a_referral_that_comes_to_rest_on_a_childs_best_interests_starts_the_notice_once() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.UNICEF, SendingBasis.CONSENT)
    assert case.tasks() == []
    case.now += HOURS
    case.renew(referral, Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    (task,) = case.tasks()
    assert (task.due.obligation, task.due.until) == (Obligation.NOTICE_TO_PROCURADURIA, START + 25 * HOURS)
    case.now += HOURS
    case.renew(referral, Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    assert len(case.began()) == 1


def test_a_consent_that_takes_the_place_of_a_vital_interest_does_not_end_that_the_person_is_told() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.OIM, SendingBasis.VITAL_INTEREST)
    case.renew(referral, Agency.OIM, SendingBasis.CONSENT)
    (task,) = case.tasks()
    assert (task.due.obligation, task.result) == (Obligation.TELL_THE_PERSON, None)
    assert task.due.until == START + 72 * HOURS


def test_a_claim_is_decided_within_45_working_days_and_only_the_day_is_said() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.ACNUR, SendingBasis.CONSENT, categories=(RiskCategory.ASILO,))
    filed = date(2013, 6, 10)
    case.milestone(referral, Agency.ACNUR, Milestone.CLAIM_FILED, filed)
    (task,) = case.tasks()
    assert (task.due.obligation, task.due.body, task.due.until) == (Obligation.CLAIM_DECISION, "COMAR", None)
    assert task.due.until_day is not None
    assert working_days_after(filed, task.due.until_day) == 45


def test_a_claim_that_others_filed_is_ratified_within_three_days_and_decided_like_any() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.ACNUR, SendingBasis.CONSENT)
    case.milestone(referral, Agency.ACNUR, Milestone.CLAIM_FILED_BY_OTHERS, date(2013, 6, 12))
    due = {task.due.obligation: task.due.until_day for task in case.tasks()}
    assert due.keys() == {Obligation.CLAIM_DECISION, Obligation.CLAIM_RATIFICATION}
    assert due[Obligation.CLAIM_RATIFICATION] == date(2013, 6, 15)


def test_a_corrected_day_of_a_claim_moves_its_deadline() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.ACNUR, SendingBasis.CONSENT)
    for on in (date(2013, 6, 10), date(2013, 6, 10), date(2013, 6, 3)):
        case.milestone(referral, Agency.ACNUR, Milestone.CLAIM_FILED, on)
    assert len(case.began()) == 2
    (task,) = case.tasks()
    assert working_days_after(date(2013, 6, 3), task.due.until_day or date.max) == 45


def test_the_procuraduria_is_notified_at_once_of_a_child_before_the_migration_authority() -> None:
    case = TasksOfACase()
    referral = case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    case.finish(case.tasks()[0], ObligationResult.DONE)
    case.milestone(referral, Agency.UNICEF, Milestone.BEFORE_MIGRATION_AUTHORITY, date(2013, 6, 12))
    task = case.tasks()[-1]
    assert (task.due.obligation, task.due.owner, task.due.agency, task.due.until) == (
        Obligation.NOTICE_TO_PROCURADURIA,
        ObligationOwner.AGENCY,
        Agency.UNICEF,
        START + HOURS,
    )


def test_a_referral_whose_case_was_not_loaded_still_starts_its_task() -> None:
    case = TasksOfACase()
    case.work = type(case.work)(None, lambda: case.now)  # type: ignore[arg-type]
    case.send(Agency.UNICEF, SendingBasis.BEST_INTERESTS)
    assert len(case.began()) == 1


FACTS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from(Agency), st.sampled_from(SendingBasis), st.sampled_from(Urgency)),
        st.tuples(st.just("open"), st.sampled_from(Agency), st.sampled_from(["OIM", "ACNUR", "*"]), st.integers(1, 9)),
        st.tuples(
            st.just("milestone"),
            st.sampled_from(Agency),
            st.sampled_from(Milestone),
            st.dates(date(2013, 1, 1), date(2013, 6, 12)),
        ),
    ),
    max_size=8,
    unique_by=lambda one: (one[0], one[1]),
)


@given(facts=FACTS, categories=st.sets(st.sampled_from(RiskCategory)))
def test_no_task_is_about_the_migration_authority_nor_a_report_about_staff(facts: Any, categories: Any) -> None:
    case = TasksOfACase()
    sent = set()
    for what, agency, *said in sorted(facts, key=lambda one: one[0] != "send"):
        if what == "send":
            sent.add(case.send(agency, said[0], said[1], categories=sorted(categories)))
        elif what == "open":
            case.open(next(iter(sent), case.propose(Agency.PNUD)), agency, said[0], said[1])
        else:
            case.milestone(next(iter(sent), case.propose(Agency.OIT)), agency, said[0], said[1])
    for event in case.began():
        assert event.body not in set(RestrictedRecipient)
        assert event.agency is not Agency.PEAS
        assert (event.until is None) != (event.until_day is None)
        assert "INM" not in event.model_dump_json()
        assert (event.owner is ObligationOwner.AGENCY) <= (event.agency is not None)


@given(
    urgency=st.sampled_from(Urgency),
    basis=st.one_of(st.none(), st.sampled_from(SendingBasis)),
    agency=st.sampled_from(Agency),
    categories=st.lists(st.sampled_from(RiskCategory), unique=True),
)
def test_an_assessment_names_the_tasks_that_its_sending_starts(
    urgency: Urgency, basis: SendingBasis | None, agency: Agency, categories: list[RiskCategory]
) -> None:
    case = TasksOfACase()
    if basis is not None:
        case.send(agency, basis, urgency, categories=categories)
    sent = [] if basis is None else [(agency, urgency, tuple(categories), basis)]
    named = starting_with(sent, OUR_POLICY)
    assert set(named) == {task.due.obligation for task in case.tasks()}


def test_a_task_of_a_referral_at_night_is_due_by_the_clock_and_not_by_office_hours() -> None:
    case = TasksOfACase(now=datetime(2013, 12, 25, 3, tzinfo=UTC))
    case.send(Agency.UNICEF, SendingBasis.CONSENT, Urgency.U0, categories=IN_DANGER)
    assert case.tasks()[0].due.until == datetime(2013, 12, 25, 6, tzinfo=UTC)
