"""A yes is to what was asked: to this text, for this person, of these answers. Asked anew, nothing is filled in."""

from typing import Any

from playwright.async_api import Page

from events.vocabulary import Role
from services.chassis.web.pages.assets import asset
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.registering import Registering
from tests.support.browser.visiting import Visiting
from tests.support.builders.filled_forms import AN_ADULT
from tests.support.people.people import SHELTER

ASK: dict[str, Any] = {
    "agency": "ACNUR",
    "purposes": ["protection"],
    "givers": ["self", "guardian"],
    "discloses": ["age_band", "language"],
}
WORDING = {"version": "es-1", "text": "Lo que se lee."}
ASKED_AGAIN = """async ([address, [before, read], [after, text]]) => {
  const { consentScreens, enteredOn, putBack, receiptsOf } = await import(address);
  const words = new Proxy({}, { get: (_, key) => String(key), has: () => true });
  const screens = (ask, wording) => {
    const made = consentScreens({ ask: [ask] }, wording, words, "es");
    document.querySelector("main").replaceChildren(...made);
    return made;
  };
  const first = screens(before, read);
  for (const [part, value] of [["decision", "granted"], ["how", "signed"], ["giver", "guardian"]]) {
    first[0].querySelector(`[name="ask-ACNUR-${part}"][value="${value}"]`).checked = true;
  }
  const entered = JSON.parse(JSON.stringify(enteredOn(first)));
  const second = screens(after, text);
  putBack(second, entered);
  return receiptsOf(second, [after], text, new Date());
}"""


async def receipts(page: Page, ask: dict[str, Any], wording: dict[str, Any]) -> list[dict[str, Any]]:
    """What a guardian's yes to ``ASK`` becomes when this is asked instead."""
    given = [asset("consent-screens.js"), [ASK, WORDING], [ask, wording]]
    found: list[dict[str, Any]] = await page.evaluate(ASKED_AGAIN, given)
    return found


async def test_a_yes_counts_for_what_was_asked_and_for_nothing_else(visiting: Visiting) -> None:
    visitor = await visiting.nobody(bypass_csp=True)
    await visitor.goes_to("/entrar")
    page = visitor.page
    [same] = await receipts(page, ASK, WORDING)
    assert (same["decision"], same["given_by"], same["wording_version"]) == ("granted", "guardian", "es-1")
    assert await receipts(page, ASK, {**WORDING, "version": "es-2"}) == [], "another text was read"
    assert await receipts(page, {**ASK, "discloses": ["age_band", "harm_events", "language"]}, WORDING) == []
    assert await receipts(page, {**ASK, "givers": ["self"]}, WORDING) == [], "the person said nothing"


async def test_back_shows_nothing_of_the_person_before(visiting: Visiting) -> None:
    first = Registering(await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE))
    page = first.page
    await first.begins()
    await first.goes_on_to("return", {**AN_ADULT, "language": "mam"})
    for leaves in ("/albergue", "/albergue/registrar"):
        await first.visitor.goes_to(leaves)
        await page.go_back()
        await page.locator("#register[data-loaded]").wait_for()
        assert await page.locator("#language").input_value() == ""
        assert await page.locator("#form :checked:not(option, [name=kind])").count() == 0
