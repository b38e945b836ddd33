"""Each check of the browser tests can fail: a page that is wrong on purpose is found."""

from playwright.async_api import Browser

from events.vocabulary import Role
from tests.support.browser.accessibility import assert_accessible, violations
from tests.support.browser.devices import DESKTOP, SMALL_PHONE
from tests.support.browser.visiting import Visiting
from tests.support.browser.visiting import visiting as visits
from tests.support.system.system import System


async def test_somebody_who_has_not_signed_in_is_led_to_the_sign_in(visiting: Visiting) -> None:
    visitor = await visiting.nobody(SMALL_PHONE)
    assert await visitor.goes_to("/c/AAAA") == 200
    assert visitor.path == "/entrar?volver=%2Fc%2FAAAA"
    await assert_accessible(visitor.page)


async def test_a_session_made_for_a_browser_is_whole(visiting: Visiting) -> None:
    visitor = await visiting.signed_in(Role.OFFICER, "ACNUR")
    assert await visitor.goes_to("/cuenta") == 200
    assert visitor.person in await visitor.text()


async def what_fails(chromium: Browser, system: System, does: str) -> str:
    """Why a test fails whose page runs this script; nothing: it passes."""
    try:
        async with visits(chromium, system) as visiting:
            visitor = await visiting.nobody()
            await visitor.goes_to("/mesa/nada")
            await visitor.page.evaluate(does)
            await visitor.page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    except AssertionError as failure:
        return str(failure)
    return ""


async def test_a_page_with_an_inline_style_breaks_its_policy(chromium: Browser, system: System) -> None:
    styled = "() => document.body.insertAdjacentHTML('beforeend', '<p style=\"top: 0\">')"
    assert "content security policy: style-src" in await what_fails(chromium, system, styled)


async def test_a_script_that_throws_is_seen(chromium: Browser, system: System) -> None:
    thrown = "() => { setTimeout(() => { throw new Error('oh') }) }"
    assert "script: oh" in await what_fails(chromium, system, thrown)


async def test_a_picture_that_is_not_there_is_seen(chromium: Browser, system: System) -> None:
    asked = "() => new Promise((done) => { let one = new Image(); one.onerror = done; one.src = '/recursos/x/x.svg' })"
    assert "answer: 404 GET" in await what_fails(chromium, system, asked)


async def test_a_page_that_does_none_of_it_passes(chromium: Browser, system: System) -> None:
    assert await what_fails(chromium, system, "() => 1") == ""


async def test_a_page_without_main_is_not_accessible(visiting: Visiting) -> None:
    visitor = await visiting.nobody(DESKTOP)
    await visitor.goes_to("/entrar")
    await visitor.page.evaluate("() => document.querySelector('main').replaceWith('Canalizar')")
    assert any(one.startswith("landmark-one-main") for one in await violations(visitor.page))
