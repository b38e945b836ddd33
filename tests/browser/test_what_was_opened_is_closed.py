"""What was opened of a person is shown in its place and leaves the screen by itself; the page reads well everywhere."""

import re

import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from tests.support.browser.accessibility import assert_accessible
from tests.support.browser.desk import AtTheDesk
from tests.support.browser.devices import DESKTOP, SMALL_PHONE, ZOOMED, Device
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.reading import read, unreadable
from tests.support.browser.visiting import Visiting
from tests.support.people.people import SHELTER, Item, Programme, a_child_alone, consent_to, taken
from tests.support.system.system import System

OPENED = "#datos [data-sealed]"


@pytest.fixture
async def programme(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def a_referral(programme: Programme) -> Item:
    child = a_child_alone(consent_to("UNICEF"), language="mam", needs=["child_protection"])
    case = await programme.flag(child)
    return await programme.referral_to("UNICEF", case, state="requested")


async def readings(programme: Programme, referral: Item) -> int:
    return len(
        [one for one in await programme.history(referral["case_id"]) if one["name"] == "referral.disclosure_read"]
    )


async def test_it_is_opened_in_its_place_and_back_never_asks_to_send_again(
    visiting: Visiting, programme: Programme
) -> None:
    referral = await a_referral(programme)
    desk = AtTheDesk(await visiting.signed_in(Role.OFFICER, "UNICEF", SMALL_PHONE))
    await desk.opens(referral["referral_id"])
    path = desk.visitor.path
    await desk.form("datos").locator("button").click()
    await expect(desk.page.locator(OPENED)).to_be_focused()
    assert desk.visitor.path == path
    assert "mam" in await desk.reads()
    assert await readings(programme, referral) == 1
    await desk.takes("acknowledge")
    await desk.page.go_back()
    await expect(desk.page.locator("#datos")).to_be_visible()
    await expect(desk.page.locator(OPENED)).to_have_count(0)
    assert await readings(programme, referral) == 1


async def test_it_closes_by_itself_when_nobody_uses_it(visiting: Visiting, programme: Programme) -> None:
    referral = await a_referral(programme)
    desk = AtTheDesk(await visiting.signed_in(Role.OFFICER, "UNICEF"))
    await desk.page.clock.install()
    await desk.opens(referral["referral_id"])
    await desk.form("datos").locator("button").click()
    await expect(desk.page.locator(OPENED)).to_be_visible()
    await desk.page.clock.fast_forward(200_000)
    await desk.page.keyboard.press("Shift")  # somebody is there
    await desk.page.clock.fast_forward(200_000)
    await expect(desk.page.locator(OPENED)).to_be_visible()
    await desk.page.clock.fast_forward(200_000)
    await expect(desk.page.locator(OPENED)).to_have_count(0)
    await expect(desk.page.locator("#datos")).to_contain_text("se cerraron porque nadie los usaba")


async def test_without_a_network_nothing_is_opened_and_that_is_said(visiting: Visiting, programme: Programme) -> None:
    referral = await a_referral(programme)
    desk = AtTheDesk(await visiting.signed_in(Role.OFFICER, "UNICEF"))
    await desk.opens(referral["referral_id"])
    desk.visitor.watched.expect("datos|cambios|INTERNET_DISCONNECTED")
    await desk.visitor.context.set_offline(True)
    await desk.form("datos").locator("button").click()
    await expect(desk.page.locator("#datos [role=alert]")).to_contain_text("No hay conexión")
    await desk.visitor.context.set_offline(False)
    await desk.form("datos").locator("button").click()
    await expect(desk.page.locator(OPENED)).to_be_visible()
    assert await readings(programme, referral) == 1


async def test_without_scripts_it_opens_and_closes_by_links(visiting: Visiting, programme: Programme) -> None:
    referral = await a_referral(programme)
    desk = AtTheDesk(await visiting.signed_in(Role.OFFICER, "UNICEF", scripts=False))
    await desk.opens(referral["referral_id"])
    await desk.form("datos").locator("button").click()
    assert await desk.page.locator(OPENED).count() == 1
    await desk.page.locator(OPENED).get_by_role("link", name="Cerrar los datos").click()
    assert await desk.page.locator(OPENED).count() == 0
    assert desk.visitor.path.endswith(referral["referral_id"])


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("device", [SMALL_PHONE.in_the_dark(), DESKTOP, ZOOMED], ids=lambda one: one.name)
async def test_the_page_is_readable_and_accessible_with_everything_open(
    visiting: Visiting, programme: Programme, device: Device, language: str
) -> None:
    referral = await a_referral(programme)
    officer = await programme.desk("UNICEF")
    asked = await taken(officer, referral, "request-info", question="¿Viaja con K’ulb’il Yolb’?")
    await taken(programme.shelter, asked, "supply-info", answer="محمد viaja con él.")
    desk = AtTheDesk(await visiting.signed_in(Role.SUPERVISOR, "UNICEF", device, language=language))
    await desk.opens(referral["referral_id"])
    for what in ("datos", "mensajes"):
        await desk.form(what).locator("button").click()
        await expect(desk.page.locator(f"#{what} [data-sealed]")).to_be_visible()
    seen = await read(desk.page)
    assert unreadable(seen["texts"], language) == []
    assert re.fullmatch(r"(Canalización|Referral) \w{4} · canaliza", seen["title"])
    assert await too_wide(desk.page) == []
    assert await too_small(desk.page) == []
    await assert_accessible(desk.page)
