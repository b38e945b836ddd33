"""A telephone of a shelter with no network: it opens, keeps, shows whom to call, and sends when there is one again."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from services.chassis.web.pages.assets import asset
from tests.support.browser.accessibility import violations
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.signing_in import give_session
from tests.support.browser.telephone import enrolled
from tests.support.browser.visiting import Visiting
from tests.support.fakes.reception import DEVICE, Reception

SECRETS = ("Zyanya", "Tototzintle", "canary-no-quiere-volver")
Someone = Callable[[], dict[str, Any]]


def found_in(dump: str) -> list[str]:
    """What a thief would read, as it is or in hexadecimal."""
    return [one for one in SECRETS if one in dump or one.encode().hex() in dump]


FAST = """async ([address, documents]) => {
  const { keep } = await import(address);
  const took = [];
  for (const one of documents) {
    const began = performance.now();
    await keep(one, {});
    took.push(performance.now() - began);
  }
  return took;
}"""


@pytest.mark.search  # measured where nothing else runs
async def test_a_slow_telephone_has_kept_a_record_before_anybody_wonders(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    await telephone.visitor.context.set_offline(True)
    reception.reached = False
    devtools = await telephone.visitor.context.new_cdp_session(telephone.page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    took = await telephone.page.evaluate(FAST, [asset("outbox.js"), [someone() for _ in range(5)]])
    assert min(took) < 300, took


async def test_a_record_is_kept_without_a_network_and_arrives_with_one(
    visiting: Visiting, reception: Reception, someone: Someone
) -> None:
    telephone = await enrolled(visiting, reception)
    context, page = telephone.visitor.context, telephone.page
    strip = page.locator("[data-outbox]")
    await expect(strip).to_contain_text("Todo enviado")
    await telephone.visitor.goes_to("/albergue/pendientes")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    reception.reached = False
    await context.set_offline(True)
    first = someone()
    kept = await telephone.keep(first, urgent=True)
    assert kept["id"] == first["submission_id"]
    assert await telephone.keep({**first, "person": {}}) == kept  # a second tap keeps nothing else
    await expect(strip).to_contain_text("NO ENVIADO")
    assert await strip.locator("a[href='tel:911']").count() == 1
    await expect(strip).to_contain_text("1 sin enviar")
    dump = await telephone.dump()
    assert first["submission_id"] in dump
    assert found_in(dump) == []
    assert "key private true" not in dump
    assert "key secret true" not in dump

    await page.close()  # the telephone is switched off, and on again
    telephone.visitor.page = page = await context.new_page()
    strip = page.locator("[data-outbox]")
    await telephone.visitor.goes_to("/albergue/pendientes")
    await expect(page.locator("[data-record]")).to_contain_text("Guardado aquí, se enviará")
    assert [*await violations(page), *await too_small(page), *await too_wide(page)] == []
    await telephone.visitor.goes_to("/albergue/pendientes?idioma=en")
    await expect(page.locator("h1")).to_have_text("Not sent")
    assert await violations(page) == []
    await telephone.visitor.goes_to("/albergue/trabajo")  # needs the server
    await expect(page.locator("[data-offline-page]")).to_be_visible()

    await context.set_offline(False)
    await telephone.visitor.goes_to("/albergue/trabajo")
    await page.get_by_role("button", name="Salir").click()  # she leaves, and a colleague comes
    await page.wait_for_url("**/entrar**")
    assert [one["id"] for one in await telephone.records()] == [kept["id"]]
    reception.reached = True
    colleague = await give_session(
        context, telephone.visitor.system, Role.SHELTER_WORKER, reception.shelter, label="otra"
    )
    await telephone.visitor.goes_to("/albergue/trabajo")
    await expect(strip).to_contain_text("Todo enviado")
    inside = reception.taken[first["submission_id"]]
    assert inside["document"]["person"] == first["person"]
    assert inside["document"]["device"] == {"id": DEVICE, "sequence": 1}
    assert inside["document"]["worker"] == telephone.visitor.person
    assert (await telephone.call("device.js", "device"))["worker"] == colleague
    await telephone.visitor.goes_to("/albergue/pendientes")
    await expect(page.locator("[data-arrived]")).to_contain_text(f"recibo {first['submission_id'][:8]}")
    assert await telephone.keep(first) == kept  # by a page that was killed before it heard of it
    assert await telephone.records() == []
    assert found_in(await telephone.dump()) == []
