"""What somebody began to fill in: it survives a killed page, opens with the PIN alone, and is never lost with it."""

import asyncio
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.telephone.test_a_telephone_without_a_network import found_in
from tests.support.browser.accessibility import violations
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.telephone import PIN, enrolled
from tests.support.browser.visiting import Visiting
from tests.support.fakes.reception import Reception

Someone = Callable[[], dict[str, Any]]
FIVE_MINUTES = 300_000


async def types(page: Page, pin: str) -> None:
    await page.locator("#nip").fill(pin)
    await page.get_by_role("button", name="Abrir").click()


async def test_a_draft_survives_and_opens_with_the_pin_alone(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    page, context = telephone.page, telephone.visitor.context
    document = someone()
    draft = {"document": document, "step": "harm"}
    assert await telephone.call("drafts.js", "saveDraft", draft) is True
    draft["step"] = "needs"
    assert await telephone.call("drafts.js", "saveDraft", draft) is True
    assert found_in(await telephone.dump()) == []

    await page.close()  # in the middle of it
    telephone.visitor.page = page = await context.new_page()
    await page.clock.install()
    await telephone.visitor.goes_to("/albergue/pendientes")
    opening = asyncio.create_task(telephone.call("drafts.js", "openDraft"))
    await expect(page.locator("h1:visible")).to_have_text("Página cerrada")
    assert [*await violations(page), *await too_small(page), *await too_wide(page)] == []
    await types(page, "000000")
    await expect(page.get_by_role("alert").filter(has_text="Quedan 9 intentos")).to_be_visible()
    await types(page, PIN)
    assert await opening == draft
    await expect(page.locator("h1:visible")).to_have_text("Sin enviar")

    await page.clock.fast_forward(FIVE_MINUTES + 10_000)
    await expect(page.locator("h1:visible")).to_have_text("Página cerrada")
    await types(page, PIN)
    await expect(page.locator("h1:visible")).to_have_text("Sin enviar")
    await page.clock.fast_forward(20_000)
    await expect(page.locator("h1:visible")).to_have_text("Sin enviar")  # it is used again
    await page.get_by_role("button", name="Bloquear ahora").click()
    await expect(page.locator("h1:visible")).to_have_text("Página cerrada")
    for left in range(9, 0, -1):
        await types(page, "999999")
        await expect(page.get_by_role("alert").filter(has_text=f"Quedan {left} intentos")).to_be_visible()
    reception.reached = False
    await types(page, "999999")  # the tenth
    await expect(page.locator("[data-record]")).to_contain_text("Sin terminar")
    assert await telephone.call("drafts.js", "openDraft") is None
    assert found_in(await telephone.dump()) == []
    reception.reached = True
    await page.get_by_role("button", name="Enviar ahora").click()
    await expect(page.locator("[data-arrived]")).to_contain_text("recibo")
    inside = reception.taken[document["submission_id"]]
    assert inside["document"]["person"] == document["person"]
