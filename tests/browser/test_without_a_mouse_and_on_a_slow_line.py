"""The pages that everybody sees, by keyboard alone and byte by byte, and what finds that they are not so."""

from tests.support.browser.devices import DESKTOP, SMALL_PHONE
from tests.support.browser.keyboard import by_tab, from_the_top
from tests.support.browser.traffic import FIRST_LOAD, LATER_PAGE, traffic_of
from tests.support.browser.visiting import Visiting

UNREACHABLE = "() => { document.querySelector('main a').setAttribute('tabindex', '-1') }"
UNSEEN = """() => {
  const unseen = new CSSStyleSheet();
  unseen.replaceSync("main a:focus-visible { outline: none }");
  document.adoptedStyleSheets = [unseen];
}"""


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(visiting: Visiting) -> None:
    visitor = await visiting.nobody(DESKTOP)
    await visitor.goes_to("/mesa/nada")
    walk = await by_tab(visitor.page)
    assert walk.wrong == []
    assert 'class="skip"' in walk.reached[0]


async def test_a_link_that_the_keyboard_does_not_reach_is_found(visiting: Visiting) -> None:
    visitor = await visiting.nobody(DESKTOP)
    await visitor.goes_to("/mesa/nada")
    await visitor.page.evaluate(UNREACHABLE)
    assert [one[:20] for one in (await by_tab(visitor.page)).wrong] == ["Tab does not reach <"]


async def test_a_focus_that_nobody_sees_is_found(visiting: Visiting) -> None:
    visitor = await visiting.nobody(DESKTOP)
    await visitor.goes_to("/mesa/nada")
    await visitor.page.evaluate(UNSEEN)
    assert [one[:22] for one in (await by_tab(visitor.page)).wrong] == ["the focus is not shown"]


async def test_who_skips_the_doors_is_at_the_content(visiting: Visiting) -> None:
    visitor = await visiting.nobody(SMALL_PHONE)
    await visitor.goes_to("/mesa/nada")
    await from_the_top(visitor.page)
    await visitor.page.keyboard.press("Tab")
    await visitor.page.keyboard.press("Enter")
    assert await visitor.page.evaluate("() => document.activeElement.id") == "contenido"


async def test_style_and_scripts_are_sent_once(visiting: Visiting) -> None:
    visitor = await visiting.nobody(SMALL_PHONE)
    traffic = await traffic_of(visitor.page)
    await visitor.goes_to("/mesa/nada")
    await visitor.page.wait_for_load_state("networkidle")
    first = traffic.total
    traffic.reset()
    await visitor.goes_to("/mesa/nada/tampoco")
    await visitor.page.wait_for_load_state("networkidle")
    assert 3_000 < first <= FIRST_LOAD
    assert 300 < traffic.total <= min(LATER_PAGE, first / 2)
