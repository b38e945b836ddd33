"""Nobody is forgotten after sending (domain.md §6), whatever is amended, decided, withdrawn or left unanswered.

A machine plays everybody who has to do with one case, with the services' own commands, reactions, clocks and alerts.
"""

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import uuid5

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.consent import ConsentReceipt
from events.intake import ConsentWithdrawn
from events.notifications import AlertRaised
from events.referral import ReferralAccepted
from events.referral_states import CHANGEABLE, CLOSED, OPEN
from events.vocabulary import (
    Agency,
    BlockReason,
    ConsentDecision,
    ConsentPurpose,
    DeclineReason,
    Outcome,
    ReferralState,
    Role,
)
from services.chassis.errors import ServiceError
from services.notifications.alerts.domain import alert_of, is_pending
from services.referral.lifecycle.disclosed import changed_names, disclosure_last_acted_on, told
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.standing import NO_CONSENT_NEEDED, may_be_read
from services.referral.lifecycle.transitions import StepDetails, legal_steps
from tests.support.builders.changing_case import CASE, KEY, SECRET, granted, routing
from tests.support.builders.living_case import LivingCase
from tests.support.people.people import SHELTER
from tests.support.properties import searching, until_found

ANSWERS: dict[str, list[Any]] = {
    "danger_now": ["yes", "no", "unsure"],
    "medical_now": ["yes", "no"],
    "removal_risk": ["yes", "no"],
    "language": ["es", "mam", "hat"],
    "interpreter_needed": [True, False],
    "safe_contact": ["none", "shelter_only", "do_not_contact"],
    "planned_departure": ["today", "24h", "7d", "staying"],
    "self_declared": [["lgbtiq"], []],
    "age_band": ["25-59", "60+"],
    "needs": [["legal"], ["health"], []],
    "harm_events": [
        [],
        [{"kind": "robbery", "when": "30d", "perpetrator": "common_criminal"}],
        [{"kind": "kidnapping", "when": "ongoing"}, {"kind": "robbery", "when": "30d"}],
    ],
}
ANSWER = st.sampled_from(sorted(ANSWERS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(ANSWERS[name])))
RECIPIENTS = st.sampled_from([Agency.ACNUR, Agency.OIM, Agency.UNODC])
OWN_NO = {BlockReason.CONSENT_REFUSED, BlockReason.WITHHELD}
STEPS = ["acknowledge", "accept", "accept", "decline", "request-info", "schedule", "start", "deliver", "fail"]


class EverybodyOfACase(RuleBasedStateMachine):
    """Anybody does anything at any time; after each act the reactions, the clocks and the alerts catch up."""

    make = LivingCase

    def __init__(self) -> None:
        super().__init__()
        self.case: LivingCase
        self.receipts: list[ConsentReceipt] = []
        self.moved = self.frozen = False
        self.seen: Counter[str] = Counter()

    @initialize(
        consents=st.sampled_from([{Agency.ACNUR}, {Agency.OIM}, {Agency.ACNUR, Agency.OIM}, set[Agency]()]),
        answers=st.dictionaries(st.just("danger_now"), st.just("yes")),
    )
    def somebody_is_flagged(self, consents: set[Agency], answers: dict[str, Any]) -> None:
        self.receipts = [granted(one) for one in sorted(consents)]
        self.case = self.make.of(*self.receipts, **answers)

    @rule(answer=ANSWER)
    def an_answer_is_corrected(self, answer: tuple[str, Any]) -> None:
        self.case.amended(withhold_from=self.case.document.get("withhold_from", ()), **{answer[0]: deepcopy(answer[1])})

    @rule(agency=RECIPIENTS)
    def the_person_excludes_an_agency(self, agency: Agency) -> None:
        self.case.amended(withhold_from=[agency])

    @rule(
        recipient=RECIPIENTS,
        purpose=st.sampled_from(ConsentPurpose),
        fields=st.sampled_from([("all",), ("language",)]),
        hours=st.sampled_from([None, None, 3, 40]),
    )
    def the_person_consents(
        self, recipient: Agency, purpose: ConsentPurpose, fields: tuple[str, ...], hours: int | None
    ) -> None:
        until = None if hours is None else self.case.now + timedelta(hours=hours)
        self._decide(recipient, ConsentDecision.GRANTED, purpose=purpose, fields=fields, expires_at=until)

    @rule(
        recipient=RECIPIENTS,
        decision=st.sampled_from([ConsentDecision.REFUSED, ConsentDecision.CANNOT_DECIDE, ConsentDecision.WANTS_TIME]),
    )
    def the_person_decides_otherwise(self, recipient: Agency, decision: ConsentDecision) -> None:
        until = self.case.now + timedelta(hours=5) if decision is ConsentDecision.WANTS_TIME else None
        self._decide(recipient, decision, fields=(), until=until)

    def _decide(self, recipient: Agency, decision: ConsentDecision, **says: Any) -> None:
        receipt = granted(recipient, decision=decision, receipt=uuid5(CASE, f"receipt {len(self.case.facts)}"), **says)
        self.receipts.append(receipt)
        self.case.consents(receipt)

    @rule(which=st.integers(0, 20))
    def the_person_takes_a_consent_back(self, which: int) -> None:
        grants = [one for one in self.receipts if one.decision is ConsentDecision.GRANTED]
        if grants:
            one = grants[which % len(grants)]
            self.case.happens(ConsentWithdrawn(shelter=SHELTER, receipt=one.receipt, recipient=one.recipient))

    @rule(rarely=st.integers(0, 4))
    def somebody_withdraws_with_the_slip(self, rarely: int) -> None:
        if not self.frozen and not rarely:
            self.frozen = True
            self.case.freezes()

    @rule(answer=st.sampled_from(["confirmed", "dismissed"]))
    def the_withdrawal_is_checked(self, answer: str) -> None:
        if self.frozen:
            self.frozen = False
            self.case.is_checked(answer)

    @rule(fields=st.sampled_from([("all",), ("language",)]))
    def the_person_comes_to_another_shelter(self, fields: tuple[str, ...]) -> None:
        if not self.moved:
            self.moved = True
            self.case.moves(*fields)

    @rule(which=st.integers(0, 20), steps=st.lists(st.integers(0, 20), min_size=1, max_size=3))
    def a_desk_acts(self, which: int, steps: list[int]) -> None:
        """Steps that exist for what was sent; whether they are allowed now is for the command to say."""
        for number in steps:
            sent = [at for at, one in enumerate(self.case.referrals()) if one.sent and one.state in OPEN]
            if not sent:
                return
            at = sent[which % len(sent)]
            possible = [step for step in STEPS if step in legal_steps(self.case.referrals()[at])]
            if possible:
                step = possible[number % len(possible)]
                said = StepDetails(
                    reason=DeclineReason.NO_CAPACITY, outcome=Outcome.NO_SHOW, appointment_at=self.case.now
                )
                text = "texto" if step == "request-info" else None
                self._try(at, step, Role.OFFICER, details=said, text=text)

    @rule(which=st.integers(0, 20), to=RECIPIENTS)
    def the_coordinator_sends_one_on(self, which: int, to: Agency) -> None:
        self._try(which, "reroute", Role.PROGRAMME_COORDINATOR, details=StepDetails(to=to))

    @rule(which=st.integers(0, 20))
    def the_shelter_answers_or_closes(self, which: int) -> None:
        self._try(which, "supply-info", Role.SHELTER_WORKER, text="texto")
        self._try(which, "confirm", Role.SHELTER_WORKER)

    @rule(which=st.integers(0, 20), agency=RECIPIENTS, can=st.booleans())
    def an_agency_that_was_asked_answers(self, which: int, agency: Agency, can: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        referrals = self.case.referrals()
        self._attempt(lambda: self.case.offers(referrals[which % len(referrals)], agency, can=can), "offer")

    @rule(minutes=st.sampled_from([1, 6, 20, 70, 400, 3000, 20_000]))
    def time_passes(self, minutes: int) -> None:
        self.case.now += timedelta(minutes=minutes)

    def _try(self, which: int, step: str, role: Role, **said: Any) -> None:
        referrals = self.case.referrals()
        if referrals:
            one = referrals[which % len(referrals)]
            self._attempt(lambda: self.case.step(one, step, role, **said), step)

    def _attempt(self, act: Any, name: str) -> None:
        try:
            act()
        except ServiceError as refused:
            self.seen[refused.code] += 1
        else:
            self.seen[name] += 1

    @invariant()
    def everything_catches_up(self) -> None:
        """Runs first: what follows is looked at once the clocks and the alerts have done their part."""
        self.case.clocks()
        self.case.alert()
        self._look()

    def _look(self) -> None:
        referrals = self.case.referrals()
        open_ones = [one for one in referrals if one.state in OPEN]
        agencies = Counter(one.agency for one in open_ones)
        assert max(agencies.values(), default=0) <= 1, f"two open referrals at one agency: {agencies}"
        for one in open_ones:
            self._has_a_clock(one)
            if one.sent and one.state is not ReferralState.BLOCKED_CONSENT:
                self._is_told_of_the_newest(one)
        for one in referrals:
            if one.state in CLOSED and one.state is not ReferralState.WITHDRAWN and one.linked is None:
                continue
            assert one.linked is None or one.linked in self.case.streams, "it leads to one that there is"

    def _has_a_clock(self, one: Referral) -> None:
        waits = one.state is ReferralState.BLOCKED_CONSENT
        if waits and one.reason in OWN_NO:
            return
        due = self.case.next_due(one)
        assert due is not None, f"{one.agency} {one.state} {one.reason} is without a clock"
        assert due > self.case.now

    def _is_told_of_the_newest(self, one: Referral) -> None:
        """Whoever may act has been told of the newest state, or has an unseen change with a running clock."""
        history = self.case.streams[one.id]
        if one.state in CHANGEABLE:
            before = disclosure_last_acted_on(history)
            upto = history if before is None else [fact for fact in history if fact.version <= before.fact.version]
            earlier, now = (told(facts, {KEY: SECRET}) or {} for facts in (upto, history))
            news = [name for name in changed_names(earlier, now) if name in now]
            if news:
                assert one.after.unseen_by is not None, f"{news} is new to {one.agency}, which does not know it"
        self._reads_what_is_so(one)
        alert = self.case.alerts[alert_of(one.id)]
        if one.state is ReferralState.REQUESTED or (one.after.unseen_is_urgent and one.state in CHANGEABLE):
            assert is_pending(alert), f"{one.agency} {one.state} is not alerted"
            raised = [fact.event for fact in alert if isinstance(fact.event, AlertRaised)]
            assert raised[-1].urgency == one.urgency

    def _reads_what_is_so(self, one: Referral) -> None:
        """What an agency may read is as the answers are now, but for what stands still for a reason."""
        file = self.case.file()
        readable = may_be_read(one, file, routing().policies.assessment(file), self.case.now)
        stands_still = one.after.contest is not None or one.state is ReferralState.DECLINED
        if not readable or stands_still or one.basis in NO_CONSENT_NEEDED:
            return
        now = told(self.case.streams[one.id], {KEY: SECRET}) or {}
        screening = self.case.document["screening"]
        for name in ("language", "safe_contact", "interpreter_needed", "planned_departure", "age_band"):
            if name in now:
                assert now[name] == screening.get(name), f"{one.agency} reads an old {name}"
        assert now.get("shelter", one.shelter) == file.shelter

    @invariant()
    def nothing_that_nobody_may_read_is_accepted(self) -> None:
        file = self.case.file()
        for one in self.case.referrals():
            if one.state not in OPEN or may_be_read(one, file, routing().policies.assessment(file), self.case.now):
                continue
            with pytest.raises(ServiceError):
                self.case.step(one, "accept", Role.OFFICER)

    def teardown(self) -> None:
        if hasattr(self, "case"):
            facts = [fact for stream in self.case.streams.values() for fact in stream]
            accepted = any(isinstance(fact.event, ReferralAccepted) for fact in facts)
            hypothesis.event("something was accepted" if accepted else "nothing was accepted")


@pytest.mark.slow
def test_whoever_may_act_knows_the_newest_and_nothing_open_is_without_a_clock() -> None:
    run_state_machine_as_test(EverybodyOfACase, settings=searching(examples=120, steps=18))


class _WithoutFollowUps(LivingCase):
    """A control: a case whose clocks stop with their last rung."""

    def next_due(self, referral: Referral) -> Any:
        return None if len(referral.fired_steps) > 4 else super().next_due(referral)


class _WhereNothingIsRenewed(LivingCase):
    """A control: an amendment that nobody reacts to."""

    def reacts(self, *, one_by_one: bool = False) -> None:
        if len(self.facts) == 1:
            super().reacts(one_by_one=one_by_one)
        self.waiting = []


@pytest.mark.search
@pytest.mark.slow
@pytest.mark.parametrize("broken", [_WithoutFollowUps, _WhereNothingIsRenewed])
def test_the_machine_finds_out_a_case_that_forgets(broken: type[LivingCase]) -> None:
    machine = type("Broken", (EverybodyOfACase,), {"make": broken})
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=until_found(examples=2000, steps=14))
