"""A passkey signs in its own person, where it was asked for, once; whoever has only the session gets none."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pyotp
import pytest

from events.vocabulary import Role
from services.chassis.identity import administration
from services.chassis.identity.policy import CHALLENGE_LIFETIME, MAX_PASSKEYS
from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.fakes.authenticator import Authenticator
from tests.support.people.accounts import (
    PASSWORD,
    account,
    as_administrator,
    browser,
    enrols,
    enters,
    enters_first,
    failed,
    proves,
    who,
)
from tests.support.system.system import System, running

PUBLIC = "https://canaliza.example"
"""What people call the program; browsers bind passkeys to it."""
PAGES = {"Accept": "text/html"}
ASK, ENTER, KEYS = "/entrar/llave/reto", "/entrar/llave", "/cuenta/llaves"


@pytest.fixture
async def system(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    """The program under the name that people reach it by."""
    settings = installation.settings.model_copy(update={"public_url": PUBLIC})
    async with running(replace(installation, settings=settings), clock) as everything:
        yield everything


async def begun(system: System, clock: AdjustableClock, person: str = "p-601") -> tuple[httpx2.AsyncClient, pyotp.TOTP]:
    """An officer who has signed in, and her telephone."""
    code = await account(system.installation, person, Role.OFFICER, "ACNUR", clock)
    client = browser(system, **PAGES)
    await enters_first(client, person, code)
    phone, _ = await enrols(client, clock)
    return client, phone


async def asked(client: httpx2.AsyncClient, path: str = ASK) -> dict[str, Any]:
    """What the browser is asked for."""
    answer = await client.post(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def adds(client: httpx2.AsyncClient, device: Authenticator, name: str = "mi teléfono") -> httpx2.Response:
    """Puts a passkey into a device; the person has proved who she is."""
    made = device.makes(await asked(client, f"{KEYS}/reto"))
    return await client.post(KEYS, data={"credencial": made, "nombre": name})


async def signs(client: httpx2.AsyncClient, device: Authenticator, **lies: Any) -> httpx2.Response:
    """Asks for a challenge and answers it."""
    answer = device.answers(await asked(client), **lies)
    return await client.post(ENTER, data={"credencial": answer, "volver": "/c/7F3K"})


def refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, 'role="alert"' in answer.text) == (401, True), answer.text
    assert "La llave de acceso no sirvió" in answer.text


async def with_passkey(
    system: System, clock: AdjustableClock, person: str = "p-601"
) -> tuple[httpx2.AsyncClient, Authenticator]:
    """An officer who has signed in, and a device with her passkey."""
    client, _ = await begun(system, clock, person)
    await proves(client)
    device = Authenticator(PUBLIC)
    assert (await adds(client, device)).status_code == 303
    return client, device


async def test_a_passkey_is_added_used_instead_of_the_password_and_removed(
    system: System, clock: AdjustableClock
) -> None:
    client, device = await with_passkey(system, clock)
    async with aclosing(client), browser(system, **PAGES) as elsewhere, browser(system, **PAGES) as late:
        listed = (await client.get(f"{KEYS}?hecho=passkey_added")).text
        assert ("mi teléfono" in listed, "nunca" in listed, 'role="status"' in listed) == (True, True, True)
        led = await signs(elsewhere, device)
        assert (led.status_code, led.headers["location"]) == (303, "/c/7F3K")
        assert (await who(elsewhere))["person"] == "p-601"
        listed = (await client.get(KEYS)).text
        assert "nunca" not in listed
        which = re.search(r'name="llave" value="([^"]+)"', listed)
        assert which is not None
        gone = await client.post(f"{KEYS}/quitar", data={"llave": which[1]})
        assert gone.headers["location"] == f"{KEYS}?hecho=passkey_removed"
        assert await who(elsewhere) == 401  # a session that it began has ended
        assert "mi teléfono" not in (await client.get(KEYS)).text
        refused(await signs(late, device))


async def test_after_the_password_a_passkey_stands_in_for_the_telephone(system: System, clock: AdjustableClock) -> None:
    client, device = await with_passkey(system, clock)
    device.verifies = False  # possession is enough: the password was the other factor
    async with aclosing(client), browser(system, **PAGES) as elsewhere:
        assert (await enters(elsewhere, "p-601")).json() == {"stage": "second_factor"}
        options = await asked(elsewhere)
        assert len(options["allowCredentials"]) == 1
        assert 'action="/entrar/llave"' in (await elsewhere.get("/entrar")).text
        answer = await elsewhere.post(ENTER, data={"credencial": device.answers(options)})
        assert (answer.status_code, answer.headers["location"]) == (303, "/entrar")
        assert (await elsewhere.get("/entrar")).headers["location"] == "/mesa"


async def test_somebody_elses_passkey_completes_nobodys_sign_in(system: System, clock: AdjustableClock) -> None:
    hers, _ = await with_passkey(system, clock)
    his, device = await with_passkey(system, clock, "p-602")
    async with aclosing(hers), aclosing(his), browser(system, **PAGES) as elsewhere:
        await enters(elsewhere, "p-601")
        refused(await signs(elsewhere, device))
        assert await who(elsewhere) == 401


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://canaliza.example.evil"},
        {"origin": "http://canaliza.example"},
        {"rp": "evil.example"},
        {"challenge": "AAAA"},
        {"handle": b"somebody else"},
    ],
    ids=str,
)
async def test_an_answer_for_another_site_challenge_or_person_opens_nothing(
    system: System, clock: AdjustableClock, lie: dict[str, Any]
) -> None:
    client, device = await with_passkey(system, clock)
    async with aclosing(client), browser(system, **PAGES) as elsewhere:
        refused(await signs(elsewhere, device, **lie))
        assert await who(elsewhere) == 401


async def test_without_a_pin_a_finger_or_a_face_a_passkey_is_no_whole_sign_in(
    system: System, clock: AdjustableClock
) -> None:
    client, device = await with_passkey(system, clock)
    device.verifies = False
    async with aclosing(client), browser(system, **PAGES) as elsewhere:
        assert (await asked(elsewhere))["userVerification"] == "required"
        refused(await signs(elsewhere, device))


async def test_a_challenge_is_answered_once_in_time_in_the_browser_that_asked_and_for_its_purpose(
    system: System, clock: AdjustableClock
) -> None:
    clock.stand_still()
    client, device = await with_passkey(system, clock)
    async with aclosing(client), browser(system, **PAGES) as elsewhere, browser(system, **PAGES) as thief:
        answer = {"credencial": device.answers(await asked(elsewhere))}
        await asked(thief)
        refused(await thief.post(ENTER, data=answer))
        assert (await elsewhere.post(ENTER, data=answer)).status_code == 303  # the thief's try did not use it up
        await elsewhere.post("/entrar/salir")
        refused(await elsewhere.post(ENTER, data=answer))
        late = {"credencial": device.answers(await asked(elsewhere))}
        clock.ahead += CHALLENGE_LIFETIME + timedelta(seconds=1)
        refused(await elsewhere.post(ENTER, data=late))
        proof = {"credencial": device.answers(await asked(client))}  # within her session: to prove who she is
        refused(await client.post(ENTER, data=proof))


async def test_a_copy_of_an_authenticator_is_found_by_its_counter(system: System, clock: AdjustableClock) -> None:
    client, device = await with_passkey(system, clock)
    copy = replace(device)
    async with aclosing(client), browser(system, **PAGES) as hers, browser(system, **PAGES) as theirs:
        assert (await signs(hers, device)).status_code == 303
        refused(await signs(theirs, copy))
        counts_nothing = Authenticator(PUBLIC, counts=False)
        await proves(client)
        assert (await adds(client, counts_nothing)).status_code == 303
        for _ in range(2):  # many authenticators keep none: theirs is 0 for ever
            assert (await signs(theirs, counts_nothing)).status_code == 303
            await theirs.post("/entrar/salir")


async def test_whoever_has_only_the_session_adds_no_passkey_and_removes_none(
    system: System, clock: AdjustableClock
) -> None:
    client, device = await with_passkey(system, clock)
    async with aclosing(client):
        listed = (await client.get(KEYS)).text
        which = re.search(r'name="llave" value="([^"]+)"', listed)
        assert which is not None
        made = Authenticator(PUBLIC).makes(await asked(client, f"{KEYS}/reto"))
        clock.ahead += timedelta(minutes=6)
        assert failed(await client.post(f"{KEYS}/reto", headers={"Accept": "*/*"})) == (403, "proof_needed")
        forms = {KEYS: {"credencial": made}, f"{KEYS}/quitar": {"llave": which[1]}}
        for path, form in forms.items():
            led = await client.post(path, data={**form, "volver": KEYS})
            assert (led.status_code, led.headers["location"]) == (303, "/cuenta/comprobar?volver=%2Fcuenta%2Fllaves")
        assert (await client.get(KEYS)).headers["location"] == "/cuenta/comprobar?volver=%2Fcuenta%2Fllaves"
        proof = {"credencial": device.answers(await asked(client)), "volver": KEYS}
        assert (await client.post("/cuenta/comprobar", data=proof)).headers["location"] == KEYS
        assert (await client.get(KEYS)).status_code == 200
        device.verifies = False
        clock.ahead += timedelta(minutes=6)
        proof = {"credencial": device.answers(await asked(client)), "volver": KEYS}
        assert (await client.post("/cuenta/comprobar", data=proof)).status_code == 401


async def test_an_account_with_a_passkey_and_no_telephone_gets_none_by_its_password_alone(
    system: System, clock: AdjustableClock
) -> None:
    client, device = await with_passkey(system, clock)
    async with aclosing(client), as_administrator(system.installation) as connection:
        await connection.execute("update accounts.credential set totp = null, totp_confirmed = false")
        async with browser(system, **PAGES) as elsewhere:
            assert (await enters(elsewhere, "p-601")).json() == {"stage": "second_factor"}
            assert failed(await elsewhere.post("/api/v1/session/totp", headers={"Accept": "*/*"}))[0] == 401
            assert (await signs(elsewhere, device)).status_code == 303


async def test_a_reset_removes_passkeys_and_a_disabled_person_enters_with_none(
    system: System, clock: AdjustableClock
) -> None:
    hers, device = await with_passkey(system, clock)
    his, other = await with_passkey(system, clock, "p-602")
    async with aclosing(hers), aclosing(his), as_administrator(system.installation) as connection:
        await administration.reset_person(connection, "p-601", clock())
        await administration.disable_person(connection, "p-602", clock())
        for each in (device, other):
            async with browser(system, **PAGES) as elsewhere:
                refused(await signs(elsewhere, each))
        names = await connection.fetch("select name from accounts.passkey where person = 'p-601'")
        assert [row["name"] for row in names] == [""]


async def test_passkeys_are_security_acts_without_key_or_name(system: System, clock: AdjustableClock) -> None:
    client, _ = await with_passkey(system, clock)
    async with aclosing(client), as_administrator(system.installation) as connection:
        which = re.search(r'name="llave" value="([^"]+)"', (await client.get(KEYS)).text)
        assert which is not None
        await client.post(f"{KEYS}/quitar", data={"llave": which[1]})
        noted = "select kind, actor, data from audit.act where kind like 'passkey%' order by number"
        acts = await connection.fetch(noted)
        assert [row["kind"] for row in acts] == ["passkey_added", "passkey_removed"]
        assert {row["actor"] for row in acts} == {"officer:ACNUR:p-601"}
        assert [json.loads(row["data"]) for row in acts] == [{"person": "p-601", "passkey": which[1]}] * 2


async def test_a_person_has_ten_passkeys_at_most_and_a_device_only_one(system: System, clock: AdjustableClock) -> None:
    client, device = await with_passkey(system, clock)
    async with aclosing(client):
        options = await asked(client, f"{KEYS}/reto")
        assert len(options["excludeCredentials"]) == 1
        assert "p-601" not in options["user"]["id"]
        again = await adds(client, device)
        assert (again.status_code, 'role="alert"' in again.text) == (409, True)
        for _ in range(MAX_PASSKEYS - 1):
            assert (await adds(client, Authenticator(PUBLIC))).status_code == 303
        full = await client.post(f"{KEYS}/reto", headers={"Accept": "*/*"})
        assert failed(full) == (409, "too_many_passkeys")
        assert "data-passkey" not in (await client.get(KEYS)).text


@pytest.mark.parametrize(
    "junk", ["", "x", "{}", "[]", "null", '{"id": 1}', '{"response": {}}', "x" * 15_000], ids=lambda junk: junk[:9]
)
async def test_whatever_is_sent_instead_of_an_answer_is_refused_like_a_wrong_one(
    system: System, clock: AdjustableClock, junk: str
) -> None:
    client, _ = await begun(system, clock)
    async with aclosing(client), browser(system, **PAGES) as elsewhere:
        await asked(elsewhere)
        refused(await elsewhere.post(ENTER, data={"credencial": junk}))
        await proves(client)
        refused(await client.post(KEYS, data={"credencial": junk}))


async def test_a_page_of_another_site_asks_for_no_challenge(system: System) -> None:
    async with browser(system, **{"Sec-Fetch-Site": "cross-site"}) as client:
        assert failed(await client.post(ASK)) == (403, "cross_site")


async def test_an_installation_that_people_reach_by_no_name_offers_no_passkeys(
    installation: Installation, clock: AdjustableClock
) -> None:
    async with running(installation, clock) as system:
        client, _ = await begun(system, clock)
        async with aclosing(client):
            await proves(client)
            assert (await client.get(KEYS)).status_code == 404
            assert KEYS not in (await client.get("/cuenta")).text
        async with browser(system, **PAGES) as nobody:
            assert "data-passkey" not in (await nobody.get("/entrar")).text
            assert (await nobody.post(ASK)).status_code == 404


async def test_the_password_goes_on_working_beside_a_passkey(system: System, clock: AdjustableClock) -> None:
    client, phone = await begun(system, clock)
    await proves(client)
    await adds(client, Authenticator(PUBLIC))
    clock.ahead += timedelta(seconds=30)
    async with aclosing(client), browser(system) as elsewhere:
        await enters(elsewhere, "p-601", PASSWORD)
        step = await elsewhere.post("/api/v1/session/second-step", json={"code": phone.at(clock())})
        assert step.json() == {"stage": "full"}


async def test_a_refused_form_shows_nobodys_list_before_she_has_proved_who_she_is(
    system: System, clock: AdjustableClock
) -> None:
    client, _ = await with_passkey(system, clock)
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    async with aclosing(client), browser(system, **PAGES) as half:
        assert (await enters(half, "p-601")).json() == {"stage": "second_factor"}
        for path in (KEYS, f"{KEYS}/quitar", "/cuenta/sesiones/cerrar", "/cuenta/idioma", "/cuenta/comprobar"):
            answer = await half.post(path, data={"llave": "x"}, headers=foreign)
            assert answer.status_code == 403, path
            assert "mi teléfono" not in answer.text, path
            assert 'action="/cuenta' not in answer.text, path
        clock.ahead += timedelta(minutes=6)
        answer = await client.post(f"{KEYS}/quitar", data={"llave": "x"})
        assert (answer.status_code, "mi teléfono" in answer.text) == (404, False)
