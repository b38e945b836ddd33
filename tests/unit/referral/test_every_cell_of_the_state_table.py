"""Every step in every state by everybody is as the table of domain.md §6 says, and a change of any cell is noticed."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from events.vocabulary import Role
from services.referral.bodies import BODIES
from services.referral.domain import CLOSED, OPEN, Referral, evolve
from services.referral.steps import STEPS
from tests.unit.referral.a_referral import SAID, answer_to, recorded, referral_that_is
from tests.unit.referral.state_table import (
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
    """The states in which somebody is told something else than by a table."""
    for state, role in product(EVERY_STATE, Role):
        if answer_to(command, referral_that_is(state), role) != told(cells, command, state, role):
            yield state


def other_ends(cells: Cells, command: str) -> Iterator[str]:
    """The states from which the step leads elsewhere than in a table."""
    for state in EVERY_STATE:
        if (command, state) in cells and after(command, referral_that_is(state)).state != cells[command, state].to:
            yield state


def after(command: str, before: Referral) -> Referral:
    """The referral once the step was taken."""
    return evolve(before, recorded(STEPS[command].happens(before, SAID), before.version + 1))


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
    """The control: a program that differs from the table in one cell does not pass for right."""
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


def test_what_is_closed_and_what_is_open_is_told_apart_as_the_domain_does() -> None:
    assert {state.value for state in CLOSED} == CLOSED_STATES
    assert {state.value for state in OPEN} == OPEN_STATES


def test_there_is_a_way_out_of_every_open_state() -> None:
    """Nothing gets stuck: from wherever it is, somebody may close it."""
    for state in OPEN_STATES:
        ways = {CELLS[command, state].to for command in commands_from(state)}
        assert ways & CLOSED_STATES, state
