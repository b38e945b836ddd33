"""The board in a real browser: it stays true while it is open, on one connection, and nothing under a finger moves."""

import asyncio

import pytest
from playwright.async_api import Request, expect

from events.vocabulary import Role
from tests.journeys.conftest import programme_of
from tests.support.browser.accessibility import assert_accessible
from tests.support.browser.devices import DESKTOP, SMALL_PHONE, ZOOMED, Device
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.signing_in import end_sessions
from tests.support.browser.visiting import Visiting
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken
from tests.support.system.system import System


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)


async def sent_to_oit(programme: Programme, **answers: object) -> Item:
    """A referral about unpaid work, which no other test of this worker sends there."""
    case = await programme.flag(an_adult(consent_to("OIT"), work_abuse=["unpaid"], **answers))
    return await programme.referral_to("OIT", case, state="requested")


def row(referral: Item) -> str:
    return f'[data-live-row="{referral["referral_id"]}"]'


async def test_a_row_changes_in_its_place_and_what_is_new_is_announced(
    visiting: Visiting, programme: Programme
) -> None:
    oit, first = await programme.desk("OIT"), await sent_to_oit(programme)
    hers = await visiting.signed_in(Role.OFFICER, "OIT", SMALL_PHONE)
    await hers.goes_to("/mesa")
    await expect(hers.page.locator(row(first))).to_contain_text("enviada")
    acknowledged = await taken(oit, first, "acknowledge")
    await expect(hers.page.locator(row(first))).to_contain_text("con acuse de recibo")
    await expect(hers.page.locator(row(first))).to_have_class("changed")
    second = await sent_to_oit(programme, planned_departure="today")
    news = hers.page.locator("[data-live-new]")
    await expect(news).to_contain_text("Nuevas en esta lista: 1")
    await expect(hers.page.locator(row(second))).to_have_count(0)
    await expect(hers.page).to_have_title("(1) Mesa · canaliza")
    await assert_accessible(hers.page)
    await news.locator("a").click()
    await expect(hers.page.locator(row(second))).to_be_visible()
    over = await taken(oit, await taken(oit, acknowledged, "accept"), "fail", outcome="no_show")
    await expect(hers.page.locator(row(over))).to_contain_text("no se pudo atender")


async def test_two_tabs_share_one_connection(visiting: Visiting, programme: Programme) -> None:
    oit, referral = await programme.desk("OIT"), await sent_to_oit(programme)
    hers = await visiting.signed_in(Role.OFFICER, "OIT", DESKTOP)
    opened: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/mesa/cambios"):
            opened.append(request.url)

    hers.context.on("request", note)
    await hers.goes_to("/mesa")
    other = await hers.another_tab("/mesa")
    await taken(oit, referral, "acknowledge")
    for tab in (hers.page, other):
        await expect(tab.locator(row(referral))).to_contain_text("con acuse de recibo")
    assert len(opened) == 1
    await hers.page.close()  # the other tab goes on listening
    accepted = await programme.referral_to("OIT", referral["case_id"], state="acknowledged")
    await taken(oit, accepted, "accept")
    await expect(other.locator(row(referral))).to_contain_text("aceptada")
    assert len(opened) == 2


async def test_the_list_does_not_move_under_a_finger(visiting: Visiting, programme: Programme) -> None:
    oit = await programme.desk("OIT")
    upper = await sent_to_oit(programme, danger_now="yes")
    lower = await sent_to_oit(programme, planned_departure="staying")
    hers = await visiting.signed_in(Role.OFFICER, "OIT", SMALL_PHONE)
    await hers.goes_to("/mesa")
    touched = hers.page.locator(row(lower))
    await touched.scroll_into_view_if_needed()
    await touched.dispatch_event("pointerdown")
    before = await touched.bounding_box()
    await taken(oit, upper, "request-info", question="¿Quién la acompaña?")
    await expect(hers.page.locator(row(upper))).to_contain_text("la mesa preguntó algo")
    after = await touched.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 1.5


async def test_an_hour_old_page_says_how_much_time_is_left_now(visiting: Visiting, programme: Programme) -> None:
    """By the server's clock: the device's own is a year wrong."""
    referral = await sent_to_oit(programme, planned_departure="staying")
    hers = await visiting.signed_in(Role.OFFICER, "OIT", SMALL_PHONE)
    hers.watched.expect("/mesa/cambios")  # to the page the line was silent for days: it connects again
    await hers.page.clock.install(time="2025-01-01T00:00:00Z")
    await hers.goes_to("/mesa")
    left = hers.page.locator(f"{row(referral)} .left")
    await expect(left).to_contain_text("quedan")
    await hers.page.clock.fast_forward(4 * 24 * 3_600_000)
    await expect(left).to_contain_text("hace")
    await expect(hers.page.locator(f"{row(referral)} .deadline")).to_have_class("deadline late")


async def test_what_was_shown_leaves_the_screen_when_the_session_ends(
    visiting: Visiting, programme: Programme, system: System
) -> None:
    referral = await sent_to_oit(programme)
    hers = await visiting.signed_in(Role.OFFICER, "OIT", SMALL_PHONE)
    hers.watched.expect("/mesa/")
    await hers.goes_to("/mesa")
    await expect(hers.page.locator(row(referral))).to_be_visible()
    await end_sessions(system, hers.person)
    await taken(await programme.desk("OIT"), referral, "acknowledge")
    await expect(hers.page.locator("[data-live-ended]")).to_be_visible()
    await expect(hers.page.locator(row(referral))).to_be_hidden()


@pytest.mark.parametrize("device", [SMALL_PHONE, SMALL_PHONE.in_the_dark(), DESKTOP, ZOOMED], ids=str)
async def test_everybody_can_use_the_board(visiting: Visiting, programme: Programme, device: Device) -> None:
    await sent_to_oit(programme)
    hers = await visiting.signed_in(Role.OFFICER, "OIT", device)
    await hers.goes_to("/mesa")
    for summary in await hers.page.locator("main summary").all():
        await summary.click()
    await assert_accessible(hers.page)
    assert [*await too_small(hers.page), *await too_wide(hers.page)] == []


async def test_without_scripts_one_searches_filters_and_takes_the_list_out(
    visiting: Visiting, programme: Programme
) -> None:
    referral = await sent_to_oit(programme)
    hers = await visiting.signed_in(Role.OFFICER, "OIT", SMALL_PHONE, scripts=False)
    await hers.goes_to("/mesa")
    await hers.page.locator("main summary").first.click()
    await hers.page.get_by_label("Código").fill(referral["code"].lower())
    await hers.page.get_by_role("button", name="Buscar").click()
    assert await hers.page.locator("[data-live-row]").count() == 1
    await hers.page.locator("#exportar summary").click()
    await hers.page.get_by_label("para un informe con cifras").check()
    async with hers.page.expect_download() as begun:
        await hers.page.get_by_role("button", name="Sacar el archivo").click()
    path = await (await begun.value).path()
    assert referral["code"].encode() in await asyncio.to_thread(path.read_bytes)
