"""At every moment of any history, audit's fold says what the referral service itself knew then: state, desk, clocks.

The referral service decides by rules that audit does not have. A machine plays everybody of a case with the services'
own commands, reactions and clocks; the referral service's own domain is what audit is held against, fact by fact.
"""

from datetime import timedelta
from typing import Any

from hypothesis.stateful import invariant, run_state_machine_as_test

from events.contract import Event, Recorded
from events.vocabulary import ReferralClock as C
from services.audit.time_machine.clocks import RunningClock, Waits, clocks_of
from services.audit.time_machine.domain import case_then
from services.audit.time_machine.referrals import ReferralThen
from services.referral.escalation.moments import decide_by
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.transitions import STEPS
from tests.support.builders.changing_case import CASE, granted, routing
from tests.support.builders.living_case import LivingCase
from tests.support.builders.referral import SAID
from tests.support.properties import searching
from tests.unit.referral.lifecycle.test_nobody_is_forgotten_after_sending import EverybodyOfACase


def held_against_the_referral_service(history: list[Recorded[Event]]) -> list[RunningClock]:
    """Compares one referral at the end of its history; returns the clocks that ran."""
    own = fold(history)
    seen = case_then(CASE, history).referrals[history[0].stream]
    assert own is not None
    assert _said(seen) == _known(own)
    clocks = clocks_of(seen)
    state = EscalationState.of(own, routing().policies.counted_hours.hours(own.urgency, own.desk))
    assert {one.what for one in clocks if isinstance(one.what, C)} == _running(own, state)
    for one in clocks:
        assert one.since == own.after.unseen_since or one.what not in {C.CHANGE, C.CORRECTION}
        ends = _end(one, own, state)
        assert one.until == ends or (one.at_latest and one.until is not None and ends <= one.until), (one, ends)
    return clocks


def _said(seen: ReferralThen) -> dict[str, Any]:
    return {
        "state": seen.state,
        "since": seen.since,
        "version": seen.version,
        "by": seen.changed_by,
        "urgency": seen.urgency,
        "categories": seen.categories,
        "shelter": seen.shelter,
        "desk": seen.desk,
        "basis": seen.basis,
        "receipts": seen.receipts,
        "linked": seen.linked,
        "deadlines": seen.deadlines,
        "deleted": seen.deleted,
    }


def _known(own: Referral) -> dict[str, Any]:
    receipts = () if own.receipt is None else (own.receipt, *own.further_receipts)
    return {
        "state": own.state,
        "since": own.since,
        "version": own.version,
        "by": own.changed_by,
        "urgency": own.urgency,
        "categories": own.categories,
        "shelter": own.shelter,
        "desk": own.desk,
        "basis": own.basis,
        "receipts": receipts,
        "linked": own.linked,
        "deadlines": own.deadlines,
        "deleted": own.deletion_confirmed,
    }


def _running(own: Referral, state: EscalationState) -> set[C]:
    """The clocks that run, those that stand still for a withdrawal included: they have not stopped."""
    frozen = own.after.model_copy(update={"frozen_at": None})
    thawed = EscalationState.of(own, state.hours)
    object.__setattr__(thawed, "after", frozen)
    running: set[C] = {clock for clock in C if clock is not C.FOLLOW_UP and (state.runs(clock) or thawed.runs(clock))}
    if own.deadlines is None:
        running -= {C.ACKNOWLEDGE, C.DECIDE, C.SERVE}
    if own.deletion_due is None or own.deletion_confirmed:
        running -= {C.DELETION}
    if own.after.lapsed_at is not None:
        running -= {C.CONSENT}  # it has run out: what is waited for then is that it is renewed
    raised = own.after.raised_at is not None and own.after.raised_at >= own.since
    return running if raised or own.state == "declined" else running - {C.REROUTE}


def _end(clock: RunningClock, own: Referral, state: EscalationState) -> Any:
    after = own.after
    return {
        C.ACKNOWLEDGE: own.deadlines and own.deadlines.acknowledge_by,
        C.DECIDE: decide_by(state),
        C.SERVE: own.deadlines and own.deadlines.serve_by,
        C.DELETION: own.deletion_due,
        C.WAITING: after.ask_by,
        C.CHANGE: after.unseen_by,
        C.CORRECTION: after.unseen_by,
        C.FREEZE: after.check_by,
        C.CONSENT: after.basis_until,
        Waits.WANTS_TIME: after.wait_until,
        Waits.RENEWAL: after.renew_by,
    }.get(clock.what)


class SeenByAudit(EverybodyOfACase):
    """The same acts of everybody; at the end, audit looks back at every moment."""

    @invariant()
    def everything_catches_up(self) -> None:
        """The clocks do their part; alerts tell nobody anything here."""
        self.case.clocks()

    @invariant()
    def nothing_that_nobody_may_read_is_accepted(self) -> None:
        """Looked at elsewhere."""

    def teardown(self) -> None:
        if hasattr(self, "case"):
            for stream in self.case.referral_streams():
                history = self.case.streams[stream]
                for length in range(1, len(history) + 1):
                    held_against_the_referral_service(history[:length])


def test_audit_sees_at_every_moment_the_states_desks_and_clocks_that_the_referral_service_had() -> None:
    run_state_machine_as_test(SeenByAudit, settings=searching(examples=60, steps=18))


def looked_back_on(case: LivingCase) -> list[RunningClock]:
    """Audit looks back at every moment of every referral; returns the clocks that ran at any."""
    found: list[RunningClock] = []
    for stream in case.referral_streams():
        history = case.streams[stream]
        for length in range(1, len(history) + 1):
            found += held_against_the_referral_service(history[:length])
    return found


def test_a_change_that_the_desk_has_not_seen_has_a_clock_until_somebody_there_acts() -> None:
    case = LivingCase.of(granted("ACNUR"))
    case.takes("ACNUR", "acknowledge")
    case.passes(minutes=5)
    case.amended(language="mam")
    case.passes(minutes=5)
    case.amended(danger_now="yes")
    case.passes(minutes=1)
    case.amended(danger_now="yes", language="hat")
    case.passes(minutes=1)
    case.takes("ACNUR", "accept")
    ran = [one.what for one in looked_back_on(case)]
    assert C.CORRECTION in ran
    assert C.CHANGE in ran
    now = case_then(CASE, case.streams[case.referral("ACNUR").id]).referrals[case.referral("ACNUR").id]
    assert [one.what for one in clocks_of(now)] == [C.SERVE]


def test_a_question_moves_the_decision_by_the_recorded_pause_and_no_further() -> None:
    for minutes in (20, 300):
        case = LivingCase.of(granted("ACNUR"), removal_risk="yes", planned_departure="7d")
        sent = case.referral("ACNUR").deadlines
        assert sent is not None
        assert sent.decide_by_if_asked is not None
        case.takes("ACNUR", "acknowledge")
        case.passes(minutes=10)
        case.takes("ACNUR", "request-info")
        (waits,) = clocks_of(_then(case))
        assert (waits.what, waits.until, waits.stands) == (C.DECIDE, sent.decide_by_if_asked, True)
        case.passes(minutes=minutes)
        answer = STEPS["supply-info"].to_event(case.referral("ACNUR"), SAID)
        case.record(case.referral("ACNUR"), answer)
        (decides,) = clocks_of(_then(case))
        paused = min(timedelta(minutes=minutes), sent.decide_by_if_asked - sent.decide_by)
        assert (decides.until, decides.stands, decides.at_latest) == (sent.decide_by + paused, False, False)
        looked_back_on(case)


def _then(case: LivingCase) -> ReferralThen:
    one = case.referral("ACNUR").id
    return case_then(CASE, case.streams[one]).referrals[one]
