"""People with accounts sign in and out; a session ends by itself, and nobody else uses it."""

import unicodedata
from datetime import timedelta
from uuid import uuid4

import httpx2

from events.vocabulary import Role
from services.chassis.authorization.policy import Action
from services.chassis.identity import administration
from services.chassis.identity.policy import IDLE_LIFETIME, SESSION_LIFETIME
from services.chassis.identity.tokens import create_token
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import (
    account,
    as_administrator,
    browser,
    enrols,
    enters,
    enters_first,
    enters_whole,
    failed,
    proves,
    who,
)
from tests.support.system.system import HANG, System


async def test_an_officer_signs_in_first_with_a_code_that_is_good_once_and_then_with_her_password(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client, browser(system) as another:
        assert failed(await enters(client, "p-101")) == (401, "sign_in_failed")  # there is no default password
        weak = {"account": "p-101", "code": code, "password": "corta"}
        assert failed(await client.post("/api/v1/session/first", json=weak)) == (422, "weak_password")
        assert failed(await enters_first(client, "p-102", code)) == (401, "sign_in_failed")
        first = await enters_first(client, "p-101", code)
        assert (first.status_code, first.json()) == (201, {"stage": "enrolment"})
        cookie = first.headers["set-cookie"]
        assert cookie.startswith("canaliza=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        phone, _ = await enrols(client, clock)
        assert failed(await enters_first(another, "p-101", code)) == (401, "sign_in_failed")
        me = await who(client)
        assert (me["role"], me["org"], me["person"]) == ("officer", "ACNUR", "p-101")
        assert (await client.get("/api/v1/referrals")).status_code == 200
        clock.ahead += timedelta(seconds=30)
        assert (await enters_whole(another, " P-101 ", phone, clock)).status_code == 201
        own = (await client.get("/api/v1/sessions")).json()["items"]
        assert sorted(one["this_one"] for one in own) == [False, True]
        (other,) = (one["session_id"] for one in own if not one["this_one"])
        assert failed(await client.delete(f"/api/v1/sessions/{other}")) == (403, "proof_needed")
        await proves(client)
        assert (await client.delete(f"/api/v1/sessions/{other}")).status_code == 204
        assert await who(another) == 401  # within one request
        assert failed(await client.delete(f"/api/v1/sessions/{uuid4()}")) == (404, "not_found")
        kept = dict(client.cookies)
        assert (await client.delete("/api/v1/session")).status_code == 204
        client.cookies.update(kept)
        assert await who(client) == 401  # the cookie alone is worth nothing


async def test_somebody_signs_in_on_another_keyboard_than_the_one_she_chose_her_password_on(
    system: System, clock: AdjustableClock
) -> None:
    chosen = "niño pingüino en el río"
    code = await account(system.installation, "p-111", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client, browser(system) as telephone:
        first = {"account": "p-111", "code": code, "password": chosen}
        assert (await client.post("/api/v1/session/first", json=first)).status_code == 201
        typed = unicodedata.normalize("NFD", chosen)
        assert typed != chosen
        assert (await enters(telephone, "ｐ-１１１", typed)).status_code == 201
        form = {"cuenta": "p-111", "clave": typed}
        page = await telephone.post("/entrar", data=form, headers={"Accept": "text/html"})
        assert page.status_code == 303
        assert failed(await enters(client, "p-111", chosen.replace("ñ", "n"))) == (401, "sign_in_failed")


async def test_a_session_ends_when_it_is_not_used_and_after_a_shift_however_it_is_used(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        assert (await enters_first(client, "p-101", code)).status_code == 201
        phone, _ = await enrols(client, clock)
        step = IDLE_LIFETIME - timedelta(minutes=1)
        for _ in range(int(SESSION_LIFETIME / step)):
            clock.ahead += step
            assert (await who(client))["person"] == "p-101"
        clock.ahead += step
        assert await who(client) == 401
        assert (await enters_whole(client, "p-101", phone, clock)).status_code == 201
        assert (await who(client))["person"] == "p-101"
        clock.ahead += IDLE_LIFETIME + timedelta(seconds=1)
        assert await who(client) == 401


async def test_whoever_is_disabled_is_nobody_from_the_next_request_on_and_so_is_their_token(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client, as_administrator(system.installation) as connection:
        await enters_first(client, "p-101", code)
        await enrols(client, clock)
        token = await create_token(
            connection,
            role=Role.OFFICER,
            org="ACNUR",
            label="x",
            at=clock(),
            person="p-101",
            scopes=[Action.LIST_REFERRALS],
        )
        async with httpx2.AsyncClient(
            base_url=system.url, headers={"Authorization": f"Bearer {token}"}, timeout=HANG
        ) as program:
            assert (await who(program))["scopes"] == ["list_referrals"]
            assert (await program.get("/api/v1/referrals")).status_code == 200
            assert failed(await program.get("/api/v1/alerts")) == (403, "not_allowed")  # her role may, the token not
            await connection.execute("update accounts.person set state = 'disabled' where person = 'p-101'")
            assert await who(client) == await who(program) == 401
            assert failed(await enters(client, "p-101")) == (401, "sign_in_failed")
            await administration.disable_person(connection, "p-101", clock())
            await administration.enable_person(connection, "p-101")
            assert await who(client) == await who(program) == 401  # what ended does not come back
            assert (await enters(client, "p-101")).status_code == 201
            (listed,) = [one for one in await administration.list_people(connection) if one["person"] == "p-101"]
            assert listed["state"] == "active"


async def test_another_site_cannot_use_a_session(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        await enters_first(client, "p-101", code)
        await enrols(client, clock)
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
        async with httpx2.AsyncClient(base_url=own, cookies=cookies, headers=headers, timeout=HANG) as client:
            answer = await client.post(path, json=order)
            assert (answer.status_code, answer.json()["code"]) == (
                status,
                "cross_site" if status == 403 else "not_found",
            ), headers
            elsewhere = headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
            assert (await client.get("/api/v1/referrals")).status_code == (403 if elsewhere else 200)
