"""Whatever is wrong with a request, its refusal is a problem document with a code and repeats nothing."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.runtime.application import API
from tests.support.models.routes_by_role import filled
from tests.support.system.answers import has_the_headers, is_a_problem
from tests.support.system.system import System


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/CANARIO", 404, "not_found"),
        ("GET", "/api/v1/CANARIO", 404, "not_found"),
        ("GET", "/api/v1/cases/CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/referrals/", 404, "not_found"),
        ("GET", "/api/v1/../../etc/passwd", 404, "not_found"),
        ("GET", "/api/v1/submissions", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/referrals", 405, "method_not_allowed"),
        ("OPTIONS", "/api/v1/referrals", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/referrals", 405, "method_not_allowed"),
        ("GET", "/api/v1/referrals?limit=CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/referrals?limit=0", 422, "malformed_request"),
        ("GET", "/api/v1/referrals?agency=CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/referrals?case=CANARIO", 422, "malformed_request"),
        ("GET", "/api/v1/alerts?after=-1", 422, "malformed_request"),
        ("GET", f"/api/v1/alerts?after={2**63}", 422, "malformed_request"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
        ("GET", "/try", 404, "not_found"),
    ],
)
async def test_every_refusal_is_a_problem_with_a_code(
    system: System, method: str, path: str, status: int, code: str
) -> None:
    client = await system.signed_in(Role.OFFICER, "UNICEF")
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert is_a_problem(answer)["code"] == code
    has_the_headers(answer)


async def test_a_moment_without_an_offset_is_refused(system: System) -> None:
    auditor = await system.signed_in(Role.AUDITOR, "*")
    for moment in ("CANARIO", "2013-06-12T08:00:00"):
        answer = await auditor.get(f"{API}/audit/cases/{uuid4()}/history", params={"at": moment})
        assert answer.status_code == 422
        assert is_a_problem(answer)["code"] == "malformed_request"


async def test_a_failure_of_ours_says_nothing_and_is_a_problem_too(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError("CANARIO")

    monkeypatch.setattr("services.referral.worklist.queries.Worklist.page", broken)
    officer = await system.signed_in(Role.OFFICER, "UNICEF")
    answer = await officer.get(f"{API}/referrals")
    assert answer.status_code == 500
    assert is_a_problem(answer)["code"] == "internal"
    has_the_headers(answer)


async def test_an_order_of_ten_megabytes_is_refused(system: System, anybody: httpx2.AsyncClient) -> None:
    officer = await system.signed_in(Role.OFFICER, "UNICEF")

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    for client in (officer, anybody):
        for content in (b"x" * 10_000_000, in_pieces()):
            answer = await client.post(f"{API}/referrals/{uuid4()}/accept", content=content)
            assert answer.status_code == 413
            assert is_a_problem(answer)["code"] == "too_large"
            has_the_headers(answer)


async def test_a_method_that_a_path_does_not_take_is_answered_with_all_that_it_takes(
    system: System, description: dict[str, Any]
) -> None:
    client = await system.signed_in(Role.OFFICER, "UNICEF")
    for path, operations in description["paths"].items():
        answer = await client.patch(filled(path))
        assert answer.status_code == 405, path
        assert is_a_problem(answer)["code"] == "method_not_allowed"
        allowed = {name.strip() for name in answer.headers["allow"].split(",")}
        assert {method.upper() for method in operations} <= allowed, path
        assert allowed <= {"GET", "HEAD", "PUT", "POST", "DELETE"}
