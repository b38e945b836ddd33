"""A referral's life follows the table of domain.md §6, whatever step anybody takes."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from events.contract import Recorded
from events.referral import ReferralEscalated, ReferralExpired, ReferralFact, ReferralRequested
from events.vocabulary import Agency, Role
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.assessment import Policies
from services.referral.deadlines.policy import load_clocks
from services.referral.escalation.domain import due_steps
from services.referral.escalation.policy import EscalationPolicy, load_escalation_policy
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.case_referrals import referral_of
from services.referral.lifecycle.domain import Referral, evolve, fold
from services.referral.lifecycle.transitions import STEPS
from services.referral.lifecycle.withdrawal_reactions import WithdrawalReactions
from services.referral.routing.policy import load_rules
from tests.support.builders.referral import (
    CASE,
    CONSENTED,
    MORE_URGENT,
    OPENED,
    PROPOSED,
    RECEIPT,
    REFERRAL,
    REPLACEMENT,
    SAID,
    SENT,
    START,
    TAKEN_BACK,
    WAITING,
    answer_to,
    recorded,
)
from tests.support.models.state_table import (
    CELLS,
    CLOSED_STATES,
    COMMANDS,
    EVERY_STATE,
    OPEN_STATES,
    Cell,
    Cells,
    told,
)
from tests.support.properties import searching, until_found


@cache
def routing() -> WithdrawalReactions:
    return WithdrawalReactions(Policies(load_rules(), load_clocks()))


@cache
def escalation_policy() -> EscalationPolicy:
    return load_escalation_policy()


CONCERNED = [Role.OFFICER, Role.SHELTER_WORKER, Role.PROGRAMME_COORDINATOR]
ENDINGS = {"mark-in-error", "no-contact", "cancel"}
"""Possible in nearly every state: rare here, or few lives would get far."""
ONWARD = st.lists(st.sampled_from(sorted(set(COMMANDS) - ENDINGS)), min_size=3, max_size=12)


class AReferralsLife(RuleBasedStateMachine):
    """Anybody takes any step at any time on any version, while the rules go on reacting."""

    def __init__(self, cells: Cells, states: set[str]) -> None:
        super().__init__()
        self.cells = cells
        self.states = states
        self.history: list[Recorded[ReferralFact]] = []
        self.referral: Referral
        self.state = ""
        self.asked = self.linked = self.deleted = False
        self.closed_as: str | None = None

    def happens(self, fact: Recorded[Any], to: str) -> None:
        version = len(self.history)
        self.history.append(fact)
        self.referral = evolve(self.referral if version else None, fact)
        self.state = to
        self.states.add(to)
        assert self.referral.version == version + 1

    def next(self, event: ReferralFact) -> Recorded[ReferralFact]:
        return recorded(event, len(self.history) + 1)

    @initialize(blocked=st.booleans(), onward=ONWARD)
    def the_rules_name_a_recipient(self, blocked: bool, onward: list[str]) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.happens(self.next(PROPOSED), "proposed")
        if blocked:
            self.happens(self.next(WAITING), "blocked_consent")
        else:
            self.happens(self.next(SENT), "requested")
            self._goes_on(onward)

    @precondition(lambda self: ("release", self.state) in self.cells)
    @rule()
    def the_person_consents(self) -> None:
        self.happens(self.next(SENT), self.cells["release", self.state].to)

    @precondition(lambda self: self.state in OPEN_STATES)
    @rule()
    def the_answers_are_amended(self) -> None:
        self.happens(self.next(MORE_URGENT), self.state)

    @rule()
    def the_person_takes_their_consent_back(self) -> None:
        """What was sent on the consent is withdrawn, and so is what waits for it."""
        work = UnitOfWork(None, lambda: START)  # type: ignore[arg-type]  # nothing is read
        for agency in Agency:
            work.begin(referral_of(OPENED, agency))
        work.begin(REPLACEMENT)
        work.history(REFERRAL).extend(self.history)
        work.upstream[CASE] = [replace(recorded(CONSENTED, 1, CASE), id=OPENED)]
        routing().withdraw(recorded(TAKEN_BACK, 2, CASE), work)
        done = work.history(REFERRAL)[len(self.history) :]
        rests_on_it = self.referral.receipt == RECEIPT or self.state == "blocked_consent"
        expected = ("withdraw", self.state) in self.cells and rests_on_it
        held = self.referral.sent and self.referral.receipt == RECEIPT and self.referral.deletion_due is None
        must_delete = self.state in CLOSED_STATES and held
        assert len(done) == len(work.entries) == (expected or must_delete)
        for fact in done:
            self.happens(fact, self.state if must_delete else self.cells["withdraw", self.state].to)

    @rule()
    def every_deadline_passes(self) -> None:
        """A month goes by in which nobody acts: every step fires, and the referral expires once."""
        by_the_clock = 0
        while found := due_steps(EscalationState.of(self.referral), escalation_policy(), START + timedelta(days=30)):
            for event in found[0].to_events(self.referral, escalation_policy()):
                if isinstance(event, ReferralExpired):
                    by_the_clock += 1
                    self.happens(self.next(event), self.cells["expire", self.state].to)
                elif isinstance(event, ReferralEscalated):
                    self.happens(self.next(event), self.state)
                else:
                    self.happens(self.next(event), self.cells["confirm", self.state].to)
        assert by_the_clock <= 1

    @rule(command=st.sampled_from(COMMANDS), role=st.sampled_from(Role), behind=st.sampled_from([0, 0, 0, 1, -1]))
    def somebody_asks(self, command: str, role: Role, behind: int) -> None:
        self._ask(command, role, behind)

    @rule(command=st.sampled_from(COMMANDS), role=st.sampled_from(CONCERNED))
    def somebody_asks_who_is_concerned(self, command: str, role: Role) -> None:
        """Any step, whether it is this role's turn or not."""
        self._ask(command, role, 0)

    @rule(onward=ONWARD)
    def it_goes_on(self, onward: list[str]) -> None:
        """Several steps that the table allows."""
        self._goes_on(onward)

    def _goes_on(self, onward: list[str]) -> None:
        """Takes each of these steps that is possible, by a role that may."""
        for command in onward:
            if (command, self.state) in self.cells and not self._spent(command):
                self._ask(command, Role(min(self.cells[command, self.state].by)), 0)
                self.it_is_what_its_history_tells()

    def _spent(self, command: str) -> bool:
        spent = {"request-info": self.asked, "reopen": self.linked, "confirm-deletion": self.deleted}
        return spent.get(command, False)

    def _ask(self, command: str, role: Role, behind: int) -> None:
        before = self.referral
        # An agency that was notified owes a deletion, however the referral ended (line 147): it confirms as after a
        # withdrawal.
        owed = command == "confirm-deletion" and before.deletion_due is not None and self.state in CLOSED_STATES
        state = "withdrawn" if owed else self.state
        expected = "illegal_step" if self._spent(command) else told(self.cells, command, state, role)
        answer = answer_to(command, before, role, behind)
        clock_only = isinstance(self.history[-1].event, ReferralEscalated)
        assert answer == ("stale_version" if behind and not (behind == 1 and clock_only) else expected)
        if answer == "yes":
            event = STEPS[command].to_event(before, SAID)
            to = self.state if owed else self.cells[command, state].to
            self.happens(self.next(event), to)  # type: ignore[arg-type]  # every step's event is a referral's
            self.asked |= command == "request-info"
            self.linked |= command in {"reopen", "reroute"}
            self.deleted |= command == "confirm-deletion"

    @invariant()
    def it_is_what_its_history_tells(self) -> None:
        assert fold(self.history) == self.referral
        assert self.referral.version == len(self.history)
        assert (self.referral.state, self.referral.asked) == (self.state, self.asked)
        assert (self.referral.linked is not None) == self.linked
        assert self.referral.sent == any(isinstance(fact.event, ReferralRequested) for fact in self.history)

    @invariant()
    def once_closed_it_stays_so_unless_it_was_an_error(self) -> None:
        if self.closed_as is not None:
            assert self.referral.state in {self.closed_as, "entered_in_error"}
        if self.referral.state in CLOSED_STATES:
            self.closed_as = self.referral.state.value


def live(cells: Cells, settings: hypothesis.settings) -> set[str]:
    """Runs many lives against a table; returns the states they passed through."""
    states = set[str]()
    run_state_machine_as_test(lambda: AReferralsLife(cells, states), settings=settings)  # type: ignore[arg-type]  # whatever makes a machine will do
    return states


@pytest.mark.slow
def test_a_referrals_life_is_as_the_table_says() -> None:
    assert live(CELLS, searching(examples=800, steps=15)) == EVERY_STATE


OFFICER = frozenset({"officer"})
CHANGED: dict[str, Cells] = {
    "what_expires_is_withdrawn": {**CELLS, ("expire", "acknowledged"): Cell("withdrawn", OFFICER)},
    "a_desk_may_not_take_what_expired": {at: one for at, one in CELLS.items() if at != ("accept", "expired")},
    "a_desk_that_asked_may_not_accept": {at: one for at, one in CELLS.items() if at != ("accept", "info_requested")},
    "what_was_delivered_is_closed": {**CELLS, ("deliver", "in_service"): Cell("loop_closed", OFFICER)},
    "the_desk_confirms_its_own_help": {**CELLS, ("confirm", "delivered"): Cell("loop_closed", OFFICER)},
    "a_cancelled_one_is_accepted": {**CELLS, ("accept", "cancelled"): Cell("accepted", OFFICER)},
    "a_reopened_one_is_open": {**CELLS, ("reopen", "failed"): Cell("requested", CELLS["reopen", "failed"].by)},
    "consent_taken_back_does_not_end_a_service": {
        at: one for at, one in CELLS.items() if at != ("withdraw", "in_service")
    },
}


@pytest.mark.search
@pytest.mark.slow
@pytest.mark.parametrize("changed", CHANGED)
def test_a_table_is_found_out_by_which(changed: str) -> None:
    """The control: the machine finds a difference in one cell."""
    with pytest.raises(AssertionError):
        live(CHANGED[changed], until_found(examples=10_000, steps=15))
