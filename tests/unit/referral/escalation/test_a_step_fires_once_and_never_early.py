"""Whatever people do and however time jumps, a step fires once and never early."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.contract import Event
from events.referral import (
    InfoRequested,
    InfoSupplied,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ServiceDelivered,
    ServiceStarted,
)
from events.referral_states import CLOSED
from events.vocabulary import ReferralClock, ReferralState, Urgency
from services.referral.escalation.domain import due_steps, pending_steps
from services.referral.escalation.state import EscalationState
from tests.support.builders.escalation import DAYS, DECLINED, DELIVERED, MINUTES, Silence, escalation_policy
from tests.support.builders.referral import BOX, REPLACEMENT, START
from tests.support.models.state_table import CELLS, CLOCK, EVERY_STATE, Cell

U0, U1, U2, U3 = Urgency
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


@given(
    urgency=st.sampled_from(Urgency),
    what=st.lists(st.tuples(st.integers(0, 72 * 60), st.sampled_from([None, *ACTS])), max_size=8),
)
def test_whatever_people_do_and_however_time_jumps_a_step_fires_once_and_never_early(
    urgency: Urgency, what: list[tuple[int, type[Event] | None]]
) -> None:
    silent = Silence(urgency)
    for minutes, act in what:
        expected = silent.next
        silent.now += minutes * MINUTES
        before = len(silent.history)
        silent.run_due()
        if expected is None or START + expected > silent.now:
            assert len(silent.history) == before
        else:
            assert len(silent.history) > before
        assert due_steps(EscalationState.of(silent.referral), silent.escalation_policy, silent.now) == []
        if act is not None and silent.referral.state not in CLOSED:
            silent.somebody(act, **ACTS[act])
    fired_steps = [
        (fact.event.clock, fact.event.rung, fact.event.deadline)
        for fact in silent.history
        if isinstance(fact.event, ReferralEscalated)
    ]
    assert len(set(fired_steps)) == len(fired_steps)
    assert sum(isinstance(fact.event, ReferralExpired) for fact in silent.history) <= 1
    for one, other in pairwise(fact.recorded_at for fact in silent.history):
        assert one <= other


@given(urgency=st.sampled_from(Urgency), minutes=st.lists(st.integers(-600, 2000), min_size=1, max_size=12))
def test_a_clock_that_jumps_forward_and_back_fires_no_step_twice_and_none_early(
    urgency: Urgency, minutes: list[int]
) -> None:
    jumping, latest = Silence(urgency), START
    for jump in minutes:
        jumping.now = max(START, jumping.now + jump * MINUTES)
        latest = max(latest, jumping.now)
        jumping.run_due()
    straight = Silence(urgency).outage(latest - START)
    assert [one.partition(" ")[2] for one in jumping.recorded_steps()] == [
        one.partition(" ")[2] for one in straight.recorded_steps()
    ]


def test_a_referral_expires_from_where_the_state_table_says_and_from_nowhere_else() -> None:
    from_states = {state for command, state in CELLS if command == "expire"}
    for state in EVERY_STATE:
        referral = replace(Silence(U1).referral, state=ReferralState(state))
        left = pending_steps(EscalationState.of(referral), escalation_policy())
        happens = [type(event) for one in left for event in one.to_events(referral, escalation_policy())]
        assert (ReferralExpired in happens) == (state in from_states), state
        assert CELLS.get(("expire", state), Cell("expired", CLOCK)) == Cell("expired", CLOCK)


def test_the_same_step_has_the_same_command_and_any_other_another() -> None:
    escalation_state = EscalationState.of(Silence(U1).referral)
    once, again = (
        {one.command(START_OF) for one in due_steps(escalation_state, escalation_policy(), START + 30 * DAYS)}
        for START_OF in (REPLACEMENT,) * 2
    )
    assert once == again
    assert len(once) == 4
    other = {one.command(BOX.key) for one in due_steps(escalation_state, escalation_policy(), START + 30 * DAYS)}
    assert not once & other
    assert {one.clock for one in due_steps(escalation_state, escalation_policy(), START + 30 * DAYS)} == {
        ReferralClock.DECIDE
    }
