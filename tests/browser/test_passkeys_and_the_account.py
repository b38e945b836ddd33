"""A passkey of a real browser, held by its virtual authenticator: put in, used without a password, and taken out."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page

from events.vocabulary import Role
from services.system import Installation
from tests.support.browser.accessibility import assert_accessible
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.signing_in import enters_by_the_pages
from tests.support.browser.visiting import Visiting
from tests.support.browser.visiting import visiting as visits
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import PASSWORD, account, browser, enrols, enters_first
from tests.support.system.ports import free_port
from tests.support.system.system import System, running

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A telephone that asks for a finger, and gets it at once."""


@pytest.fixture
def clock() -> AdjustableClock:
    return AdjustableClock()


@pytest.fixture
async def named(installation: Installation, clock: AdjustableClock) -> AsyncIterator[System]:
    """A system that people reach by a name: browsers bind passkeys to one, and 127.0.0.1 is none."""
    port = free_port()
    settings = installation.settings.model_copy(update={"public_url": f"http://localhost:{port}"})
    async with running(replace(installation, settings=settings), clock, port=port) as system:
        system.url = f"http://localhost:{port}"
        yield system


@pytest.fixture
async def visiting(chromium: Browser, named: System) -> AsyncIterator[Visiting]:
    async with visits(chromium, named) as found:
        yield found


async def looks_right(page: Page) -> None:
    await assert_accessible(page)
    assert [*await too_small(page), *await too_wide(page)] == []


async def test_somebody_puts_a_passkey_in_enters_with_it_and_takes_it_out(
    visiting: Visiting, named: System, clock: AdjustableClock
) -> None:
    code = await account(named.installation, "p-701", Role.OFFICER, "ACNUR", clock)
    async with browser(named) as client:
        await enters_first(client, "p-701", code)
        phone, _ = await enrols(client, clock)
    clock.ahead += timedelta(seconds=30)
    visitor = await visiting.nobody(SMALL_PHONE)
    page = visitor.page
    devices = await visitor.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    await devices.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})

    await visitor.goes_to("/entrar?volver=%2Fcuenta")
    await looks_right(page)
    await enters_by_the_pages(page, "p-701", phone, clock)
    assert visitor.path == "/cuenta"
    await visitor.goes_to("/cuenta/llaves")
    await page.locator("h1", has_text="¿Es usted?").wait_for()
    await looks_right(page)
    await page.locator("input[name=clave]").fill(PASSWORD)
    await page.get_by_role("button", name="Seguir con la contraseña").click()
    await page.locator("input[name=nombre]").fill("teléfono de la guardia")
    await page.get_by_role("button", name="Poner la llave de acceso").click()
    await page.locator("h2", has_text="teléfono de la guardia").wait_for()
    await looks_right(page)

    await page.get_by_role("button", name="Poner la llave de acceso").click()  # the device has one already
    await page.get_by_text("Este aparato ya tiene una llave de acceso de su cuenta.").wait_for()

    await page.get_by_role("button", name="Salir").click()
    await page.get_by_role("button", name="Entrar con llave de acceso").wait_for()
    await visitor.goes_to("/entrar?volver=%2Fcuenta%2Fllaves")
    await page.get_by_role("button", name="Entrar con llave de acceso").click()
    await page.get_by_role("button", name="Seguir con la llave de acceso").click()  # it proves who she is, too
    await page.locator("summary", has_text="Quitar esta llave").click()
    await page.get_by_role("button", name="Quitar esta llave").click()
    await page.get_by_text("La llave de acceso ya no sirve.").wait_for()

    await page.get_by_role("button", name="Salir").click()
    await page.get_by_role("button", name="Entrar con llave de acceso").click()
    await page.get_by_text("La llave de acceso no sirvió.").wait_for()


async def test_without_scripts_passkeys_are_not_offered_and_the_telephone_is(visiting: Visiting) -> None:
    visitor = await visiting.nobody(SMALL_PHONE, scripts=False)
    await visitor.goes_to("/entrar")
    assert await visitor.page.get_by_role("button", name="Entrar con llave de acceso").count() == 0
    await visitor.page.get_by_role("button", name="English").click()
    await visitor.page.locator("h1", has_text="Sign in").wait_for()
