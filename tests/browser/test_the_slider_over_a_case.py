"""An auditor moves over a case's moments with a slider, or without scripts from one to the next; on a telephone."""

import pytest
from playwright.async_api import Browser, expect

from events.vocabulary import Role
from tests.browser.test_every_page import is_for_thumbs
from tests.journeys.conftest import programme_of
from tests.support.browser.crawling import Crawl
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.visiting import PATIENCE
from tests.support.browser.visiting import visiting as visits
from tests.support.people.people import an_adult, consent_to
from tests.support.system.system import System

pytestmark = pytest.mark.slow


async def test_the_slider_draws_what_was_so_then_and_without_scripts_the_same_is_a_list_and_two_links(
    chromium: Browser, module_system: System
) -> None:
    programme = await programme_of(module_system)
    case = await programme.flag(an_adult(consent_to("ACNUR"), removal_risk="yes"))
    await programme.referral_to("ACNUR", case, state="requested")
    await module_system.audited()
    here = f"/auditoria/casos/{case}/momento"
    async with visits(chromium, module_system) as visiting:
        visitor = await visiting.signed_in(Role.AUDITOR, "*", SMALL_PHONE)
        await visitor.goes_to(here)
        page, slider = visitor.page, visitor.page.get_by_label("Mueva para ver otro momento")
        asked = list[str]()
        page.on("request", lambda request: asked.append(request.resource_type))
        then = page.locator("[data-then]")
        await expect(then).to_contain_text("Acusar recibo", timeout=PATIENCE)
        await slider.press("Home")
        await expect(then).to_contain_text("Aún no había ninguna canalización.", timeout=PATIENCE)
        await expect(then).not_to_contain_text("Acusar recibo")
        assert "hasta=" in visitor.path, "what is shown can be kept, and shown to somebody else"
        await then.get_by_role("link", name="Siguiente").click()
        await slider.press("End")
        await expect(then).to_contain_text("Acusar recibo", timeout=PATIENCE)
        assert "document" not in asked, "nothing but what was so then is drawn anew"
        crawl = Crawl(visitor, "es", (is_for_thumbs,))
        for path in (
            here,
            f"{here}?por=occurred",
            f"/auditoria/casos/{case}/por-que",
            "/auditoria/mesas?agencia=ACNUR",
        ):
            await crawl._visit(path, "")
        assert not crawl.wrong, "\n".join(crawl.wrong)

        plain = await visiting.signed_in(Role.AUDITOR, "*", SMALL_PHONE, scripts=False)
        await plain.goes_to(here)
        await expect(plain.page.get_by_label("Mueva para ver otro momento")).to_be_hidden()
        await plain.page.get_by_label("Justo después de").select_option(index=0)
        await plain.page.get_by_role("button", name="Ver cómo estaba").click()
        await expect(plain.page.locator("main")).to_contain_text("Aún no había ninguna canalización.", timeout=PATIENCE)
        await expect(plain.page.get_by_role("link", name="Anterior")).to_have_count(0)
        await plain.page.get_by_role("link", name="Siguiente").click()
        await expect(plain.page.locator("select[name=hasta]")).to_have_js_property("selectedIndex", 1, timeout=PATIENCE)
