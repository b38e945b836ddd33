"""Health says yes or no to anybody; which shelter's link is down, and what waits where, to operators alone."""

import json
from dataclasses import replace

import httpx2
import pytest

from events.vocabulary import Role
from services.system import Installation
from tests.support.people.people import SHELTER, is_a_problem
from tests.support.system.health import until_ready
from tests.support.system.system import HANG, System, running

LINKED = ("ALB-TAP-01", "ALB-IXT-01")
ASKED = ("ready", "flow")


def with_leaf_shelters(installation: Installation) -> Installation:
    return replace(installation, settings=installation.settings.model_copy(update={"leaf_shelters": LINKED}))


async def said_to_anybody(system: System) -> dict[str, httpx2.Response]:
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        return {path: await anybody.get(f"/health/{path}") for path in ("live", *ASKED)}


async def test_anybody_hears_a_status_and_no_shelter_service_or_reason(installation: Installation) -> None:
    async with running(with_leaf_shelters(installation)) as system:
        await until_ready(system)
        for path, answer in (await said_to_anybody(system)).items():
            assert answer.json().keys() == {"status"}, path
            assert len(answer.content) < 40, path
        operator = await system.nobody_in_particular(Role.OPERATOR, "*")
        told = (await operator.get("/api/v1/operate/ready")).json()
        assert told["services"]["intake"]["shelters"].keys() == set(LINKED)


@pytest.mark.parametrize("question", ASKED)
async def test_the_details_have_the_status_of_the_public_answer_and_are_for_operators(
    system: System, question: str
) -> None:
    public = (await said_to_anybody(system))[question]
    for role, org in ((Role.OPERATOR, "*"), (Role.ADMINISTRATOR, "*")):
        client = await system.nobody_in_particular(role, org)
        details = await client.get(f"/api/v1/operate/{question}")
        assert (details.status_code, details.json()["status"]) == (public.status_code, public.json()["status"])
        assert set(details.json()["services"]) == {service.name for service in system.services}
    for role, org in ((Role.PROGRAMME_COORDINATOR, "*"), (Role.AUDITOR, "*"), (Role.SHELTER_COORDINATOR, SHELTER)):
        client = await system.signed_in(role, org)
        is_a_problem(await client.get(f"/api/v1/operate/{question}"), 403, "not_allowed")
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        refused = await anybody.get(f"/api/v1/operate/{question}")
        is_a_problem(refused, 401, "not_signed_in")
        assert "services" not in json.dumps(refused.json())
