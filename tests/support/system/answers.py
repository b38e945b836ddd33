"""What every answer of the API has: security headers, and for a refusal the form of a problem."""

from typing import Any

import httpx2

from services.chassis.runtime.application import HEADERS


def is_a_problem(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:canaliza:problem:{problem['code']}"
    assert problem["title"]
    assert problem["title_en"]
    assert "CANARIO" not in answer.text
    return problem


def has_the_headers(answer: httpx2.Response, **others: str) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS | others
    assert "server" not in answer.headers
