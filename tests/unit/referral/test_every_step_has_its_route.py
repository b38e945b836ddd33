"""The state table, the bodies and the routes have the same steps."""

import inspect
from typing import Any, cast

import pytest
from fastapi.routing import APIRoute

from services.referral.lifecycle.api import router
from services.referral.lifecycle.schemas import BODIES
from services.referral.lifecycle.transitions import STEPS

NOBODY = cast("Any", None)
"""The routes are described, not called."""
ROUTES = {route.path: route for route in router(NOBODY, NOBODY).routes if isinstance(route, APIRoute)}


def test_there_is_a_route_for_every_step_of_the_state_table_and_no_other() -> None:
    assert sorted(ROUTES) == sorted(f"/referrals/{{referral_id}}/{step}" for step in STEPS)
    assert sorted(BODIES) == sorted(STEPS)


@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_step_takes_the_body_that_says_what_it_needs_and_is_titled_in_two_languages(step: str) -> None:
    route, (body, summary) = ROUTES[f"/referrals/{{referral_id}}/{step}"], BODIES[step]
    assert inspect.signature(route.endpoint).parameters["body"].annotation is body
    assert route.methods == {"POST"}
    assert route.summary == summary
    assert " · " in summary


@pytest.mark.parametrize("step", sorted(STEPS))
def test_the_example_of_a_step_is_one_that_its_body_takes(step: str) -> None:
    body, _ = BODIES[step]
    for example in body.model_json_schema()["examples"]:
        assert body.model_validate(example).command_id
