"""Consent that was asked on a telephone, after an answer was changed: nobody is taken to have said something else."""

from typing import Any

from playwright.async_api import expect

from events.vocabulary import Role
from services.chassis.web.pages.assets import asset
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.registering import Registering
from tests.support.browser.visiting import Visiting
from tests.support.builders.filled_forms import AN_ADULT
from tests.support.people.people import SHELTER

ASKS_AGAIN = """async ([address, before, chosen, after]) => {
  const { consentScreens, enteredOn, missing, putBack, receiptsOf } = await import(address);
  const wording = { version: "es-2", text: "…" };
  const words = new Proxy({}, { get: (_, key) => String(key) });
  const whole = (ask) => [{ agency: "ACNUR", purposes: ["protection"], ...ask }];
  const drawn = (ask) => consentScreens({ ask: whole(ask) }, wording, words, "es");
  const first = drawn(before);
  for (const [part, code, marked] of chosen) {
    first[0].querySelector(`[name="ask-ACNUR-${part}"][value="${code}"]`).checked = marked;
  }
  const again = drawn(after);
  putBack(again, enteredOn(first));
  return {
    said: receiptsOf(again, whole(after), wording, new Date())[0] ?? null,
    missing: missing(again[0], words).map((one) => one.name),
    told: [...again[0].querySelectorAll("[data-field]:not([hidden])")].map((one) => one.dataset.field),
  };
}"""
YES = [["decision", "granted", True], ["how", "signed", True]]
NOT_THE_FEAR = ["fields", "fear_of_return", False]


def ask(*discloses: str, givers: tuple[str, ...] = ("self",)) -> dict[str, Any]:
    return {"discloses": list(discloses), "givers": list(givers)}


async def test_a_changed_answer_tells_no_agency_more_than_the_person_agreed_to(visiting: Visiting) -> None:
    visitor = await visiting.nobody(bypass_csp=True)
    await visitor.goes_to("/entrar")

    async def asked_again(before: Any, chosen: Any, after: Any) -> dict[str, Any]:
        found: dict[str, Any] = await visitor.page.evaluate(
            ASKS_AGAIN, [asset("consent-screens.js"), before, chosen, after]
        )
        return found

    first, later = ask("fear_of_return", "language"), ask("age_band", "fear_of_return", "language")
    agreed = await asked_again(first, [*YES, NOT_THE_FEAR], first)
    assert agreed["said"]["fields"] == agreed["told"] == ["language"]
    more_is_told = await asked_again(first, [*YES, NOT_THE_FEAR], later)
    assert (more_is_told["said"], more_is_told["missing"]) == (None, ["ask-ACNUR-decision"])

    either, guardian = ask("sex", givers=("self", "guardian")), ask("sex", givers=("guardian",))
    by_the_child = await asked_again(either, [*YES, ["giver", "self", True]], guardian)
    assert (by_the_child["said"], by_the_child["missing"]) == (None, ["ask-ACNUR-decision"])


async def test_nobody_goes_forward_past_an_answer_that_was_changed(visiting: Visiting) -> None:
    adult = Registering(await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE))
    page = adult.page
    await adult.begins()
    await adult.goes_on_to("ask-ACNUR", AN_ADULT)
    for _ in ("first", "review", "withhold", "identity"):
        await adult.goes_back()
    await page.locator("#name").fill("Ana")
    await page.locator("#name").blur()
    for heading in ("A quién no se le dice nada", "Revise con la persona", "Revise con la persona"):
        await page.go_forward()
        await expect(adult.heading).to_have_text(heading)
    await adult.goes_on()
    await expect(adult.heading).to_have_text("Lo primero")
