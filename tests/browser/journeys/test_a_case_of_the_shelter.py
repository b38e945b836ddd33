"""A worker follows her case on a small telephone: asks the person, sees the desk answer, corrects, opens who it is."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from services.chassis.clock import system_clock
from tests.support.browser.accessibility import assert_accessible
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.visiting import PATIENCE, Visiting, Visitor
from tests.support.people.people import SHELTER, Programme, taken
from tests.support.people.shelter_work import NAME, PHONE, somebody


async def is_for_a_thumb(visitor: Visitor) -> None:
    await assert_accessible(visitor.page)
    assert not [*await too_small(visitor.page), *await too_wide(visitor.page)]


async def test_she_asks_the_person_and_sees_what_the_desk_did(visiting: Visiting, programme: Programme) -> None:
    case = await programme.flag(somebody(harm_events=[], safe_contact="voice"))
    await programme.told(case, await programme.referral_to("ACNUR", case), "blocked_consent")
    hers = await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE)
    page = hers.page
    await hers.goes_to("/albergue?espera=si")
    await is_for_a_thumb(hers)
    await page.locator(f'a[href="/albergue/casos/{case}"]').click()
    await expect(page.get_by_text("Falta preguntar a la persona si ACNUR")).to_be_visible()
    await is_for_a_thumb(hers)

    form = page.locator("#preguntar-ACNUR form")
    until = (system_clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    await form.locator('input[value="wants_time"]').check()
    await form.locator('[name="until"]').fill(until)
    await form.locator("button").click()
    await expect(page.get_by_role("status").first).to_contain_text("Quedó anotado", timeout=PATIENCE)
    await programme.referral_to("ACNUR", case, reason="wants_time")
    await programme.system.followed_by("intake")

    await page.goto(page.url.partition("?")[0])
    await page.locator("#preguntar-ACNUR summary").first.click()
    form = page.locator("#preguntar-ACNUR form")
    await form.locator('input[value="granted"]').check()
    await form.locator("button").dblclick()
    await expect(page.get_by_role("status").first).to_contain_text("Quedó anotado", timeout=PATIENCE)
    referral = await programme.referral_to("ACNUR", case, state="requested")
    consents = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"]
    assert [one["decision"] for one in consents] == ["wants_time", "granted"], "two taps are one decision"
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")
    await programme.told(case, referral, "acknowledged")
    await page.get_by_role("link", name="Actualizar").click()
    await expect(page.get_by_text("ACNUR ya la vio; falta que decida.")).to_be_visible()
    await expect(page.get_by_text("La mesa acusó recibo.")).to_be_visible()


@pytest.mark.search
async def test_she_opens_who_the_person_is_in_place_and_corrects_an_answer(
    visiting: Visiting, programme: Programme
) -> None:
    case = await programme.flag(somebody(safe_contact="voice"))
    hers = await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE)
    page = hers.page
    await hers.goes_to(f"/albergue/casos/{case}")
    await page.locator("#ver-datos > summary").click()
    await page.locator('#datos input[value="contact"]').check()
    await page.locator("#datos button").click()
    await expect(page.get_by_text(NAME)).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_role("link", name=PHONE)).to_have_attribute("href", re.compile(r"^tel:\+52963"))
    assert hers.path == f"/albergue/casos/{case}", "Back never asks to send a form again"
    await is_for_a_thumb(hers)
    await page.get_by_role("link", name="Ocultar").click()
    await expect(page.get_by_text(NAME)).to_have_count(0)

    await page.locator('form[action$="/corregir"] button').click()
    await page.locator("#danger_now").select_option("unsure")
    if await page.locator("#worker").count():  # an account whose code has another form than a worker's
        await page.locator("#worker").fill("w-041")
    await is_for_a_thumb(hers)
    await page.locator('form[action$="/guardar"] > button').click()
    await expect(page.get_by_role("status").first).to_contain_text("corregidas", timeout=PATIENCE)
    told = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
    assert (told["danger_now"], told["fear_of_return"]) == ("unsure", "yes")
