"""The whole way of a worker with a telephone: registered with the network off, arrived, seen by the desk, told so."""

from uuid import uuid4

from playwright.async_api import Page, Route, expect

from events.vocabulary import Role
from tests.journeys.conftest import programme_of
from tests.support.browser.desk import AtTheDesk
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.telephone import PIN, fill_in
from tests.support.browser.visiting import PATIENCE, Visiting
from tests.support.people.people import SHELTER
from tests.support.system.system import System

NAME = "Ñkwelʼ Xʼmaʼ"
ANSWERS = {
    "place": {"private": "yes"},
    "danger": {"danger_now": "yes", "medical_now": "no"},
    "age": {"age_band": "15-17", "age_certainty": "stated", "accompaniment": "alone"},
    "about": {"language": "mam"},
    "return": {"fear_of_return": "unsure"},
    "next": {"planned_departure": "24h", "safe_contact": "shelter_only"},
    "child": {"assent": "yes", "basis": "assessment_started"},
}
"""Those that are required: eleven."""


async def answers_every_screen(page: Page) -> None:
    """Fills in the form as far as the last screen, with no more than must be."""
    while True:
        screen = page.locator("section[data-step]:visible")
        step = str(await screen.get_attribute("data-step"))
        if step == "save":
            return
        if step == "return":
            await comes_back_after_five_minutes(page)
        for name, value in ANSWERS.get(step, {}).items():
            field = screen.locator(f"[name={name}]")
            if await field.first.evaluate("(one) => one.matches('select')"):
                await field.select_option(value)
            else:
                await screen.locator(f"input[name={name}][value='{value}']").check()
        if step == "identity":
            await screen.locator("[name=name]").fill(NAME)
        if step.startswith("ask-"):
            await screen.locator("input[value=refused]").check()
        await page.locator("[data-next]").click()
        await expect(page.locator(f"section[data-step='{step}']")).to_be_hidden(timeout=PATIENCE)


async def comes_back_after_five_minutes(page: Page) -> None:
    """Somebody needed her elsewhere: the page empties itself, and is as it was when she types the PIN."""
    chosen = page.locator("input[name=age_band]:checked")
    await page.clock.fast_forward(310_000)
    await expect(page.locator("#nip")).to_be_visible()
    await expect(chosen).to_have_count(0)
    await page.locator("#nip").fill(PIN)
    await page.locator("#nip").press("Enter")
    await expect(page.locator("section[data-step='return']")).to_be_visible()
    await expect(chosen).to_have_count(1)
    await page.clock.fast_forward(20_000)
    await expect(page.locator("section[data-step='return']")).to_be_visible()


async def with_a_number(route: Route) -> None:
    """The directory as it is where the desks have given their telephones."""
    answer = await route.fetch()
    directory = await answer.json()
    directory["desks"][0]["telephones"] = ["+52 962 555 0101"]
    await route.fulfill(response=answer, json=directory)


async def test_a_child_alone_is_registered_without_a_network_and_referred_when_there_is_one(
    visiting: Visiting, system: System
) -> None:
    programme = await programme_of(system)
    coordinator = await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    code = (await coordinator.post("/api/v1/devices/codes", json={"command_id": str(uuid4())})).json()["code"]
    visitor = await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE)
    visitor.watched.expect("net::ERR_INTERNET_DISCONNECTED")
    page, context = visitor.page, visitor.context
    await context.route("**/api/v1/directory*", with_a_number)
    await visitor.goes_to("/albergue/telefono")
    await fill_in(page, code)
    await expect(page.locator("[data-done]")).to_be_visible(timeout=PATIENCE)
    async with page.expect_response("**/api/v1/directory?language=en", timeout=PATIENCE):
        await visitor.goes_to("/albergue/trabajo")  # what the form needs comes along

    await context.set_offline(True)
    await page.close()
    visitor.page = page = await context.new_page()
    await page.clock.install()
    await visitor.goes_to("/albergue/registrar")
    await page.locator("#register[data-ready]").wait_for()
    await answers_every_screen(page)
    await page.locator("[data-save] button").click()
    await expect(page.get_by_text("Guardado en este dispositivo").first).to_be_visible()
    strip = page.locator("[data-outbox]")
    await expect(strip).to_contain_text("NO ENVIADO")
    await strip.locator("summary").click()
    await expect(strip.locator("a[href='tel:+529625550101']")).to_be_visible()  # as it was known

    await context.set_offline(False)
    await expect(strip).to_contain_text("Todo enviado", timeout=PATIENCE)
    await visitor.goes_to("/albergue/pendientes")
    arrived = page.locator("[data-arrived] li a")
    receipt = await arrived.inner_text()
    (case,) = (await programme.shelter.get("/api/v1/cases", params={"receipt": receipt})).json()["items"]
    referral = await programme.referral_to("UNICEF", case["case_id"], state="requested")
    assert referral["urgency"] == "U0"

    desk = AtTheDesk(await visiting.signed_in(Role.OFFICER, "UNICEF"))
    assert await desk.opens(referral["referral_id"]) == 200
    await desk.takes("acknowledge")
    await programme.told(case["case_id"], referral, "acknowledged")
    await arrived.click()
    await page.locator(f"a[href='/albergue/casos/{case['case_id']}']").first.click()
    await expect(page.get_by_text("UNICEF ya la vio; falta que decida.")).to_be_visible(timeout=PATIENCE)
