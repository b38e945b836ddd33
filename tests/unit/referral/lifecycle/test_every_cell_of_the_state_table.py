"""Every step in every state by every role follows the table of domain.md §6, and a change of any cell is noticed."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from events.referral_states import CLOSED, OPEN
from events.vocabulary import Role
from services.referral.lifecycle.domain import Referral, evolve
from services.referral.lifecycle.schemas import BODIES
from services.referral.lifecycle.transitions import STEPS
from tests.support.builders.referral import SAID, answer_to, recorded, referral_that_is
from tests.support.models.state_table import (
    CELLS,
    CLOSED_STATES,
    COMMANDS,
    DESK,
    EVERY_STATE,
    OPEN_STATES,
    Cell,
    Cells,
    commands_from,
    told,
)


def other_answers(cells: Cells, command: str) -> Iterator[str]:
    """The states in which somebody gets another answer than the table says."""
    for state, role in product(EVERY_STATE, Role):
        if answer_to(command, referral_that_is(state), role) != told(cells, command, state, role):
            yield state


def other_ends(cells: Cells, command: str) -> Iterator[str]:
    """The states from which the step leads elsewhere than the table says."""
    for state in EVERY_STATE:
        if (command, state) in cells and after(command, referral_that_is(state)).state != cells[command, state].to:
            yield state


def after(command: str, before: Referral) -> Referral:
    """The referral after the step."""
    return evolve(before, recorded(STEPS[command].to_event(before, SAID), before.version + 1))


def test_the_steps_people_may_ask_for_are_those_of_the_table_and_each_has_a_route() -> None:
    assert sorted(STEPS) == COMMANDS
    assert sorted(BODIES) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_step_is_taken_from_where_and_by_whom_the_table_says_and_by_nobody_else(command: str) -> None:
    assert set(other_answers(CELLS, command)) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_step_leads_where_the_table_says(command: str) -> None:
    assert set(other_ends(CELLS, command)) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_step_leaves_whose_referral_it_is_and_counts_one_version_on(command: str) -> None:
    for state in EVERY_STATE:
        if (command, state) in CELLS:
            before = referral_that_is(state)
            done = after(command, before)
            assert done.version == before.version + 1
            assert (done.agency, done.shelter, done.case) == (before.agency, before.shelter, before.case)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_change_of_any_cell_of_the_table_is_noticed(command: str) -> None:
    """The control: a program that differs from the table in one cell does not pass."""
    for state in EVERY_STATE:
        cell = CELLS.get((command, state))
        others = {at: one for at, one in CELLS.items() if at != (command, state)}
        changed = (
            [others | {(command, state): Cell("declined", DESK)}]
            if cell is None
            else [
                others,
                others | {(command, state): replace(cell, to="requested" if cell.to != "requested" else "accepted")},
                others | {(command, state): replace(cell, by=cell.by | {"auditor"})},
                others | {(command, state): replace(cell, by=cell.by - {min(cell.by)})},
            ]
        )
        for table in changed:
            assert {*other_answers(table, command), *other_ends(table, command)} == {state}


def test_the_table_and_the_domain_agree_on_what_is_open() -> None:
    assert {state.value for state in CLOSED} == CLOSED_STATES
    assert {state.value for state in OPEN} == OPEN_STATES


def test_there_is_a_way_out_of_every_open_state() -> None:
    """Nothing gets stuck: from every state somebody may close it."""
    for state in OPEN_STATES:
        transitions = {CELLS[command, state].to for command in commands_from(state)}
        assert transitions & CLOSED_STATES, state
