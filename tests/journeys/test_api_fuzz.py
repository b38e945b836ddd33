"""Whatever is sent to any published route, by whoever: it is answered as published, and never with a failure."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from events.vocabulary import Role
from services.chassis.web.refusals import CODES, MEDIA_TYPE
from tests.support.properties import examples
from tests.support.system.system import HANG, System, sample_day

pytestmark = pytest.mark.slow

SEED = 20130612
EXAMPLES = 2
"""Of each route, kind of data and kind of address: a run must end in well under a minute."""
ENDLESS = "/alerts/stream"


def does_not_fail(context: Any, response: Any, case: Any) -> bool | None:
    """No answer is a failure, but for health, which says 503 of a busy machine: that is its published answer."""
    of_health = "/health/" in str(response.request.url) and response.status_code == 503
    return None if of_health else not_a_server_error(context, response, case)


CHECKS: list[Any] = [
    does_not_fail,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def is_a_problem(response: schemathesis.Response) -> None:
    """An error is a problem document in two languages, with a code that programs can rely on."""
    if response.status_code < 400 or "/health/" in str(response.request.url):
        return
    assert response.headers["content-type"] == [MEDIA_TYPE]
    answer = response.json()
    assert answer["status"] == response.status_code
    assert answer["type"] == f"urn:canaliza:problem:{answer['code']}"
    assert answer["title"]
    assert answer["title_en"]


@dataclass
class Fuzz:
    """One role's attempts on every route."""

    url: str
    token: str
    known: dict[str, str]
    """Ids that exist, by the name of the path's parameter."""
    statuses: dict[str, set[int]]
    published: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    """The codes of the problems that each operation may answer, by status."""
    unpublished: set[tuple[str, int, str]] = field(default_factory=set)
    """What was answered beside them."""

    def run(self) -> None:
        """Sends what fits the description and what does not, to ids that exist and to others."""
        schema = schemathesis.openapi.from_url(f"{self.url}/api/openapi.json")
        with requests.Session() as session:
            session.headers["Authorization"] = self.token
            for found in schema.get_all_operations():
                assert isinstance(found, Ok), "the description itself is wrong"
                operation = found.ok()
                answers = operation.definition.raw["responses"]
                self.published[operation.label] = {int(status): one.get(CODES, []) for status, one in answers.items()}
                if not operation.path.endswith(ENDLESS):
                    for cases in self.ways(operation):
                        self.attempt(operation.label, cases, session)

    def is_published(self, label: str, response: schemathesis.Response) -> None:
        """A problem's code is among those that the description names for the operation and the status."""
        if response.headers["content-type"] == [MEDIA_TYPE]:
            code = response.json()["code"]
            if code not in self.published[label].get(response.status_code, ()):
                self.unpublished.add((label, response.status_code, code))

    def ways(self, operation: Any) -> Iterator[Any]:
        names = {parameter.name for parameter in operation.path_parameters}
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or operation.body or operation.query or names:
                yield operation.as_strategy(generation_mode=mode)
            if names and names <= self.known.keys() and (mode is GenerationMode.POSITIVE or operation.body):
                yield operation.as_strategy(
                    generation_mode=mode, path_parameters={name: self.known[name] for name in names}
                )

    def attempt(self, label: str, cases: Any, session: requests.Session) -> None:
        @seed(SEED)
        @settings(
            max_examples=examples(EXAMPLES),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def send(case: schemathesis.Case[Any]) -> None:
            response = case.call(session=session, timeout=HANG)
            self.statuses.setdefault(label, set()).add(response.status_code)
            case.validate_response(response, checks=CHECKS)
            is_a_problem(response)
            self.is_published(label, response)

        send()


async def test_every_reference_in_the_published_description_leads_somewhere(system: System) -> None:
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        description = (await anybody.get("/api/openapi.json")).json()

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for item in part.values():
                yield from references(item)
        elif isinstance(part, list):
            for item in part:
                yield from references(item)

    found = set(references(description))
    assert found
    for reference in found:
        part = description
        for step in reference.removeprefix("#/").split("/"):
            part = part[step.replace("~1", "/").replace("~0", "~")]
        assert part["type"]


@pytest.mark.parametrize(
    ("role", "org"),
    [
        (Role.OFFICER, "UNICEF"),
        pytest.param(Role.SHELTER_WORKER, "ALB-IXT-01", marks=pytest.mark.search),
        pytest.param(Role.OPERATOR, "*", marks=pytest.mark.search),
    ],
)
async def test_whatever_is_sent_the_answer_is_one_that_was_published(own_system: System, role: Role, org: str) -> None:
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    taken = await shelter.post("/api/v1/submissions", json=sample_day()[5])
    assert taken.status_code == 201
    case = taken.json()["case_id"]
    (referral,) = await system.referrals_of(officer, case)
    somebody = await system.signed_in(role, org)
    fuzz = Fuzz(
        url=system.url,
        token=somebody.headers["Authorization"],
        known={"case_id": case, "referral_id": referral["referral_id"], "name": "intake"},
        statuses={},
    )
    await asyncio.to_thread(fuzz.run)
    assert fuzz.unpublished == set(), "a code that the operation does not name"
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as anybody:
        paths = (await anybody.get("/api/openapi.json")).json()["paths"]
        assert (await anybody.get("/health/ready")).status_code == 200
    labels = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert fuzz.statuses.keys() == {label for label in labels if not label.endswith(ENDLESS)}
    reached = {
        Role.SHELTER_WORKER: {"POST /api/v1/submissions": 422, "GET /api/v1/cases/{case_id}": 200},
        Role.OFFICER: {"GET /api/v1/referrals/{referral_id}": 200, "GET /api/v1/alerts": 200},
        Role.OPERATOR: {"GET /api/v1/operate/parked": 200, "GET /api/v1/audit/cases/{case_id}/history": 200},
    }
    for label, status in reached[role].items():
        assert status in fuzz.statuses[label], "it was turned away at the door"
