"""A request has an id: in its answer, in its refusal, and in every line that the process logs of it."""

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI

from events.vocabulary import Role
from services.chassis.runtime import logging as our_logging
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.security.current import HEADER
from tests.support.people.accounts import account, browser, enters, enters_first
from tests.support.system.answers import is_a_problem
from tests.support.system.system import HANG, System, eventually

Line = dict[str, Any]
Lines = Callable[[], list[Line]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the process has logged at level INFO, line by line as an operator sees it."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    our_logging.configure("INFO")
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)

    def read() -> list[Line]:
        return [json.loads(line) for line in written.getvalue().splitlines() if line.endswith("}")]

    try:
        yield read
    finally:
        root.handlers = handlers
        root.setLevel(level)


@pytest.fixture
async def nobody(system: System) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=system.url, timeout=HANG) as client:
        yield client


async def line_of(lines: Lines, answer: httpx2.Response) -> Line:
    """The one line of an answered request, which is written when the answer is out."""

    async def written() -> list[Line]:
        answered = [line for line in lines() if line["event"] in {"request", "request_refused"}]
        return [line for line in answered if line["request_id"] == answer.headers[HEADER]]

    [line] = await eventually(written)
    return line


async def test_an_answered_request_is_one_line_without_what_was_asked(system: System, lines: Lines) -> None:
    officer = await system.signed_in(Role.OFFICER, "ACNUR")
    case = uuid4()
    answer = await officer.get("/api/v1/referrals", params={"case": str(case)})
    line = await line_of(lines, answer)
    assert line["event"] == "request"
    assert (line["route"], line["method"], line["status"]) == ("/api/v1/referrals", "GET", 200)
    assert (line["role"], line["org"]) == ("officer", "ACNUR")
    assert line["who"].startswith("p-")
    assert line["duration_ms"] > 0
    assert len(line["place"]) == 32
    assert str(case) not in json.dumps(lines())
    assert "127.0.0.1" not in json.dumps(lines())


async def test_a_refusal_says_who_was_refused_what(system: System, lines: Lines) -> None:
    program = await system.nobody_in_particular(Role.OFFICER, "ACNUR", "program")
    answer = await program.get("/api/v1/audit/security")
    line = await line_of(lines, answer)
    assert (line["event"], line["level"]) == ("request_refused", "warning")
    assert (line["code"], line["action"], line["status"]) == ("not_allowed", "see_security", 403)
    assert UUID(line["who"])  # the token's: it belongs to nobody
    assert "request_id" not in is_a_problem(answer)  # refusals that must not differ do not


async def test_another_organisations_resource_is_absent_and_the_line_says_why(system: System, lines: Lines) -> None:
    worker = await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    answer = await worker.get(f"/api/v1/cases/{uuid4()}")
    line = await line_of(lines, answer)
    assert (line["route"], line["status"], line["code"]) == ("/api/v1/cases/{case_id}", 404, "not_found")


async def test_who_is_not_signed_in_and_who_guesses_a_password_is_told_apart(
    system: System, nobody: httpx2.AsyncClient, lines: Lines
) -> None:
    person = f"p-{100_000 + uuid4().int % 900_000}"
    code = await account(system.installation, person, Role.OFFICER, "ACNUR")
    async with browser(system) as client:
        assert (await enters_first(client, person, code)).status_code == 201
    unknown = await nobody.get("/api/v1/referrals")
    async with browser(system) as client:
        guessed = await enters(client, person, "otra cosa que no es")
        typed = await client.post(
            "/entrar",
            content=f"cuenta={person}&clave=otra+cosa",
            headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": system.url},
        )
    assert (await line_of(lines, unknown))["code"] == "not_signed_in"
    for refused in (guessed, typed):
        line = await line_of(lines, refused)
        assert (line["code"], line["who"]) == ("sign_in_failed", person)
    assert "otra cosa" not in json.dumps(lines())


@pytest.mark.parametrize("given", ["57144850-36b0-4746-8c22-bd837a5c8998", "279D75CD88BD448EB1F43E695610ACEA"])
async def test_a_well_formed_id_is_kept(nobody: httpx2.AsyncClient, given: str) -> None:
    answer = await nobody.get("/health/live", headers={HEADER: given})
    assert UUID(answer.headers[HEADER]) == UUID(given)


@pytest.mark.parametrize("given", ["María Pérez", "+52 55 1234 5678", "x" * 300, "", "5512345678"])
async def test_any_other_text_could_be_about_somebody_and_is_not_kept(nobody: httpx2.AsyncClient, given: str) -> None:
    answer = await nobody.get("/health/live", headers={HEADER.encode(): given.encode()})
    assert answer.headers[HEADER] != given
    assert UUID(answer.headers[HEADER])


async def test_an_unexpected_error_can_be_found_again(lines: Lines, system: System) -> None:
    """The answer says that it is recorded: its id is in the line with the error."""
    app: FastAPI = system.installation.application()

    @app.get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("María Pérez")

    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(base_url="http://test", transport=transport) as client:
        answer = await client.get("/api/v1/broken")
    assert answer.status_code == 500
    problem = is_a_problem(answer)
    [error] = [line for line in lines() if line["event"] == "unexpected_error"]
    assert problem["request_id"] == answer.headers[HEADER] == error["request_id"]
    assert (await line_of(lines, answer))["status"] == 500
    assert "María" not in json.dumps(lines())


def test_every_service_has_a_key_for_places(system: System) -> None:
    secrets = system.installation.secrets
    keys = {
        name: ServiceContext.of(system.installation.settings, name, secrets=secrets.of(name)).place_key
        for name in ("intake", "referral", "notifications", "audit")
    }
    assert len(set(keys.values())) == len(keys)
    assert all(len(key) == 32 for key in keys.values())
