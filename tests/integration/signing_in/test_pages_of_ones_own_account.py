"""The pages of one's own account, as somebody without scripts uses them: password, telephone, sessions, signing out."""

import re
from datetime import timedelta

import httpx2

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


async def test_a_person_changes_everything_of_her_account_on_pages(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-501", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as first:
        await enters_first(first, "p-501", code)
        phone, _ = await enrols(first, clock)
        pages = on_paper(system, first)
    async with pages, browser(system) as another:
        home = (await pages.get("/entrar")).text
        for path in ("/entrar/contrasena", "/entrar/factor", "/entrar/sesiones"):
            assert f'href="{path}"' in home
        assert "quedan: 10" in home

        wrong = await pages.post("/entrar/contrasena", data={"clave": "CANARIO", "nueva": ANOTHER})
        assert (wrong.status_code, fault(wrong), "CANARIO" in wrong.text) == (401, True, False)
        easy = await pages.post("/entrar/contrasena", data={"clave": PASSWORD, "nueva": "password1234"})
        assert (easy.status_code, "primeras" in easy.text) == (422, True)
        changed = await pages.post("/entrar/contrasena", data={"clave": PASSWORD, "nueva": ANOTHER})
        assert (changed.status_code, 'role="status"' in changed.text) == (200, True)

        asked = await pages.get("/entrar/factor")
        assert (asked.status_code, asked.headers["location"]) == (303, "/entrar/comprobar?volver=%2Fentrar%2Ffactor")
        assert (await pages.get(asked.headers["location"])).text.count("<form") == 3  # password, code, sign out
        no = await pages.post("/entrar/comprobar", data={"clave": PASSWORD, "volver": "/entrar/factor"})
        assert (no.status_code, 'value="/entrar/factor"' in no.text) == (401, True)
        yes = await pages.post("/entrar/comprobar", data={"clave": ANOTHER, "volver": "/entrar/factor"})
        assert (yes.status_code, yes.headers["location"]) == (303, "/entrar/factor")
        codes = await pages.post("/entrar/codigos-impresos", data={"volver": "/entrar/factor"})
        printed = re.findall(r"<li><code>([A-Z0-9-]+)</code>", codes.text)
        assert len(printed) == 10
        offered = (await pages.post("/entrar/segundo-factor", data={"volver": "/entrar/factor"})).text
        assert "<svg" in offered

        clock.ahead += timedelta(seconds=30)
        await another.post("/api/v1/session", json={"account": "p-501", "password": ANOTHER})
        assert (await another.post("/api/v1/session/second-step", json={"code": phone.at(clock())})).status_code == 201
        sessions = (await pages.get("/entrar/sesiones")).text
        assert sessions.count('name="sesion"') == 1
        assert sessions.index("Es esta.") < sessions.index("It is this one.")
        found = re.search(r'name="sesion" value="([^"]+)"', sessions)
        assert found is not None
        clock.ahead += timedelta(minutes=6)
        end = {"sesion": found[1], "volver": "/entrar/sesiones"}
        for path in ("/entrar/sesiones/cerrar", "/entrar/sesiones/cerrar-otras"):
            again = await pages.post(path, data=end)
            assert again.headers["location"] == "/entrar/comprobar?volver=%2Fentrar%2Fsesiones"
        assert (await who(another))["person"] == "p-501"
        await pages.post("/entrar/comprobar", data={"codigo": printed[0], "volver": "/entrar/sesiones"})
        assert (await pages.post("/entrar/sesiones/cerrar", data=end)).headers["location"] == "/entrar/sesiones"
        assert await who(another) == 401
        assert (await pages.post("/entrar/sesiones/cerrar", data=end)).status_code == 404
        assert (await pages.post("/entrar/sesiones/cerrar", data={"sesion": "x"})).status_code == 404
        assert (await pages.post("/entrar/sesiones/cerrar-otras", data=end)).headers["location"] == "/entrar/sesiones"
        assert (await pages.post("/entrar/salir")).status_code == 303
        assert await who(pages) == 401


async def test_every_page_of_ones_account_needs_a_whole_session_and_offers_to_sign_out(
    system: System, clock: AdjustableClock
) -> None:
    paths = ("/entrar/contrasena", "/entrar/comprobar", "/entrar/factor", "/entrar/sesiones")
    forms = (*paths[:2], "/entrar/codigos-impresos", "/entrar/sesiones/cerrar", "/entrar/sesiones/cerrar-otras")
    code = await account(system.installation, "p-502", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as half, browser(system) as nobody:
        await enters_first(half, "p-502", code)
        for client in (half, nobody):
            for path in paths:
                led = await client.get(path)
                assert (led.status_code, led.headers["location"]) == (303, f"/entrar?volver={path.replace('/', '%2F')}")
            for path in forms:
                led = await client.post(path, data={"clave": PASSWORD, "nueva": ANOTHER})
                assert (led.status_code, led.headers["location"]) == (303, "/entrar"), path
        await enrols(half, clock)
        await half.post("/api/v1/session/proof", json={"password": PASSWORD})
        for path in ("/entrar", *paths):
            page = await half.get(path)
            assert (page.status_code, 'action="/entrar/salir"' in page.text) == (200, True), path
            assert "<script" not in page.text
            assert len(page.content) < 6_000
        for path in forms:
            foreign = await half.post(path, headers={"Sec-Fetch-Site": "cross-site"}, data={"clave": PASSWORD})
            assert foreign.status_code == 403, path


async def test_a_link_to_an_alert_leads_past_the_second_step_to_it(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-503", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as first:
        await enters_first(first, "p-503", code)
        phone, _ = await enrols(first, clock)
    clock.ahead += timedelta(seconds=30)
    async with browser(system) as client:
        assert (await enters_whole(client, "p-503", phone, clock)).json() == {"stage": "full"}
        led = await client.post("/entrar/comprobar", data={"clave": PASSWORD, "volver": "https://canario.example"})
        assert (led.status_code, led.headers["location"]) == (303, "/entrar")
