"""A referral's life, held against the table of domain.md §6, which is written out here a second time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import ValidationError

from events.contract import Event, Recorded
from events.referral import (
    Deadlines,
    ReferralBlocked,
    ReferralFact,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
    ReferralWithdrawn,
)
from events.sealed import Box
from events.vocabulary import (
    Agency,
    BlockReason,
    BoxClass,
    Confirmation,
    DeclineReason,
    Outcome,
    ReferralState,
    RiskCategory,
    Role,
    SendingBasis,
    Urgency,
)
from services.chassis.errors import NotAllowedError, ServiceError
from services.referral.bodies import BODIES
from services.referral.domain import CLOSED, OPEN, Referral, evolve, fold
from services.referral.steps import STEPS, Ask, IllegalStepError, StaleVersionError, check, legal_steps

DESK = {"officer", "supervisor"}
"""Where §6 says officer, whoever is on duty at that desk: a supervisor is called when the officer is silent."""
SHELTER = {"shelter_worker", "shelter_coordinator", "integrator"}
"""Where §6 says shelter: its staff, and its own software."""
EVERY_STATE = {state.value for state in ReferralState}
TABLE: list[tuple[str, str, str, set[str]]] = [
    ("acknowledge", "requested expired", "acknowledged", DESK),
    ("request-info", "requested acknowledged", "info_requested", DESK),
    ("supply-info", "info_requested", "acknowledged", SHELTER),
    ("accept", "requested acknowledged info_requested expired", "accepted", DESK),
    ("decline", "requested acknowledged info_requested expired", "declined", DESK),
    ("reroute", "declined expired", "rerouted", {"programme_coordinator"}),
    ("schedule", "accepted scheduled", "scheduled", DESK),
    ("start", "accepted scheduled", "in_service", DESK),
    ("deliver", "accepted scheduled in_service", "delivered", DESK),
    ("confirm", "delivered", "loop_closed", SHELTER),
    ("fail", "accepted scheduled in_service", "failed", DESK),
    (
        "no-contact",
        "accepted scheduled in_service requested acknowledged info_requested",
        "no_contact",
        DESK | SHELTER,
    ),
    (
        "cancel",
        "blocked_consent requested acknowledged info_requested accepted scheduled declined expired",
        "cancelled",
        SHELTER,
    ),
    ("cancel", "in_service", "cancelled", {"supervisor"}),
    (
        "mark-in-error",
        " ".join(EVERY_STATE - {"entered_in_error"}),
        "entered_in_error",
        {"shelter_coordinator", "supervisor"},
    ),
    (
        "reopen",
        "loop_closed rerouted cancelled withdrawn no_contact failed entered_in_error",
        "",
        {"programme_coordinator", "shelter_coordinator"} | DESK,
    ),
]
"""command, from, to, by. ``reopen`` goes nowhere: the closed referral stays, a linked one is made."""

CELLS = {(command, state): (to, by) for command, states, to, by in TABLE for state in states.split()}
COMMANDS = sorted({command for command, *_ in TABLE})
CLOSED_STATES = {"loop_closed", "rerouted", "cancelled", "withdrawn", "no_contact", "failed", "entered_in_error"}

START = datetime(2013, 6, 12, 17, tzinfo=UTC)
REFERRAL = UUID(int=7)
CASE = UUID(int=8)
BOX = Box(key=UUID(int=9), kind=BoxClass.SCREENING, commitment="c" * 43, sealed="s")
SAID = Ask(
    reason=DeclineReason.NO_CAPACITY,
    outcome=Outcome.SERVICE_DELIVERED,
    confirmation=Confirmation.YES,
    appointment_at=START,
    text=BOX,
    to=Agency.OIM,
    linked=UUID(int=10),
)


def referral_that_is(state: str, **changes: Any) -> Referral:
    """A referral in some state, by whichever way it came there."""
    referral = Referral(
        id=REFERRAL,
        case=CASE,
        submission=UUID(int=11),
        agency=Agency.ACNUR,
        shelter="ALB-TAP-01",
        urgency=Urgency.U2,
        categories=(RiskCategory.ASILO,),
        rule_set="2013.1",
        key=BOX.key,
        state=ReferralState(state),
        version=4,
        changed_at=START,
        changed_by="officer:ACNUR:guardia-1",
    )
    return replace(referral, **changes)


def answer_to(command: str, referral: Referral, role: Role) -> str:
    """What somebody who asks for a step is told: ``yes``, or the refusal's code."""
    try:
        check(referral, command, referral.version, role)
    except ServiceError as refusal:
        return refusal.code
    return "yes"


def answer_of_the_table(command: str, state: str, role: Role) -> str:
    if (command, state) not in CELLS:
        return "illegal_step"
    return "yes" if role.value in CELLS[command, state][1] else "not_allowed"


def commands_from(state: str) -> list[str]:
    return [command for command in COMMANDS if (command, state) in CELLS]


def test_the_steps_people_may_ask_for_are_those_of_the_table_and_each_has_a_route() -> None:
    assert sorted(STEPS) == COMMANDS
    assert sorted(BODIES) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_step_is_taken_from_where_and_by_whom_the_table_says_and_by_nobody_else(command: str) -> None:
    wrong = [
        f"{command} of one {state} by {role}: {told}, not {expected}"
        for state, role in product(ReferralState, Role)
        if (told := answer_to(command, referral_that_is(state), role))
        != (expected := answer_of_the_table(command, state, role))
    ]
    assert wrong == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_step_leads_where_the_table_says(command: str) -> None:
    for (step, state), (to, _) in CELLS.items():
        if step == command:
            before = referral_that_is(state)
            after = evolve(before, recorded(STEPS[command].happens(before, SAID), before.version + 1))
            assert after.state == (to or state)
            assert after.version == before.version + 1
            assert (after.agency, after.shelter, after.case) == (before.agency, before.shelter, before.case)


def test_what_is_closed_and_what_is_open_is_told_apart_as_the_domain_does() -> None:
    assert {state.value for state in CLOSED} == CLOSED_STATES
    assert {state.value for state in OPEN} == EVERY_STATE - CLOSED_STATES


@pytest.mark.parametrize("state", ["requested", "acknowledged"])
def test_a_desk_asks_the_shelter_only_once(state: str) -> None:
    assert answer_to("request-info", referral_that_is(state), Role.OFFICER) == "yes"
    asked = referral_that_is(state, asked=True)
    assert answer_to("request-info", asked, Role.OFFICER) == "illegal_step"
    assert "request-info" not in legal_steps(asked)
    assert answer_to("accept", asked, Role.OFFICER) == "yes"


def test_a_referral_that_was_reopened_is_not_reopened_again() -> None:
    for state in CLOSED_STATES:
        linked = referral_that_is(state, linked=UUID(int=12))
        assert answer_to("reopen", linked, Role.OFFICER) == "illegal_step"
        assert "reopen" not in legal_steps(linked)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        ("mark-in-error", "requested"),
        ("reopen", "cancelled"),
        ("request-info", "requested"),
        ("supply-info", "info_requested"),
    ],
)
def test_a_step_that_must_say_why_is_not_taken_without_a_word(command: str, state: str) -> None:
    with pytest.raises(ValidationError):
        STEPS[command].happens(referral_that_is(state), replace(SAID, text=None))
    body, _ = BODIES[command]
    order = {"command_id": str(UUID(int=13)), "expected_version": 4}
    field = next(name for name in body.model_fields if name not in order)
    for missing in ({}, {field: None}, {field: ""}):
        with pytest.raises(ValidationError):
            body.model_validate(order | missing)
    assert body.model_validate(order | {field: "Se repitió."}).text() == "Se repitió."


@pytest.mark.parametrize("reason", list(DeclineReason))
def test_a_desk_declines_with_a_reason_from_the_list_and_explains_only_the_other(reason: DeclineReason) -> None:
    body, _ = BODIES["decline"]
    order = {"command_id": str(UUID(int=13)), "expected_version": 4, "reason": reason}
    if reason is DeclineReason.OTHER:
        with pytest.raises(ValidationError):
            body.model_validate(order)
    else:
        assert body.model_validate(order).ask().reason is reason
    assert body.model_validate(order | {"note": "Sin intérprete."}).text() == "Sin intérprete."


def test_every_refusal_names_the_state_and_the_steps_that_are_legal() -> None:
    for state, command in product(EVERY_STATE, COMMANDS):
        if (command, state) not in CELLS:
            with pytest.raises(IllegalStepError) as refused:
                check(referral_that_is(state), command, 4, Role.OFFICER)
            assert refused.value.details == {"state": state, "version": 4, "legal_steps": commands_from(state)}


def test_whoever_decided_on_another_version_hears_what_happened_before_anything_else() -> None:
    for state, command, version, role in product(EVERY_STATE, COMMANDS, (3, 5), (Role.OFFICER, Role.AUDITOR)):
        with pytest.raises(StaleVersionError) as refused:
            check(referral_that_is(state), command, version, role)
        assert refused.value.details == {
            "state": state,
            "version": 4,
            "changed_at": START.isoformat(),
            "changed_by": "officer:ACNUR",
        }


def test_a_role_that_may_not_take_an_existing_step_is_told_that_it_may_not() -> None:
    with pytest.raises(NotAllowedError):
        check(referral_that_is("requested"), "accept", 4, Role.SHELTER_WORKER)


def recorded(event: Event, version: int) -> Recorded[Event]:
    return Recorded(
        id=uuid5(REFERRAL, str(version)),
        stream=REFERRAL,
        version=version,
        case=CASE,
        occurred_at=START,
        recorded_at=START + timedelta(minutes=version),
        actor="officer:ACNUR:guardia-1",
        cause=None,
        event=event,
    )


WHOSE: Mapping[str, Any] = {"agency": Agency.ACNUR, "shelter": "ALB-TAP-01"}
DEADLINES = Deadlines(acknowledge_by=START, decide_by=START, serve_by=START)
PROPOSED = ReferralProposed(
    **WHOSE,
    submission=UUID(int=11),
    urgency=Urgency.U3,
    categories=(RiskCategory.ASILO,),
    rule_set="2013.1",
    grounds=BOX,
)
SENT = ReferralRequested(
    **WHOSE, urgency=Urgency.U2, basis=SendingBasis.CONSENT, receipt=UUID(int=14), deadlines=DEADLINES, disclosure=BOX
)
WAITING = ReferralBlocked(**WHOSE, urgency=Urgency.U2, reason=BlockReason.CONSENT_NOT_ASKED)
WITHDRAWN = ReferralWithdrawn(**WHOSE, receipt=UUID(int=14))
MORE_URGENT = ReferralReassessed(
    **WHOSE, urgency=Urgency.U1, categories=(RiskCategory.ASILO, RiskCategory.MED), rule_set="2013.1", grounds=BOX
)


class AReferralsLife(RuleBasedStateMachine):
    """Anybody asks for anything, at any time, on any version; the rules go on doing what they do."""

    history: list[Recorded[Event]]
    referral: Referral
    state: str
    asked: bool
    linked: bool
    closed_as: str | None

    def happens(self, event: ReferralFact, to: str | None) -> None:
        fact = recorded(event, len(self.history) + 1)
        self.history.append(fact)
        self.referral = evolve(self.referral if len(self.history) > 1 else None, fact)
        self.state = to or self.state

    @initialize(blocked=st.booleans())
    def the_rules_name_a_recipient(self, blocked: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.history, self.asked, self.linked, self.closed_as = [], False, False, None
        self.happens(PROPOSED, "proposed")
        if blocked:
            self.happens(WAITING, "blocked_consent")
        else:
            self.happens(SENT, "requested")

    @precondition(lambda self: self.state == "blocked_consent")
    @rule()
    def the_person_consents(self) -> None:
        self.happens(SENT, "requested")

    @precondition(lambda self: self.state not in CLOSED_STATES)
    @rule()
    def the_answers_are_amended(self) -> None:
        self.happens(MORE_URGENT, None)

    @precondition(lambda self: self.state not in CLOSED_STATES and len(self.history) > 8)
    @rule()
    def the_person_takes_their_consent_back(self) -> None:
        self.happens(WITHDRAWN, "withdrawn")

    @rule(command=st.sampled_from(COMMANDS), role=st.sampled_from(Role), behind=st.sampled_from([0, 0, 0, 1, -1]))
    def somebody_asks(self, command: str, role: Role, behind: int) -> None:
        self._ask(command, role, behind)

    @rule(data=st.data())
    def somebody_asks_for_what_they_may(self, data: st.DataObject) -> None:
        """Random requests alone would seldom get beyond the first refusal."""
        mild = [command for command in commands_from(self.state) if command not in {"mark-in-error", "no-contact"}]
        if mild:
            command = data.draw(st.sampled_from(mild))
            role = data.draw(st.sampled_from(sorted(CELLS[command, self.state][1])))
            self._ask(command, Role(role), 0)

    def _ask(self, command: str, role: Role, behind: int) -> None:
        before = self.referral
        spent = (command == "request-info" and self.asked) or (command == "reopen" and self.linked)
        expected = "illegal_step" if spent else answer_of_the_table(command, self.state, role)
        if behind:
            expected = "stale_version"
        try:
            check(before, command, before.version - behind, role)
        except ServiceError as refusal:
            assert refusal.code == expected  # noqa: PT017 - the refusal is one of several answers
            assert self.referral == before
            return
        assert expected == "yes"
        self.happens(STEPS[command].happens(before, SAID), CELLS[command, self.state][0])  # type: ignore[arg-type]
        self.asked |= command == "request-info"
        self.linked |= command in {"reopen", "reroute"}
        assert self.referral.version == before.version + 1

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


TestAReferralsLife = AReferralsLife.TestCase
TestAReferralsLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_there_is_a_way_out_of_every_open_state() -> None:
    """Nothing gets stuck: from wherever it is, somebody may close it."""
    for state in EVERY_STATE - CLOSED_STATES:
        ways = {CELLS[command, state][0] for command in commands_from(state)}
        assert ways & CLOSED_STATES, state
