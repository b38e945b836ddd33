"""Bad days of a telephone: answers that are lost, a poisoned record, a full disk, a key that changed, a revoked one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.async_api import expect

from services.chassis.clock import system_clock
from services.chassis.web.pages.assets import asset
from tests.support.browser.telephone import Telephone, enrolled, fill_in
from tests.support.browser.visiting import Visiting
from tests.support.fakes.reception import CODE, DEVICE, Reception

Someone = Callable[[], dict[str, Any]]
INVALID = {
    "code": "invalid_submission",
    "refusal_id": "0d8c1c6c-93f5-4a6c-9f0b-6f5a0c4b7e21",
    "faults": [{"field": "screening.age_band", "code": "missing", "es": "Falta la edad.", "en": "The age is missing."}],
}
NEVER_DELETES = [
    (403, "device_revoked"),
    (404, "unknown_device"),
    (410, "reception_key_gone"),
    (404, None),
    (500, None),
]
TWICE = """async (address) => {
  const { send } = await import(address);
  await Promise.all([send({ everything: true }), send()]);
}"""
ONCE = "(() => { const real = %s; %s = function (...given) { %s = real; %s; return real.apply(this, given); }; })()"

CLEARED_BETWEEN = """() => {
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, ...how) {
    const asked = real.call(this, names, ...how);
    if (String(names) !== "records" || how[0] !== "readonly") return asked;
    const empty = { getAll: () => asked.objectStore("records").getAll(IDBKeyRange.only("")) };
    return new Proxy(asked, {
      get: (of, name) => (name === "objectStore" ? () => empty : Reflect.get(of, name)),
      set: (of, name, value) => Reflect.set(of, name, value),
    });
  };
}"""


async def keeps(telephone: Telephone, someone: Someone, number: int) -> list[str]:
    kept = [await telephone.keep(someone()) for _ in range(number)]
    return [one["id"] for one in kept]


async def sends(telephone: Telephone) -> None:
    await telephone.call("outbox.js", "send", {"eager": True, "everything": True})


async def states(telephone: Telephone) -> dict[str, str]:
    return {one["id"]: one["state"] for one in await telephone.records()}


async def test_one_poisoned_record_of_ten_is_shown_and_nine_arrive(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    telephone.visitor.watched.expect("answer: (422|500|404|403|410)")
    reception.reached = False
    ids = await keeps(telephone, someone, 10)
    refused, cut, broken = ids[0], ids[3], ids[5]
    reception.cut = {cut}
    answers: dict[str, tuple[int, dict[str, Any]]] = {
        refused: (422, INVALID),
        broken: (500, {"code": "internal_error"}),
    }
    reception.says = answers.get
    reception.reached = True
    await sends(telephone)
    left = await states(telephone)
    left.pop(cut, None)  # it may have been sent again by itself
    assert left == {refused: "refused", broken: "waiting"}
    del answers[broken]
    await sends(telephone)
    assert await states(telephone) == {refused: "refused"}
    assert (await telephone.receipts()).keys() == set(ids) - {refused}
    assert reception.tried.count(cut) == 2  # and one submission at the server
    await telephone.visitor.goes_to("/albergue/pendientes")
    shown = telephone.page.locator("[data-record]")
    await expect(shown).to_contain_text("No aceptado")
    await expect(shown).to_contain_text("Falta la edad.")
    await expect(telephone.page.locator("[data-outbox]")).to_contain_text("1 no se aceptó")
    async with telephone.page.expect_download() as given:
        await telephone.page.get_by_role("button", name="Descargar en un archivo").click()
    assert (await given.value).suggested_filename.startswith("canaliza-registros-")
    assert await states(telephone) == {refused: "refused"}
    await telephone.page.clock.set_fixed_time(system_clock() + timedelta(days=61))
    await telephone.page.reload()
    await expect(shown).to_contain_text("más de 60 días")


async def test_no_answer_but_a_receipt_takes_a_record_off_the_telephone(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    telephone.visitor.watched.expect("answer: (404|403|410|500)")
    reception.reached = False
    [before] = await keeps(telephone, someone, 1)
    sealed_to = reception.current
    reception.reached = True
    for status, code in NEVER_DELETES:
        answer: dict[str, Any] = {"code": code} if code else {}
        reception.says = dict.fromkeys([before], (status, answer)).get
        await sends(telephone)
        assert list(await states(telephone)) == [before]
    reception.says = lambda _: (200, {"welcome": "to the network of the hotel"})
    await sends(telephone)
    reception.says = lambda _: (403, {"code": "device_revoked"})
    await sends(telephone)
    await telephone.visitor.goes_to("/albergue/pendientes")
    await expect(telephone.page.locator("[data-record]")).to_contain_text("Este teléfono fue dado de baja.")

    reception.rotate()  # while the record waits
    reception.says = lambda _: None
    reception.date = "Mon, 30 Nov 2020 10:00:00 GMT"
    await sends(telephone)
    assert (await telephone.receipts()).keys() == {before}
    assert sealed_to != reception.current
    await expect(telephone.page.locator("[data-clock]")).to_contain_text("adelantado")
    [after] = await keeps(telephone, someone, 1)
    assert after in reception.taken or await states(telephone)
    assert (await telephone.call("device.js", "device"))["receptionKey"]["id"] == reception.current


async def test_a_full_or_forgetful_telephone_says_so(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    page, context = telephone.page, telephone.visitor.context
    reception.reached = False
    closes = ONCE % (*["IDBDatabase.prototype.transaction"] * 3, "this.close()")
    await page.evaluate(closes)  # the system took the database away
    [kept] = await keeps(telephone, someone, 1)
    full = "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    await page.evaluate(full)
    assert await telephone.failure("outbox.js", "keep", someone(), {}) == "full"
    assert list(await states(telephone)) == [kept]

    other = await telephone.visitor.another_tab("/albergue/pendientes")
    reception.reached = True
    await page.evaluate(TWICE, asset("outbox.js"))
    await expect(other.locator("[data-arrived]")).to_contain_text("recibo")
    assert reception.tried.count(kept) == 1
    await other.close()

    reception.reached = False
    await page.reload()
    await keeps(telephone, someone, 2)
    await expect(page.locator("[data-outbox]")).to_contain_text("2 sin enviar")
    devtools = await context.new_cdp_session(page)
    kinds = "indexeddb,cache_storage,service_workers"
    origin = telephone.visitor.system.url
    await devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": kinds})
    await page.goto(f"{origin}/albergue/trabajo")
    await expect(page.locator("[data-outbox]")).to_contain_text("Había 2 registros que quizá no llegaron")
    reception.reached = True
    await page.get_by_role("link", name="Dar de alta este teléfono").click()
    await fill_in(page, "AAAA-AAAA")
    telephone.visitor.watched.expect("answer: 403 POST .*/api/v1/devices")
    await expect(page.locator("main [data-fault]")).to_have_text("Esa clave no sirve.")
    await fill_in(page, CODE)
    await expect(page.locator("[data-done]")).to_contain_text(DEVICE)


async def test_a_telephone_that_is_cleared_while_it_counts_does_not_note_that_nothing_was_lost(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    reception.reached = False
    await telephone.page.evaluate(CLEARED_BETWEEN)  # whoever reads the records after the device finds none
    await keeps(telephone, someone, 2)
    noted = "document.cookie.includes('.2')"
    await telephone.page.wait_for_function(noted)
    assert len(await states(telephone)) == 2
