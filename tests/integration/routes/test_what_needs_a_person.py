"""What two people do needs two accounts: a token that belongs to nobody is refused on every such route."""

from typing import Any
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.authorization.policy import PEOPLE_ONLY, TABLE, Action
from services.chassis.runtime.application import API
from tests.support.models.routes_by_role import NEEDS, ORG, ROLES, filled
from tests.support.system.answers import is_a_problem
from tests.support.system.system import System

ON_PAGES_ALONE = {Action.OWN_CHANNELS, Action.EXPORT_REFERRALS, Action.REPLAY_RULES}
"""What has no route for programs: its pages are in the access matrix."""
ROUTES = sorted(route for route, action in NEEDS.items() if action in PEOPLE_ONLY)


@pytest.mark.parametrize("role", [role for role in ROLES if PEOPLE_ONLY & TABLE[role].keys()])
async def test_a_token_of_nobody_is_refused_where_its_role_may_and_a_persons_is_not(system: System, role: Role) -> None:
    nobody, person = await system.nobody_in_particular(role, ORG[role]), await system.signed_in(role, ORG[role])
    order = {"command_id": str(uuid4())}
    for method, path in ROUTES:
        if NEEDS[method, path] not in TABLE[role]:
            continue
        request: dict[str, Any] = {"json": order if method == "POST" else None}
        refused = await nobody.request(method, f"{API}{filled(path)}", **request)
        assert (refused.status_code, is_a_problem(refused)["code"]) == (403, "needs_a_person"), path
        let_in = await person.request(method, f"{API}{filled(path)}", **request)
        assert let_in.status_code in {200, 201, 404, 422}, path


async def test_the_description_says_so(description: dict[str, Any]) -> None:
    said = {
        (method.upper(), path.removeprefix(API))
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if "needs_a_person" in operation["responses"].get("403", {}).get("x-problem-codes", ())
    }
    assert said == set(ROUTES)


def test_there_are_such_routes_for_whatever_two_people_do() -> None:
    assert {NEEDS[route].value for route in ROUTES} == {action.value for action in PEOPLE_ONLY - ON_PAGES_ALONE}
