"""A telephone that begins anew: enrolled again, after a PIN that nobody remembers, in a window that kept nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.telephone.test_a_record_is_never_lost import ONCE, keeps, sends, states
from tests.support.browser.registering import Registering
from tests.support.browser.telephone import enrolled, fill_in
from tests.support.browser.visiting import Visiting
from tests.support.builders.filled_forms import AN_ADULT
from tests.support.fakes.reception import CODE, DEVICE, Reception

Someone = Callable[[], dict[str, Any]]
KEEPS_NOTHING = """() => {
  globalThis.opens = IDBFactory.prototype.open;
  IDBFactory.prototype.open = () => { throw new DOMException("", "SecurityError"); };
}"""


async def test_a_revoked_telephone_is_enrolled_again_and_keeps_what_it_has(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    telephone.visitor.watched.expect("answer: 403 POST")
    page, strip = telephone.page, telephone.page.locator("[data-outbox]")
    reception.reached = False
    [before] = await keeps(telephone, someone, 1)
    reception.reached = True
    reception.says = {before: (403, {"code": "device_revoked"})}.get
    await telephone.visitor.goes_to("/albergue/telefono")
    await page.get_by_role("button", name="Darlo de alta otra vez").click()
    await fill_in(page, CODE)
    await expect(page.locator("[data-done]")).to_contain_text(DEVICE)
    [after] = await keeps(telephone, someone, 1)
    await sends(telephone)
    assert await states(telephone) == {before: "held"}
    assert (await telephone.receipts()).keys() == {after}

    await page.evaluate(KEEPS_NOTHING)
    await page.evaluate(ONCE % (*["IDBDatabase.prototype.transaction"] * 3, "this.close()"))
    await telephone.call("sender.js", "changed")
    await expect(strip).to_contain_text("Esta ventana no guarda nada")
    await page.evaluate("() => { IDBFactory.prototype.open = globalThis.opens; }")
    await telephone.call("sender.js", "changed")
    await expect(strip).to_contain_text("1 sin enviar")
    await expect(strip).not_to_contain_text("Esta ventana no guarda nada")


@pytest.mark.search
async def test_after_the_last_pin_the_form_is_the_next_persons(visiting: Visiting, reception: Reception) -> None:
    telephone = await enrolled(visiting, reception)
    form, page = Registering(telephone.visitor), telephone.page
    reception.reached = False
    await form.begins()
    await form.goes_on_to("about", AN_ADULT)
    order = page.locator("#form input[name=orden]")
    begun = await order.input_value()
    await telephone.call("lock.js", "lockNow")
    for _ in range(9):
        assert await telephone.failure("pin.js", "openedBy", "999999") == "WrongPinError"
    await page.locator("#nip").fill("999999")
    await page.locator("#nip").press("Enter")
    await expect(order).not_to_have_value(begun)
    await page.locator("#register[data-loaded]").wait_for()
    await expect(form.heading).to_have_text("Antes de empezar")
    assert [(one["id"], one["unfinished"]) for one in await telephone.records()] == [(begun, True)]


@pytest.mark.search
async def test_what_is_finished_takes_the_place_of_a_draft_that_another_tab_gave_up(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    reception.reached = False
    whole = someone()
    await telephone.call("drafts.js", "saveDraft", {"document": whole | {"person": {}}, "step": "identity"})
    await telephone.call("drafts.js", "leaveDraft")  # "Empezar otro", in the other tab
    await telephone.keep(whole)
    assert [(one["id"], one["unfinished"]) for one in await telephone.records()] == [(whole["submission_id"], False)]
    reception.reached = True
    await sends(telephone)
    assert reception.taken[whole["submission_id"]]["document"]["person"] == whole["person"]
