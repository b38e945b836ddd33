"""The pages of one's own account, as somebody without scripts uses them: password, telephone, sessions, signing out."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx2
import pyotp
import pytest

from events.vocabulary import Role
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import PASSWORD, account, browser, enrols, enters_first, enters_whole, who
from tests.support.system.system import HANG, System

ANOTHER = "la lluvia en siete tejados"


def on_paper(system: System, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """The same browser, as it asks for pages."""
    headers = {"Origin": system.url, "Accept": "text/html"}
    return httpx2.AsyncClient(base_url=system.url, headers=headers, cookies=client.cookies, timeout=HANG)


def fault(answer: httpx2.Response) -> bool:
    return 'role="alert"' in answer.text


PATHS = ("/cuenta/contrasena", "/cuenta/comprobar", "/cuenta/factor", "/cuenta/sesiones", "/cuenta/idioma")


async def begun(system: System, clock: AdjustableClock) -> tuple[httpx2.AsyncClient, pyotp.TOTP]:
    """A browser in which an officer has signed in, as it asks for pages, and her telephone."""
    code = await account(system.installation, "p-501", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as first:
        await enters_first(first, "p-501", code)
        phone, _ = await enrols(first, clock)
        return on_paper(system, first), phone


async def test_a_person_changes_everything_of_her_account_on_pages(system: System, clock: AdjustableClock) -> None:
    pages, _ = await begun(system, clock)
    async with pages:
        home = (await pages.get("/cuenta")).text
        for path in ("/cuenta/contrasena", "/cuenta/factor", "/cuenta/sesiones", "/cuenta/idioma", "/avisos"):
            assert f'href="{path}"' in home
        assert "quedan: 10" in home
        assert "oficial" in home

        wrong = await pages.post("/cuenta/contrasena", data={"clave": "CANARIO", "nueva": ANOTHER})
        assert (wrong.status_code, fault(wrong), "CANARIO" in wrong.text) == (401, True, False)
        easy = await pages.post("/cuenta/contrasena", data={"clave": PASSWORD, "nueva": "password1234"})
        assert (easy.status_code, "primeras" in easy.text) == (422, True)
        changed = await pages.post("/cuenta/contrasena", data={"clave": PASSWORD, "nueva": ANOTHER})
        assert (changed.status_code, changed.headers["location"]) == (303, "/cuenta?hecho=password")
        assert 'role="status"' in (await pages.get(changed.headers["location"])).text

        asked = await pages.get("/cuenta/factor")
        assert (asked.status_code, asked.headers["location"]) == (303, "/cuenta/comprobar?volver=%2Fcuenta%2Ffactor")
        assert (await pages.get(asked.headers["location"])).text.count("<form") == 3  # password, code, sign out
        no = await pages.post("/cuenta/comprobar", data={"clave": PASSWORD, "volver": "/cuenta/factor"})
        assert (no.status_code, 'value="/cuenta/factor"' in no.text) == (401, True)
        yes = await pages.post("/cuenta/comprobar", data={"clave": ANOTHER, "volver": "/cuenta/factor"})
        assert (yes.status_code, yes.headers["location"]) == (303, "/cuenta/factor")
        codes = await pages.post("/cuenta/factor/codigos", data={"volver": "/cuenta/factor"})
        printed = re.findall(r"<li><code>([A-Z0-9-]+)</code>", codes.text)
        assert len(printed) == 10
        offered = (await pages.post("/cuenta/factor/telefono", data={"volver": "/cuenta/factor"})).text
        assert "<svg" in offered
        assert 'action="/cuenta/factor/confirmar"' in offered


async def test_a_person_ends_her_sessions_on_a_page_once_she_has_proved_who_she_is(
    system: System, clock: AdjustableClock
) -> None:
    pages, phone = await begun(system, clock)
    async with pages, browser(system) as another:
        clock.ahead += timedelta(seconds=30)
        assert (await enters_whole(another, "p-501", phone, clock)).status_code == 201
        sessions = (await pages.get("/cuenta/sesiones")).text
        assert sessions.count('name="sesion"') == 1
        assert "Esta sesión" in sessions
        assert "This session" not in sessions  # one language at a time
        found = re.search(r'name="sesion" value="([^"]+)"', sessions)
        assert found is not None
        clock.ahead += timedelta(minutes=6)
        end = {"sesion": found[1], "volver": "/cuenta/sesiones"}
        for path in ("/cuenta/sesiones/cerrar", "/cuenta/sesiones/cerrar-otras"):
            again = await pages.post(path, data=end)
            assert again.headers["location"] == "/cuenta/comprobar?volver=%2Fcuenta%2Fsesiones"
        assert (await who(another))["person"] == "p-501"
        clock.ahead += timedelta(seconds=30)
        await pages.post("/cuenta/comprobar", data={"codigo": phone.at(clock()), "volver": "/cuenta/sesiones"})
        ended = await pages.post("/cuenta/sesiones/cerrar", data=end)
        assert ended.headers["location"] == "/cuenta/sesiones?hecho=session_ended"
        assert await who(another) == 401
        gone = await pages.post("/cuenta/sesiones/cerrar", data=end)
        assert (gone.status_code, fault(gone), "Esta sesión" in gone.text) == (404, True, True)
        assert (await pages.post("/cuenta/sesiones/cerrar", data={"sesion": "x"})).status_code == 404
        others = await pages.post("/cuenta/sesiones/cerrar-otras", data=end)
        assert others.headers["location"] == "/cuenta/sesiones?hecho=sessions_ended"
        assert (await pages.post("/entrar/salir")).status_code == 303
        assert await who(pages) == 401


async def test_every_page_of_ones_account_needs_a_whole_session_and_offers_to_sign_out(
    system: System, clock: AdjustableClock
) -> None:
    forms = {
        **{path: path for path in ("/cuenta/contrasena", "/cuenta/comprobar", "/cuenta/idioma")},
        "/cuenta/factor/codigos": "/cuenta/factor",
        "/cuenta/sesiones/cerrar": "/cuenta/sesiones",
        "/cuenta/sesiones/cerrar-otras": "/cuenta/sesiones",
    }
    code = await account(system.installation, "p-502", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as half, browser(system) as nobody:
        await enters_first(half, "p-502", code)
        for client in (half, nobody):
            for path in ("/cuenta", *PATHS):
                led = await client.get(path)
                assert (led.status_code, led.headers["location"]) == (303, f"/entrar?volver={path.replace('/', '%2F')}")
            for path, back in forms.items():
                led = await client.post(path, data={"clave": PASSWORD, "nueva": ANOTHER})
                assert led.status_code == 303
                assert led.headers["location"] == f"/entrar?volver={back.replace('/', '%2F')}", path
        await enrols(half, clock)
        await half.post("/api/v1/session/proof", json={"password": PASSWORD})
        for path in ("/cuenta", *PATHS):
            page = await half.get(path)
            assert (page.status_code, 'action="/entrar/salir"' in page.text) == (200, True), path
            assert 'class="narrow"' in page.text
            assert len(page.content) < 9_000
        for path in forms:
            foreign = await half.post(path, headers={"Sec-Fetch-Site": "cross-site"}, data={"clave": PASSWORD})
            assert foreign.status_code == 403, path


@pytest.mark.parametrize("path", ["contrasena", "factor", "sesiones", "comprobar"])
async def test_an_address_of_before_leads_to_that_of_now(system: System, path: str) -> None:
    async with browser(system) as client:
        led = await client.get(f"/entrar/{path}?volver=%2Fx")
        assert (led.status_code, led.headers["location"]) == (303, f"/cuenta/{path}?volver=%2Fx")


async def test_a_form_that_was_drawn_for_somebody_else_changes_nothing(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-504", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        await enters_first(client, "p-504", code)
        await enrols(client, clock)
        form = {"idioma": "en", "zona": "UTC", "quien": "p-505"}
        other = await client.post("/cuenta/idioma", data=form, headers={"Accept": "text/html"})
        assert (other.status_code, "otra persona" in other.text) == (409, True)
        assert (await who(client))["language"] == "es"


async def test_language_and_clock_are_the_accounts_and_every_page_has_them(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-506", Role.OFFICER, "ACNUR", clock)
    async with browser(system, **{"Accept": "text/html", "Accept-Language": "es"}) as client:
        await enters_first(client, "p-506", code)
        await enrols(client, clock)
        for nonsense in ({"idioma": "xx", "zona": "UTC"}, {"idioma": "en", "zona": "../etc/passwd"}, {}):
            assert (await client.post("/cuenta/idioma", data=nonsense)).status_code == 422
        done = await client.post("/cuenta/idioma", data={"idioma": "en", "zona": "America/Tijuana"})
        assert (done.status_code, done.headers["location"]) == (303, "/cuenta?hecho=pages_chosen")
        home = (await client.get(done.headers["location"])).text
        assert '<html lang="en">' in home
        assert f"{clock().astimezone(ZoneInfo('America/Tijuana')):%H:%M}" in home
        assert 'value="America/Tijuana" required checked' in (await client.get("/cuenta/idioma")).text


async def test_a_link_to_an_alert_leads_past_the_second_step_to_it(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-503", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as first:
        await enters_first(first, "p-503", code)
        phone, _ = await enrols(first, clock)
    clock.ahead += timedelta(seconds=30)
    async with browser(system) as client:
        assert (await enters_whole(client, "p-503", phone, clock)).json() == {"stage": "full"}
        led = await client.post("/cuenta/comprobar", data={"clave": PASSWORD, "volver": "https://canario.example"})
        assert (led.status_code, led.headers["location"]) == (303, "/cuenta")
