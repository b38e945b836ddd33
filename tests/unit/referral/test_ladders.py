"""Silence cannot be silent: who hears of it and when (domain.md §6), for every class, clock and interruption."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.contract import Event
from events.referral import (
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralReassessed,
    ReferralRerouted,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)
from events.vocabulary import (
    Agency,
    Confirmation,
    DeclineReason,
    Outcome,
    ReferralClock,
    ReferralState,
    RiskCategory,
    Role,
    Urgency,
)
from services.referral.domain import CLOSED
from services.referral.ladder import Running, due, next_at, to_climb
from services.referral.steps import StaleVersionError, check
from tests.unit.referral.a_ladder import DAYS, HOURS, MINUTES, Silence, deadlines_of, ladders
from tests.unit.referral.a_referral import BOX, REPLACEMENT, START
from tests.unit.referral.state_table import CELLS, CLOCK, EVERY_STATE, Cell

U0, U1, U2, U3 = Urgency
DECLINED: dict[str, Any] = {"reason": DeclineReason.NO_CAPACITY}
DELIVERED: dict[str, Any] = {"outcome": Outcome.SERVICE_DELIVERED}

UNANSWERED = {
    U0: [
        "0:05 acknowledge/on_call tells on_call",
        "0:10 acknowledge/supervisor tells supervisor",
        "0:15 acknowledge/fallback tells coordinator+fallback asking OIM",
        "1:00 expired",
        "1:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "1:30 decide/steering tells steering",
    ],
    U1: [
        "1:30 decide/reminder tells desk",
        "2:24 decide/supervisor tells supervisor",
        "3:00 expired",
        "3:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "4:30 decide/steering tells steering",
    ],
    U2: [
        "12:00 decide/reminder tells desk",
        "19:12 decide/supervisor tells supervisor",
        "24:00 expired",
        "24:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "36:00 decide/steering tells steering",
    ],
    # START is a Wednesday: five working days are seven days.
    U3: [
        "84:00 decide/reminder tells desk",
        "134:24 decide/supervisor tells supervisor",
        "168:00 expired",
        "168:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "252:00 decide/steering tells steering",
    ],
}


@pytest.mark.parametrize("urgency", Urgency)
def test_a_referral_that_nobody_answers_climbs_its_whole_ladder_and_no_rung_twice(urgency: Urgency) -> None:
    silent = Silence(urgency).passes(14 * DAYS, step=2 * MINUTES if urgency > U1 else MINUTES)
    assert silent.told() == UNANSWERED[urgency]
    assert silent.referral.state == "expired"
    assert silent.next is None


@pytest.mark.parametrize("urgency", Urgency)
def test_after_an_outage_overdue_rungs_are_climbed_in_order_and_each_once(urgency: Urgency) -> None:
    silent = Silence(urgency).outage(14 * DAYS)
    assert [one.partition(" ")[2] for one in silent.told()] == [one.partition(" ")[2] for one in UNANSWERED[urgency]]
    assert silent.passes(DAYS, step=HOURS).told() == silent.told()


@pytest.mark.parametrize(("agency", "asked"), [(Agency.ACNUR, "OIM"), (Agency.OIM, "ACNUR"), (Agency.UNICEF, "OIM")])
def test_oim_is_asked_in_the_desks_stead_and_acnur_in_oims(agency: Agency, asked: str) -> None:
    silent = Silence(U0, agency).passes(15 * MINUTES)
    assert silent.told()[-1].endswith(f"asking {asked}")


def test_an_acknowledgement_stops_the_ladder_of_a_u0_at_once_but_not_the_decision() -> None:
    silent = Silence(U0).passes(7 * MINUTES)
    silent.somebody(ReferralAcknowledged)
    assert silent.passes(50 * MINUTES).told() == UNANSWERED[U0][:1]
    assert silent.passes(DAYS).told() == UNANSWERED[U0][:1] + UNANSWERED[U0][3:]


@pytest.mark.parametrize("urgency", [U1, U2, U3])
def test_an_acknowledgement_does_not_excuse_from_deciding(urgency: Urgency) -> None:
    silent = Silence(urgency)
    silent.somebody(ReferralAcknowledged)
    assert silent.passes(14 * DAYS, step=2 * MINUTES).told() == UNANSWERED[urgency]


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize(
    ("kind", "says"),
    [(ReferralAccepted, {}), (ReferralDeclined, DECLINED), (ReferralCancelled, {})],
    ids=["accepted", "declined", "cancelled"],
)
def test_a_decision_stops_the_ladder_at_once(urgency: Urgency, kind: type[Event], says: dict[str, Any]) -> None:
    """Just before any rung: from then on there is none of those clocks'."""
    for rung in UNANSWERED[urgency]:
        hours, minutes = rung.partition(" ")[0].split(":")
        silent = Silence(urgency).outage(int(hours) * HOURS + int(minutes) * MINUTES - timedelta(seconds=1))
        before = silent.told()
        silent.somebody(kind, **says)
        silent.passes(30 * DAYS, step=HOURS)
        since = silent.told()[len(before) :]
        assert [one for one in since if "acknowledge/" in one or "decide/" in one or "expired" in one] == []


def test_a_desk_may_still_take_what_expired_and_it_does_not_expire_again() -> None:
    silent = Silence(U1).passes(3 * HOURS)
    assert silent.referral.state == "expired"
    silent.somebody(ReferralAcknowledged)
    assert silent.referral.state == "acknowledged"
    assert silent.passes(3 * DAYS, step=10 * MINUTES).told() == UNANSWERED[U1]
    assert silent.referral.state == "acknowledged"


@pytest.mark.parametrize(("urgency", "serve_by"), [(U0, 4 * HOURS), (U1, DAYS), (U2, 3 * DAYS), (U3, 14 * DAYS)])
def test_a_service_that_has_not_begun_is_told_of_and_the_referral_stays_accepted(
    urgency: Urgency, serve_by: timedelta
) -> None:
    silent = Silence(urgency)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceScheduled, appointment_at=START + 30 * DAYS)
    assert silent.next == serve_by
    assert silent.passes(30 * DAYS, step=HOURS).told() == [
        f"{serve_by // HOURS}:00 serve/service_missed tells supervisor+coordinator"
    ]
    assert silent.referral.state == "scheduled"


def test_a_service_that_began_in_time_is_nobodys_worry() -> None:
    silent = Silence(U0)
    silent.somebody(ReferralAccepted)
    silent.passes(3 * HOURS)
    silent.somebody(ServiceStarted)
    assert silent.next is None
    assert silent.passes(DAYS).told() == []


@pytest.mark.parametrize("urgency", Urgency)
def test_a_decline_that_nobody_reroutes_is_escalated_within_a_quarter_of_an_hour(urgency: Urgency) -> None:
    silent = Silence(urgency).passes(2 * MINUTES)
    silent.somebody(ReferralDeclined, **DECLINED)
    assert silent.passes(2 * DAYS).told() == ["0:17 reroute/not_rerouted tells coordinator"]


def test_a_decline_that_was_rerouted_is_not_escalated() -> None:
    silent = Silence(U1)
    silent.somebody(ReferralDeclined, **DECLINED)
    silent.passes(14 * MINUTES)
    silent.somebody(ReferralRerouted, to=Agency.OIM, linked=REPLACEMENT)
    assert silent.passes(DAYS).told() == []


@pytest.mark.parametrize("urgency", Urgency)
def test_help_that_nobody_confirms_for_fourteen_days_is_closed_as_unconfirmed(urgency: Urgency) -> None:
    silent = Silence(urgency)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceDelivered, **DELIVERED)
    assert silent.passes(14 * DAYS - MINUTES, step=HOURS).told() == []
    assert silent.passes(2 * MINUTES).told() == ["336:00 closed unconfirmed"]
    closed = silent.history[-1].event
    assert isinstance(closed, LoopClosed)
    assert closed.confirmation is Confirmation.UNCONFIRMED
    assert (silent.referral.state, silent.next) == ("loop_closed", None)


def test_what_the_shelter_confirmed_the_clock_leaves_alone() -> None:
    silent = Silence(U1)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceDelivered, **DELIVERED)
    silent.passes(DAYS, step=HOURS)
    silent.somebody(LoopClosed, confirmation=Confirmation.PARTLY)
    before = len(silent.history)
    silent.passes(30 * DAYS, step=HOURS)
    assert len(silent.history) == before


PAUSES = {U0: 0 * HOURS, U1: HOURS, U2: 12 * HOURS, U3: 24 * HOURS}


class TestAQuestion:
    @pytest.mark.parametrize("urgency", Urgency)
    def test_that_is_never_answered_stops_the_decide_clock_no_longer_than_the_class_allows(
        self, urgency: Urgency
    ) -> None:
        silent = Silence(urgency).passes(MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        decide_by = deadlines_of(urgency).decide_by + PAUSES[urgency]
        assert Running.of(silent.referral).decide_by == decide_by
        silent.outage(decide_by - silent.now - timedelta(seconds=1))
        assert silent.referral.state == "info_requested"
        assert silent.outage(timedelta(seconds=1)).referral.state == "expired"

    @pytest.mark.parametrize("urgency", [U1, U2, U3])
    def test_that_is_answered_moves_what_is_left_by_as_long_as_it_was_open(self, urgency: Urgency) -> None:
        silent = Silence(urgency).passes(10 * MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        silent.passes(20 * MINUTES)
        silent.somebody(InfoSupplied, answer=BOX)
        first = next_at(Running.of(Silence(urgency).referral), ladders())
        assert first is not None
        assert silent.next == first - START + 20 * MINUTES
        assert Running.of(silent.referral).decide_by == deadlines_of(urgency).decide_by + 20 * MINUTES

    @pytest.mark.parametrize("urgency", [U1, U2, U3])
    def test_that_was_open_for_too_long_moves_it_by_no_more_than_the_class_allows(self, urgency: Urgency) -> None:
        silent = Silence(urgency).passes(10 * MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        silent.now += PAUSES[urgency] + 5 * MINUTES
        silent.somebody(InfoSupplied, answer=BOX)
        assert Running.of(silent.referral).decide_by == deadlines_of(urgency).decide_by + PAUSES[urgency]

    def test_does_not_bring_a_climbed_rung_back(self) -> None:
        silent = Silence(U1).passes(100 * MINUTES)
        silent.somebody(InfoRequested, question=BOX)
        silent.passes(30 * MINUTES)
        silent.somebody(InfoSupplied, answer=BOX)
        assert silent.passes(DAYS).told() == [
            "1:30 decide/reminder tells desk",
            "2:54 decide/supervisor tells supervisor",
            "3:30 expired",
            "3:30 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
            "5:00 decide/steering tells steering",
        ]

    def test_does_not_stop_the_clock_of_a_u0(self) -> None:
        silent = Silence(U0)
        silent.somebody(InfoRequested, question=BOX)
        assert silent.passes(DAYS).told() == UNANSWERED[U0][3:]

    def test_stops_no_other_clock(self) -> None:
        asked, other = Silence(U1), Silence(U1)
        asked.somebody(InfoRequested, question=BOX)
        for silent in (asked, other):
            silent.somebody(ReferralAccepted)
            silent.passes(2 * DAYS, step=10 * MINUTES)
        assert asked.told() == other.told() == ["24:00 serve/service_missed tells supervisor+coordinator"]


def more_urgent(silent: Silence, urgency: Urgency) -> None:
    silent.somebody(
        ReferralReassessed,
        urgency=urgency,
        categories=(RiskCategory.MED,),
        rule_set="2013.1",
        grounds=BOX,
        deadlines=deadlines_of(urgency, silent.now),
    )


def test_a_referral_that_becomes_more_urgent_begins_the_ladder_of_its_new_class() -> None:
    silent = Silence(U2).passes(13 * HOURS)
    more_urgent(silent, U0)
    assert silent.passes(2 * DAYS).told() == [
        "12:00 decide/reminder tells desk",
        "13:05 acknowledge/on_call tells on_call",
        "13:10 acknowledge/supervisor tells supervisor",
        "13:15 acknowledge/fallback tells coordinator+fallback asking OIM",
        "14:00 expired",
        "14:00 decide/deadline_missed tells supervisor+coordinator+fallback asking OIM",
        "14:30 decide/steering tells steering",
    ]


def test_what_has_expired_already_is_told_again_when_it_becomes_more_urgent_but_expires_only_once() -> None:
    silent = Silence(U1).passes(5 * HOURS)
    more_urgent(silent, U0)
    again = silent.passes(DAYS).told()[len(UNANSWERED[U1]) :]
    assert [one.partition(" ")[2] for one in again] == [one.partition(" ")[2] for one in UNANSWERED[U0][4:]]


def test_a_rung_climbed_meanwhile_does_not_make_a_desks_answer_stale_but_an_expiry_does() -> None:
    silent = Silence(U1)
    read = silent.referral.version
    silent.passes(150 * MINUTES)
    assert silent.referral.version == read + 2
    check(silent.referral, "accept", read, Role.OFFICER)
    with pytest.raises(StaleVersionError):
        check(silent.referral, "accept", read - 1, Role.OFFICER)
    with pytest.raises(StaleVersionError):
        check(silent.referral, "accept", silent.referral.version + 1, Role.OFFICER)
    silent.passes(HOURS)
    with pytest.raises(StaleVersionError):
        check(silent.referral, "accept", read, Role.OFFICER)
    check(silent.referral, "accept", silent.referral.version, Role.OFFICER)


ACTS: dict[type[Event], dict[str, Any]] = {
    ReferralAcknowledged: {},
    InfoRequested: {"question": BOX},
    InfoSupplied: {"answer": BOX},
    ReferralAccepted: {},
    ReferralDeclined: DECLINED,
    ServiceStarted: {},
    ServiceDelivered: DELIVERED,
    ReferralCancelled: {},
}


@settings(deadline=None)  # a slow machine is no fault
@given(
    urgency=st.sampled_from(Urgency),
    what=st.lists(st.tuples(st.integers(0, 72 * 60), st.sampled_from([None, *ACTS])), max_size=8),
)
def test_whatever_people_do_and_however_time_jumps_a_rung_is_climbed_once_and_never_before_its_moment(
    urgency: Urgency, what: list[tuple[int, type[Event] | None]]
) -> None:
    silent = Silence(urgency)
    for minutes, act in what:
        expected = silent.next
        silent.now += minutes * MINUTES
        before = len(silent.history)
        silent.strike()
        if expected is None or START + expected > silent.now:
            assert len(silent.history) == before
        else:
            assert len(silent.history) > before
        assert due(Running.of(silent.referral), silent.ladders, silent.now) == []
        if act is not None and silent.referral.state not in CLOSED:
            silent.somebody(act, **ACTS[act])
    climbed = [
        (fact.event.clock, fact.event.rung, fact.event.deadline)
        for fact in silent.history
        if isinstance(fact.event, ReferralEscalated)
    ]
    assert len(set(climbed)) == len(climbed)
    assert sum(isinstance(fact.event, ReferralExpired) for fact in silent.history) <= 1
    for one, other in pairwise(fact.recorded_at for fact in silent.history):
        assert one <= other


@given(urgency=st.sampled_from(Urgency), minutes=st.lists(st.integers(-600, 2000), min_size=1, max_size=12))
def test_a_clock_that_jumps_forward_and_back_climbs_nothing_twice_and_nothing_early(
    urgency: Urgency, minutes: list[int]
) -> None:
    jumping, latest = Silence(urgency), START
    for jump in minutes:
        jumping.now = max(START, jumping.now + jump * MINUTES)
        latest = max(latest, jumping.now)
        jumping.strike()
    straight = Silence(urgency).outage(latest - START)
    assert [one.partition(" ")[2] for one in jumping.told()] == [one.partition(" ")[2] for one in straight.told()]


def test_a_referral_expires_from_where_the_state_table_says_and_from_nowhere_else() -> None:
    from_states = {state for command, state in CELLS if command == "expire"}
    for state in EVERY_STATE:
        referral = replace(Silence(U1).referral, state=ReferralState(state))
        left = to_climb(Running.of(referral), ladders())
        happens = [type(event) for one in left for event in one.happens(referral, ladders())]
        assert (ReferralExpired in happens) == (state in from_states), state
        assert CELLS.get(("expire", state), Cell("expired", CLOCK)) == Cell("expired", CLOCK)


def test_a_command_is_the_same_for_the_same_rung_and_another_for_any_other() -> None:
    running = Running.of(Silence(U1).referral)
    once, again = (
        {one.command(START_OF) for one in due(running, ladders(), START + 30 * DAYS)} for START_OF in (REPLACEMENT,) * 2
    )
    assert once == again
    assert len(once) == 4
    other = {one.command(BOX.key) for one in due(running, ladders(), START + 30 * DAYS)}
    assert not once & other
    assert {one.clock for one in due(running, ladders(), START + 30 * DAYS)} == {ReferralClock.DECIDE}
