"""Caravan mode moves reminders; it never moves a U0, loses no step and fires none twice, whenever it is turned."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.referral import ReferralEscalated, ReferralExpired
from events.vocabulary import Agency, ReferralClock, SilenceMeasure, Urgency
from services.referral.caravans.domain import Caravan, Caravans
from services.referral.escalation.domain import pending_steps
from services.referral.silence.domain import MonitoredParty, OwedReferral, PartyKind, silence_due
from services.referral.silence.policy import load_silence
from tests.support.builders.escalation import DAYS, HOURS, MINUTES, Silence
from tests.support.builders.referral import START

POLICY = load_silence()
TURNS = st.lists(st.integers(1, 14 * 24 * 60), max_size=6, unique=True).map(sorted)
"""Minutes at which the mode is turned on, off, on …"""
OUTAGES = st.lists(st.integers(1, 14 * 24 * 60), max_size=4, unique=True).map(sorted)


def turned(urgency: Urgency, turns: list[int], looks: list[int]) -> Silence:
    """A referral that nobody answers; the scheduler runs only when the mode changes, at these minutes, and at last."""
    silent, on = Silence(urgency), False
    for minute in sorted({*turns, *looks}):
        silent.now = START + minute * MINUTES
        if minute in looks:
            silent.run_due()
        if minute in turns:
            on = not on
            silent.turns_caravan(on=on)
    silent.now = START + 30 * DAYS
    silent.run_due()
    return silent


def steps(silent: Silence) -> Counter[tuple[str, str]]:
    recorded_steps = [fact.event for fact in silent.history if isinstance(fact.event, ReferralEscalated)]
    return Counter(
        (event.clock.value, event.rung) for event in recorded_steps if event.clock is not ReferralClock.FOLLOW_UP
    )


@given(urgency=st.sampled_from(Urgency), turns=TURNS, looks=OUTAGES)
def test_no_step_is_lost_and_none_fires_twice_however_often_it_is_turned_on_and_off(
    urgency: Urgency, turns: list[int], looks: list[int]
) -> None:
    silent = turned(urgency, turns, looks)
    assert steps(silent) == steps(Silence(urgency).outage(30 * DAYS))
    assert sum(isinstance(fact.event, ReferralExpired) for fact in silent.history) == 1


@given(turns=TURNS, every=st.integers(1, 90))
def test_a_u0_is_answered_for_at_the_same_minutes_whether_it_is_on_or_off(turns: list[int], every: int) -> None:
    usual, other = Silence(Urgency.U0), Silence(Urgency.U0)
    minute, on = 0, False
    while minute < 3 * 60:
        minute += every
        for silent in (usual, other):
            silent.now = START + minute * MINUTES
        if any(minute - every < turn <= minute for turn in turns):
            on = not on
            other.turns_caravan(on=on)
        usual.run_due()
        other.run_due()
        assert other.recorded_steps() == usual.recorded_steps()


@given(urgency=st.sampled_from(Urgency), turns=TURNS)
def test_a_deadline_is_the_same_whatever_mode_is_on(urgency: Urgency, turns: list[int]) -> None:
    """Only the steps before it move: the deadline is missed at the same moment."""
    silent = turned(urgency, turns, [])
    usual = Silence(urgency).outage(30 * DAYS)
    ends = [fact.event.deadline for fact in silent.history if isinstance(fact.event, ReferralExpired)]
    assert ends == [fact.event.deadline for fact in usual.history if isinstance(fact.event, ReferralExpired)]


@given(urgency=st.sampled_from(Urgency), began=st.integers(0, 10 * 24 * 60))
def test_what_was_due_when_it_began_stays_due(urgency: Urgency, began: int) -> None:
    """Steps that were due before the mode began are due at once, also after an outage."""
    now = START + began * MINUTES
    usual, moved = Silence(urgency), Silence(urgency, caravan=now)
    due = {
        (one.clock, one.step.name)
        for one in pending_steps(usual.escalation_state, usual.escalation_policy)
        if one.at <= now
    }
    still = {
        (one.clock, one.step.name)
        for one in pending_steps(moved.escalation_state, moved.escalation_policy)
        if one.at <= now
    }
    assert due <= still


@pytest.mark.parametrize(("urgency", "at"), [(Urgency.U1, 50), (Urgency.U2, 70), (Urgency.U3, 70)])
def test_a_reminder_comes_at_another_share_of_the_time_where_the_policy_moves_it(urgency: Urgency, at: int) -> None:
    silent = Silence(urgency, caravan=START - DAYS)
    whole = {Urgency.U1: 3 * HOURS, Urgency.U2: DAYS, Urgency.U3: 7 * DAYS}[urgency]
    assert silent.next == whole * at / 100


def test_it_is_on_for_the_shelters_it_names_since_the_first_of_them() -> None:
    def one(number: int, *shelters: str) -> Caravan:
        at = START + number * HOURS
        return Caravan(UUID(int=number), frozenset(), frozenset(shelters), at, at + DAYS)

    caravans = Caravans([one(1, "ALB-TAP-01"), one(2, "ALB-TAP-01", "ALB-IXT-01")])
    assert caravans.since("ALB-TAP-01") == START + HOURS
    assert caravans.since("ALB-IXT-01") == START + 2 * HOURS
    assert caravans.since("ALB-TEN-01") is None


OWED = st.builds(
    lambda sent, due, urgency, waits: OwedReferral(
        START + (sent + due) * MINUTES, START + sent * MINUTES, urgency, waits
    ),
    st.integers(0, 3000),
    st.integers(15, 3000),
    st.sampled_from(Urgency),
    st.booleans(),
)


@given(owed=st.lists(OWED, min_size=1, max_size=12), heard=st.none() | st.integers(0, 3000), office=st.booleans())
def test_a_desk_where_a_u0_waits_is_never_called_silent_later_because_of_it(
    *, owed: list[OwedReferral], heard: int | None, office: bool
) -> None:
    class Office:
        """Open at every hour, but treated as a desk with office hours."""

        always = not office

        def opening(self, moment: datetime) -> datetime:
            return moment

        def after(self, moment: datetime, duration: timedelta) -> datetime:
            return moment + duration

        def between(self, start: datetime, end: datetime) -> timedelta:
            return end - start

    urgent = [*owed, OwedReferral(START + 15 * MINUTES, START, Urgency.U0, waits=True)]
    heard_at = None if heard is None else START + heard * MINUTES

    def at(*, caravan: bool) -> datetime:
        party = MonitoredParty(
            kind=PartyKind.DESK,
            code="OIM-CHP",
            agency=Agency.OIM,
            heard_at=heard_at,
            hours=Office(),
            owed=urgent,
            caravan=caravan,
        )
        falls = silence_due(party, POLICY)
        assert falls is not None
        assert falls.measure in set(SilenceMeasure)
        return falls.at

    assert at(caravan=True) <= at(caravan=False)
