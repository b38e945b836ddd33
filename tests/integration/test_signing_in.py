"""People with accounts sign in, in one step or two, and out; and nobody else does."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from events.vocabulary import Role
from services.chassis import problems
from services.chassis.access import Action
from services.chassis.accounts import administering, policy
from services.chassis.accounts.policy import FREE_OF_ACCOUNT, IDLE, MUST_HAVE_SECOND_FACTOR, WHOLE
from services.chassis.clock import system_clock
from services.chassis.errors import NotSignedInError
from services.chassis.tokens import create_token
from services.system import Ground
from tests.harness.accounts import (
    PASSWORD,
    account,
    as_administrator,
    browser,
    enrols,
    enters,
    enters_first,
    who,
)
from tests.harness.system import System, running


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def system(ground: Ground, clock: Clock) -> AsyncIterator[System]:
    async with running(ground, clock) as everything:
        yield everything


def failed(answer: httpx2.Response) -> Any:
    return answer.status_code, answer.json()["code"]


async def test_an_officer_signs_in_first_with_a_code_that_is_good_once_and_then_with_her_password(
    system: System, clock: Clock
) -> None:
    code = await account(system.ground, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client, browser(system) as another:
        assert failed(await enters(client, "p-101")) == (401, "sign_in_failed")  # there is no default password
        weak = {"account": "p-101", "code": code, "password": "corta"}
        assert failed(await client.post("/api/v1/session/first", json=weak)) == (422, "weak_password")
        assert failed(await enters_first(client, "p-102", code)) == (401, "sign_in_failed")
        first = await enters_first(client, "p-101", code)
        assert (first.status_code, first.json()) == (201, {"stage": "full"})
        cookie = first.headers["set-cookie"]
        assert cookie.startswith("canaliza=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert failed(await enters_first(another, "p-101", code)) == (401, "sign_in_failed")
        me = await who(client)
        assert (me["role"], me["org"], me["person"]) == ("officer", "ACNUR", "p-101")
        assert (await client.get("/api/v1/referrals")).status_code == 200
        assert (await enters(another, " P-101 ")).status_code == 201
        own = (await client.get("/api/v1/sessions")).json()["items"]
        assert sorted(one["this_one"] for one in own) == [False, True]
        (other,) = (one["session_id"] for one in own if not one["this_one"])
        assert (await client.delete(f"/api/v1/sessions/{other}")).status_code == 204
        assert await who(another) == 401  # within one request
        assert failed(await client.delete(f"/api/v1/sessions/{uuid4()}")) == (404, "not_found")
        kept = dict(client.cookies)
        assert (await client.delete("/api/v1/session")).status_code == 204
        client.cookies.update(kept)
        assert await who(client) == 401  # the cookie alone is worth nothing


async def test_a_session_ends_when_it_is_not_used_and_after_a_shift_however_it_is_used(
    system: System, clock: Clock
) -> None:
    code = await account(system.ground, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        assert (await enters_first(client, "p-101", code)).status_code == 201
        step = IDLE - timedelta(minutes=1)
        for _ in range(int(WHOLE / step)):
            clock.ahead += step
            assert (await who(client))["person"] == "p-101"
        clock.ahead += step
        assert await who(client) == 401
        assert (await enters(client, "p-101")).status_code == 201
        clock.ahead += IDLE + timedelta(seconds=1)
        assert await who(client) == 401


async def test_whoever_is_disabled_is_nobody_from_the_next_request_on_and_so_is_their_token(
    system: System, clock: Clock
) -> None:
    code = await account(system.ground, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client, as_administrator(system.ground) as connection:
        await enters_first(client, "p-101", code)
        token = await create_token(
            connection,
            role=Role.OFFICER,
            org="ACNUR",
            label="x",
            at=clock(),
            person="p-101",
            scopes=[Action.LIST_REFERRALS],
        )
        async with httpx2.AsyncClient(base_url=system.url, headers={"Authorization": f"Bearer {token}"}) as program:
            assert (await who(program))["scopes"] == ["list_referrals"]
            assert (await program.get("/api/v1/referrals")).status_code == 200
            assert failed(await program.get("/api/v1/alerts")) == (403, "not_allowed")  # her role may, the token not
            await connection.execute("update accounts.person set state = 'disabled' where person = 'p-101'")
            assert await who(client) == await who(program) == 401
            assert failed(await enters(client, "p-101")) == (401, "sign_in_failed")
            await administering.disable_person(connection, "p-101", clock())
            await administering.enable_person(connection, "p-101")
            assert await who(client) == await who(program) == 401  # what ended does not come back
            assert (await enters(client, "p-101")).status_code == 201
            (listed,) = [one for one in await administering.list_people(connection) if one["person"] == "p-101"]
            assert listed["state"] == "active"


@pytest.mark.parametrize("role", sorted(MUST_HAVE_SECOND_FACTOR))
def test_whoever_sees_more_than_one_desk_needs_a_second_factor(role: Role) -> None:
    assert policy.stage_after_first(role, has_second=False) is policy.Stage.ENROLMENT
    assert policy.stage_after_first(role, has_second=True) is policy.Stage.SECOND_FACTOR


async def test_a_supervisor_gets_nowhere_without_a_second_factor_and_a_code_of_it_is_good_once(
    system: System, clock: Clock
) -> None:
    code = await account(system.ground, "p-201", Role.SUPERVISOR, "ACNUR", clock)
    async with browser(system) as client:
        assert (await enters_first(client, "p-201", code)).json() == {"stage": "enrolment"}
        assert await who(client) == 401
        assert (await client.get("/api/v1/referrals")).status_code == 401
        phone, printed = await enrols(client, clock)
        assert (await who(client))["role"] == "supervisor"
        assert failed(await client.post("/api/v1/session/totp")) == (409, "second_factor_stays")
        off = await client.post("/api/v1/session/totp/disable", json={"code": printed[9]})
        assert failed(off) == (409, "second_factor_stays")  # the role cannot do without it
        step = "/api/v1/session/second-step"
        assert (await enters(client, "p-201")).json() == {"stage": "second_factor"}
        assert await who(client) == 401
        spent = await client.post(step, json={"code": phone.at(clock())})
        assert failed(spent) == (401, "sign_in_failed")  # that step's code was used to turn it on
        clock.ahead += timedelta(seconds=30)
        assert (await client.post(step, json={"code": phone.at(clock())})).json() == {"stage": "full"}
        assert (await who(client))["role"] == "supervisor"
        await enters(client, "p-201")
        assert (await client.post(step, json={"code": printed[0].lower()})).json() == {"stage": "full"}
        await enters(client, "p-201")
        assert failed(await client.post(step, json={"code": printed[0]})) == (401, "sign_in_failed")
        clock.ahead += policy.HALF + timedelta(seconds=1)
        assert failed(await client.post(step, json={"code": printed[1]})) == (401, "not_signed_in")  # too slow
    async with as_administrator(system.ground) as connection:  # nothing that would open anything is there in clear
        boxes = await connection.fetch("select totp from accounts.credential")
        assert phone.secret.encode() not in b"".join(row["totp"] for row in boxes)
        again = await administering.reset_person(connection, "p-201", clock())
    async with browser(system) as client:
        assert failed(await enters(client, "p-201")) == (401, "sign_in_failed")
        assert (await enters_first(client, "p-201", again)).json() == {"stage": "enrolment"}


async def test_a_guesser_waits_longer_and_longer_and_locks_nobody_out_where_they_work(
    system: System, clock: Clock
) -> None:
    codes = {p: await account(system.ground, p, Role.OFFICER, "ACNUR", clock) for p in ("p-101", "p-102", "p-103")}
    async with browser(system) as client:
        assert (await enters_first(client, "p-101", codes["p-101"])).status_code == 201  # here she has signed in
        assert (await enters_first(client, "p-103", codes["p-103"])).status_code == 201
    elsewhere = httpx2.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx2.AsyncClient(base_url=system.url, transport=elsewhere, timeout=30) as guesser:
        answers = [await enters(guesser, "p-101", f"adivino {n} y otra vez") for n in range(FREE_OF_ACCOUNT + 2)]
        unknown = [await enters(guesser, "p-999", f"adivino {n} y otra vez") for n in range(FREE_OF_ACCOUNT + 2)]
        told = [failed(answer) for answer in answers]
        assert told == [*[(401, "sign_in_failed")] * (FREE_OF_ACCOUNT + 1), (429, "too_many_attempts")]
        assert [failed(answer) for answer in unknown] == told  # whether there is such an account, nothing says
        assert {answer.text for answer in answers[:-1]} == {answer.text for answer in unknown[:-1]}
        assert int(answers[-1].headers["retry-after"]) == 2
        right = await enters(guesser, "p-101", PASSWORD)
        assert failed(right) == (429, "too_many_attempts")  # not even the right one is looked at
        clock.ahead += timedelta(seconds=3)
        assert failed(await enters(guesser, "p-101", "otra vez adivino")) == (401, "sign_in_failed")
        assert int((await enters(guesser, "p-101", "y otra más")).headers["retry-after"]) == 4  # doubled
    async with browser(system) as client:  # where she works, she signs in at once, whatever a stranger did
        assert (await enters(client, "p-101")).status_code == 201
        for n in range(FREE_OF_ACCOUNT + 2):
            wrong = await enters(client, "p-103", f"equivocada {n} siempre")
        assert failed(wrong) == (429, "too_many_attempts")
        # Under the same address a colleague's failures, and one's own first time, do not meet.
        assert (await enters_first(client, "p-102", codes["p-102"])).status_code == 201
        assert (await enters(client, "p-101")).status_code == 201


async def test_whatever_is_written_where_a_code_should_be_is_refused_like_any_other(
    system: System, clock: Clock
) -> None:
    code = await account(system.ground, "p-201", Role.SUPERVISOR, "ACNUR", clock)
    async with browser(system) as client:
        for odd in ("\x00", "ñandú", "p-1", "' or 1=1", "p-201\x00"):
            assert failed(await enters(client, odd)) == (401, "sign_in_failed")
        await enters_first(client, "p-201", code)
        await client.post("/api/v1/session/totp")
        for odd in ("ñ", "\x00", "1" * 64):
            told = failed(await client.post("/api/v1/session/totp/confirm", json={"code": odd}))
            assert told == (401, "sign_in_failed")


async def test_another_site_cannot_use_a_session(system: System, clock: Clock) -> None:
    code = await account(system.ground, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        await enters_first(client, "p-101", code)
        cookies = dict(client.cookies)
    order = {"command_id": str(uuid4()), "expected_version": 1}
    path = f"/api/v1/referrals/{uuid4()}/accept"
    own = system.url
    for headers, status in (
        ({}, 403),
        ({"X-Canaliza": "1", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"X-Canaliza": "1", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-Canaliza": "1", "Origin": "https://canario.example"}, 403),
        ({"X-Canaliza": "1", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"X-Canaliza": "1"}, 404),
        ({"X-Canaliza": "1", "Origin": own, "Sec-Fetch-Site": "same-origin"}, 404),
    ):
        async with httpx2.AsyncClient(base_url=own, cookies=cookies, headers=headers) as client:
            answer = await client.post(path, json=order)
            assert (answer.status_code, answer.json()["code"]) == (
                status,
                "cross_site" if status == 403 else "not_found",
            ), headers
            assert (await client.get("/api/v1/referrals")).status_code == 200  # reading changes nothing


class TestWithoutAScript:
    """``/entrar``, as a browser on a cheap telephone uses it."""

    async def test_a_link_that_needs_a_session_leads_to_the_page_and_back(self, system: System, clock: Clock) -> None:
        code = await account(system.ground, "p-101", Role.OFFICER, "ACNUR", clock)
        form = {"Origin": system.url, "Accept": "text/html"}
        app_page = "/entrar?volver=%2Fc%2F7F3K"
        async with httpx2.AsyncClient(base_url=system.url, headers=form, timeout=30) as client:
            page = await client.get(app_page)
            assert page.status_code == 200
            assert 'value="/c/7F3K"' in page.text
            first = {"cuenta": "p-101", "codigo": code, "clave": PASSWORD}
            assert (await client.post("/entrar/primera", data=first)).status_code == 303
            assert "p-101" in (await client.get("/entrar")).text
            assert (await client.post("/entrar/salir")).status_code == 303
            wrong = await client.post("/entrar", data={"cuenta": "p-101", "clave": "CANARIO", "volver": "/c/7F3K"})
            assert wrong.status_code == 401
            assert "CANARIO" not in wrong.text
            assert 'role="alert"' in wrong.text
            back = await client.post("/entrar", data={"cuenta": "p-101", "clave": PASSWORD, "volver": "/c/7F3K"})
            assert (back.status_code, back.headers["location"]) == (303, "/c/7F3K")

    @pytest.mark.parametrize("evil", ["https://canario.example/", "//canario.example", "/\\canario.example", "x" * 400])
    async def test_it_never_leads_to_another_site(self, system: System, evil: str) -> None:
        async with browser(system) as client:
            assert "canario" not in (await client.get("/entrar", params={"volver": evil})).text

    async def test_it_has_no_script_a_strict_policy_and_large_targets(self, system: System) -> None:
        async with browser(system) as client:
            for path in ("/entrar", "/entrar/primera"):
                page = await client.get(path)
                policy_ = page.headers["content-security-policy"]
                assert policy_.startswith("default-src 'none'; style-src 'sha256-")
                assert "unsafe" not in policy_
                assert "<script" not in page.text
                assert "http" not in page.text.replace("http-equiv", "")
                assert '<html lang="es">' in page.text
                assert 'name="viewport"' in page.text
                assert "min-height:44px" in page.text
                assert page.text.index("Entrar") < page.text.index("Sign in")
                assert len(page.content) < 6_000

    async def test_a_form_of_another_site_is_refused(self, system: System) -> None:
        for headers in ({"Origin": "https://canario.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            async with httpx2.AsyncClient(base_url=system.url, headers=headers) as client:
                answer = await client.post("/entrar", data={"cuenta": "p-101", "clave": PASSWORD})
                assert answer.status_code == 403

    async def test_a_supervisor_turns_the_second_factor_on_there(self, system: System, clock: Clock) -> None:
        code = await account(system.ground, "p-201", Role.SUPERVISOR, "ACNUR", clock)
        async with httpx2.AsyncClient(base_url=system.url, headers={"Origin": system.url}, timeout=30) as client:
            first = {"cuenta": "p-201", "codigo": code, "clave": PASSWORD}
            assert (await client.post("/entrar/primera", data=first)).headers["location"].startswith("/entrar")
            assert "/entrar/segundo-factor" in (await client.get("/entrar")).text
            offered = (await client.post("/entrar/segundo-factor")).text
            found = re.search(r"<code>([A-Z2-7 ]+)</code>", offered)
            assert found is not None
            phone = pyotp.TOTP(found[1].replace(" ", ""))
            done = await client.post("/entrar/confirmar", data={"codigo": phone.at(clock()), "volver": "/c/7F3K"})
            assert done.text.count("<li>") == 10
            assert 'href="/c/7F3K"' in done.text
            assert "supervisor" in (await client.get("/entrar")).text


def test_a_page_that_needs_a_session_sends_a_browser_to_sign_in() -> None:
    app = FastAPI()
    problems.install(app, {})

    @app.get("/c/{code}")
    async def link(code: str) -> None:  # noqa: ARG001 - a path's part
        raise NotSignedInError

    @app.get("/api/v1/thing")
    async def thing() -> None:
        raise NotSignedInError

    client = TestClient(app, follow_redirects=False)
    page = {"Accept": "text/html,application/xhtml+xml"}
    led = client.get("/c/7F3K?x=1", headers=page)
    assert (led.status_code, led.headers["location"]) == (303, "/entrar?volver=%2Fc%2F7F3K%3Fx%3D1")
    assert client.get("/c/7F3K").status_code == 401
    assert client.get("/api/v1/thing", headers=page).status_code == 401
