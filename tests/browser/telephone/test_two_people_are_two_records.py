"""Two tabs, a lock, a draft that was given up: whatever happens to a form, what is finished is what arrives."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import expect

from services.chassis.web.pages.assets import asset
from tests.support.browser.registering import Registering
from tests.support.browser.telephone import PIN, enrolled
from tests.support.browser.visiting import Visiting
from tests.support.builders.filled_forms import AN_ADULT
from tests.support.fakes.reception import Reception

Someone = Callable[[], dict[str, Any]]
FIRST, SECOND = "Citlali Uc", "Itzel Chan"
FINISHED_MEANWHILE = """async ([address, finished]) => {
  const { keep } = await import(address);
  const real = window.fetch;
  let kept = false;
  window.fetch = async (path, ...more) => {
    if (path === "/api/v1/device-records" && !kept && JSON.parse(more[0].body).record.id === finished.submission_id) {
      kept = true;
      await keep(finished);
    }
    return real(path, ...more);
  };
}"""
FULL = """() => {
  window.realPut = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError"); };
}"""
NO_ROOM_FOR_DRAFTS = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    if (this.name === "drafts") throw new DOMException("", "QuotaExceededError");
    return put.apply(this, given);
  };
}"""


async def test_a_record_that_was_given_up_is_replaced_by_the_finished_one(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    reception.reached = False
    begun, other = someone(), someone()
    for document in (begun, other):
        await telephone.call("drafts.js", "saveDraft", {"document": document})
        await telephone.call("drafts.js", "leaveDraft")  # in another tab, say
    finished = {name: {**document, "consent": []} for name, document in (("begun", begun), ("other", other))}
    await telephone.keep(finished["begun"])
    states = {one["id"]: one["unfinished"] for one in await telephone.records()}
    assert states == {begun["submission_id"]: False, other["submission_id"]: True}
    await telephone.page.evaluate(FINISHED_MEANWHILE, [asset("outbox.js"), finished["other"]])
    reception.reached = True
    for _ in range(2):
        await telephone.call("outbox.js", "send", {"eager": True, "everything": True})
    assert (await telephone.receipts()).keys() == {begun["submission_id"], other["submission_id"]}
    assert all("consent" in inside["document"] for inside in reception.taken.values()), "as they were finished"
    await telephone.call("drafts.js", "saveDraft", {"document": begun})  # a tab that was left open
    assert await telephone.call("drafts.js", "hasDraft") is False


@pytest.mark.search
async def test_a_full_telephone_sends_every_record_all_the_same(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    reception.reached = False
    ids = {(await telephone.keep(someone(), urgent=urgent))["id"] for urgent in (True, False, True)}
    await telephone.page.evaluate(FULL)
    reception.reached = True
    await telephone.call("outbox.js", "send", {"eager": True, "everything": True})
    assert reception.taken.keys() == ids
    assert {one["id"] for one in await telephone.records()} == ids, "no receipt could be stored"
    await telephone.page.evaluate("() => { IDBObjectStore.prototype.put = window.realPut; }")
    await telephone.call("outbox.js", "send", {"eager": True, "everything": True})
    assert (await telephone.receipts()).keys() == ids


async def test_a_form_that_was_emptied_is_another_persons(visiting: Visiting, reception: Reception) -> None:
    telephone = await enrolled(visiting, reception)
    first = Registering(telephone.visitor)
    await first.begins()
    await first.goes_on_to("review", {**AN_ADULT, "name": FIRST})
    await telephone.call("lock.js", "lockNow")
    assert FIRST not in await telephone.page.content(), "forgotten, not hidden"
    await telephone.call("drafts.js", "leaveDraft")
    await telephone.page.locator("#nip").fill(PIN)
    await telephone.page.locator("#nip").press("Enter")
    await expect(telephone.page.locator("[data-step=place]")).to_be_visible()
    await first.goes_on_to("save", {**AN_ADULT, "name": SECOND, "fear_of_return": "no"})
    await telephone.page.locator("[data-save] button").click()
    await expect(telephone.page.locator("#register")).to_contain_text("Guardado en este dispositivo")
    await telephone.call("outbox.js", "send", {"eager": True, "everything": True})
    told = [inside["document"].get("person") for inside in reception.taken.values()]
    assert sorted(told, key=str) == [{"name": FIRST}, {"name": SECOND}]


@pytest.mark.search
async def test_a_lock_takes_nothing_from_a_form_that_there_is_no_room_for(
    visiting: Visiting, reception: Reception
) -> None:
    telephone = await enrolled(visiting, reception)
    form = Registering(telephone.visitor)
    await form.begins()
    await telephone.page.evaluate(NO_ROOM_FOR_DRAFTS)
    await form.goes_on_to("return", {**AN_ADULT, "language": "mam"})
    await telephone.call("lock.js", "lockNow")
    await expect(telephone.page.locator("#language")).to_have_value("")
    await telephone.page.locator("#nip").fill(PIN)
    await telephone.page.locator("#nip").press("Enter")
    await expect(telephone.page.locator("[data-step=return]")).to_be_visible()
    await expect(telephone.page.locator("#language")).to_have_value("mam")
