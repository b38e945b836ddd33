"""What may be done only once, what must be explained, and what a refusal says."""

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest
from pydantic import ValidationError

from events.vocabulary import Agency, DeclineReason, Role
from services.chassis.errors import NotAllowedError
from services.referral.lifecycle.schemas import BODIES
from services.referral.lifecycle.transitions import STEPS, IllegalStepError, StaleVersionError, check, legal_steps
from tests.support.builders.referral import SAID, START, answer_to, referral_that_is
from tests.support.models.state_table import CELLS, CLOSED_STATES, COMMANDS, EVERY_STATE, commands_from


@pytest.mark.parametrize("state", ["requested", "acknowledged"])
def test_a_desk_may_ask_the_shelter_only_once(state: str) -> None:
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
        STEPS[command].to_event(referral_that_is(state), replace(SAID, text=None))
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
        assert body.model_validate(order).details().reason is reason
    assert body.model_validate(order | {"note": "Sin intérprete."}).text() == "Sin intérprete."


def test_every_refusal_names_the_state_and_the_steps_that_are_legal() -> None:
    for state, command in product(EVERY_STATE, COMMANDS):
        if (command, state) not in CELLS:
            with pytest.raises(IllegalStepError) as refused:
                check(referral_that_is(state), command, 4, Role.OFFICER)
            assert refused.value.details == {"state": state, "version": 4, "legal_steps": commands_from(state)}


def test_a_decision_on_an_older_version_is_refused_with_what_happened_before_anything_else() -> None:
    for state, command, version, role in product(EVERY_STATE, COMMANDS, (3, 5), (Role.OFFICER, Role.AUDITOR)):
        with pytest.raises(StaleVersionError) as refused:
            check(referral_that_is(state), command, version, role)
        assert refused.value.details == {
            "state": state,
            "version": 4,
            "changed_at": START.isoformat(),
            "changed_by": "officer:ACNUR",
        }


def test_a_role_that_may_not_take_an_existing_step_is_refused_as_such() -> None:
    with pytest.raises(NotAllowedError):
        check(referral_that_is("requested"), "accept", 4, Role.SHELTER_WORKER)


def test_nobody_is_asked_about_a_report_on_staff_for_no_shelter_would_see_the_question() -> None:
    for state in ("requested", "acknowledged", "declined"):
        hidden = referral_that_is(state, agency=Agency.PEAS)
        assert answer_to("request-info", hidden, Role.OFFICER) == "nobody_can_answer"
        assert "request-info" not in legal_steps(hidden)
    assert answer_to("accept", referral_that_is("requested", agency=Agency.PEAS), Role.OFFICER) == "yes"


def test_a_deletion_is_confirmed_wherever_it_is_due_and_once() -> None:
    for state in CLOSED_STATES:
        due = referral_that_is(state, deletion_due=START)
        assert answer_to("confirm-deletion", due, Role.OFFICER) == "yes"
        assert answer_to("confirm-deletion", replace(due, deletion_confirmed=True), Role.OFFICER) == "illegal_step"
