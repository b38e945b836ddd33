"""The pages under ``/entrar`` sign people in without a script, in their language, and lead to no other site."""

import re
from datetime import timedelta

import httpx2
import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from events.vocabulary import Role
from services.chassis.errors import NotSignedInError
from services.chassis.identity.policy import FREE_ATTEMPTS_OF_ACCOUNT
from services.chassis.web import problems
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import PASSWORD, account, browser
from tests.support.system.system import HANG, System


class TestWithoutAScript:
    """``/entrar``, as a browser on a cheap telephone uses it."""

    async def test_a_link_that_needs_a_session_leads_to_the_page_and_back(
        self, system: System, clock: AdjustableClock
    ) -> None:
        code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
        form = {"Origin": system.url, "Accept": "text/html"}
        app_page = "/entrar?volver=%2Fc%2F7F3K"
        async with httpx2.AsyncClient(base_url=system.url, headers=form, timeout=HANG) as client:
            page = await client.get(app_page)
            assert page.status_code == 200
            assert 'value="/c/7F3K"' in page.text
            first = {"cuenta": "p-101", "codigo": code, "clave": PASSWORD}
            assert (await client.post("/entrar/primera", data=first)).status_code == 303
            phone = await self.puts_it_into_a_telephone(client, clock)
            assert (await client.get("/entrar")).headers["location"] == "/mesa"  # her first door
            assert (await client.get("/entrar?volver=%2Fc%2F7F3K")).headers["location"] == "/c/7F3K"
            left = await client.post("/entrar/salir")
            assert (left.status_code, left.headers["clear-site-data"]) == (303, '"cache"')  # on a shared device
            wrong = await client.post("/entrar", data={"cuenta": "p-101", "clave": "CANARIO", "volver": "/c/7F3K"})
            assert wrong.status_code == 401
            assert "CANARIO" not in wrong.text
            assert 'role="alert"' in wrong.text
            assert 'value="p-101"' in wrong.text  # she need not write it again
            assert 'value="/c/7F3K"' in wrong.text
            slip = await client.post("/entrar", data={"cuenta": "Canario azul", "clave": "p-101"})
            assert "Canario" not in slip.text  # a password in the wrong field
            half = await client.post("/entrar", data={"cuenta": "p-101", "clave": PASSWORD, "volver": "/c/7F3K"})
            assert (half.status_code, half.headers["location"]) == (303, "/entrar?volver=%2Fc%2F7F3K")
            clock.ahead += timedelta(seconds=30)
            code = phone.at(clock())
            back = await client.post("/entrar/codigo", data={"codigo": code, "volver": "/c/7F3K"})
            assert (back.status_code, back.headers["location"]) == (303, "/c/7F3K")

    @pytest.mark.parametrize("evil", ["https://canario.example/", "//canario.example", "/\\canario.example", "x" * 400])
    async def test_it_never_leads_to_another_site(self, system: System, evil: str) -> None:
        async with browser(system) as client:
            assert "canario" not in (await client.get("/entrar", params={"volver": evil})).text

    async def test_it_has_no_inline_script_a_strict_policy_and_one_language(self, system: System) -> None:
        async with browser(system) as client:
            for path in ("/entrar", "/entrar/primera"):
                page = await client.get(path)
                policy_ = page.headers["content-security-policy"]
                assert policy_.startswith("default-src 'none'; script-src 'nonce-")
                assert "unsafe" not in policy_
                nonce = policy_.partition("'nonce-")[2].partition("'")[0]
                scripts = re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.DOTALL)
                assert set(scripts) == {""}  # nothing inline
                assert page.text.count(f'nonce="{nonce}"') == len(scripts) + 1  # and the stylesheet
                assert "http" not in page.text
                assert '<html lang="es">' in page.text
                assert 'name="viewport"' in page.text
                assert "Sign in" not in page.text  # one language at a time
                assert len(page.content) < 7_000

    async def test_somebody_chooses_the_language_before_signing_in_and_comes_back(self, system: System) -> None:
        async with browser(system, **{"Accept-Language": "es-MX"}) as client:
            page = (await client.get("/entrar?volver=%2Fc%2F7F3K")).text
            assert '<button class="quiet" name="idioma" value="en" lang="en">English</button>' in page
            chosen = await client.post("/entrar/idioma", data={"idioma": "en", "volver": "/entrar?volver=%2Fc%2F7F3K"})
            assert (chosen.status_code, chosen.headers["location"]) == (303, "/entrar?volver=%2Fc%2F7F3K")
            english = (await client.get(chosen.headers["location"])).text
            assert '<html lang="en">' in english
            assert 'value="/c/7F3K"' in english
            await client.post("/entrar/idioma", data={"idioma": "de"})
            assert '<html lang="en">' in (await client.get("/entrar")).text  # of what there is

    async def test_it_says_what_to_do_without_an_account_a_password_or_a_telephone(self, system: System) -> None:
        async with browser(system) as client:
            page = (await client.get("/entrar")).text
            for words in ("No tengo cuenta", "Olvidé la contraseña", "Perdí el teléfono", "Nadie le pide códigos"):
                assert words in page
            for complete in ("username", "current-password"):
                assert f'autocomplete="{complete}"' in page

    async def test_somebody_who_guesses_too_often_is_told_how_long_to_wait(
        self, system: System, clock: AdjustableClock
    ) -> None:
        clock.stand_still()
        async with browser(system) as client:
            for _ in range(FREE_ATTEMPTS_OF_ACCOUNT + 2):
                waits = await client.post("/entrar", data={"cuenta": "p-108", "clave": "adivino"})
            assert (waits.status_code, waits.headers["retry-after"]) == (429, "2")
            assert "dentro de 2 segundos" in waits.text

    async def test_a_form_of_another_site_is_refused(self, system: System) -> None:
        for headers in ({"Origin": "https://canario.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            async with httpx2.AsyncClient(base_url=system.url, headers=headers, timeout=HANG) as client:
                answer = await client.post("/entrar", data={"cuenta": "p-101", "clave": PASSWORD})
                assert answer.status_code == 403

    async def puts_it_into_a_telephone(self, client: httpx2.AsyncClient, clock: AdjustableClock) -> pyotp.TOTP:
        offered = (await client.post("/entrar/segundo-factor")).text
        found = re.search(r"<code>([A-Z2-7 ]+)</code>", offered)
        assert found is not None
        assert "<svg" in offered  # to be scanned
        phone = pyotp.TOTP(found[1].replace(" ", ""))
        done = await client.post("/entrar/confirmar", data={"codigo": phone.at(clock()), "volver": "/c/7F3K"})
        assert done.text.count("<li><code>") == 10
        assert 'href="/c/7F3K"' in done.text
        return phone

    async def test_a_supervisor_turns_the_second_factor_on_there(self, system: System, clock: AdjustableClock) -> None:
        code = await account(system.installation, "p-201", Role.SUPERVISOR, "ACNUR", clock)
        async with httpx2.AsyncClient(base_url=system.url, headers={"Origin": system.url}, timeout=HANG) as client:
            first = {"cuenta": "p-201", "codigo": code, "clave": PASSWORD}
            assert (await client.post("/entrar/primera", data=first)).headers["location"].startswith("/entrar")
            assert "/entrar/segundo-factor" in (await client.get("/entrar")).text
            await self.puts_it_into_a_telephone(client, clock)
            assert "supervisión" in (await client.get("/cuenta")).text


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
