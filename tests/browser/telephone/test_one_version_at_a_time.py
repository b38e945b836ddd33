"""The service worker: all of one version or all of the next, and a page that is open goes on with its own."""

import pytest
from playwright.async_api import expect

from services.intake.pages import service_worker
from tests.support.browser.telephone import enrolled
from tests.support.browser.visiting import Visiting
from tests.support.fakes.reception import Reception

KEPT = "async () => (await caches.keys()).filter((one) => one.startsWith('canaliza-shell-'))"
RENEWS = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const next = new Promise((done) => {
    navigator.serviceWorker.addEventListener("controllerchange", done, { once: true });
  });
  await registration.update();
  await next;
}"""
WRITTEN = "w-314"


@pytest.mark.search
async def test_a_new_version_takes_over_whole_and_leaves_an_open_page_alone(
    visiting: Visiting, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephone = await enrolled(visiting, reception)
    page, context = telephone.page, telephone.visitor.context
    await telephone.visitor.goes_to("/albergue/pendientes")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    first = await page.evaluate(KEPT)
    await page.get_by_text("Cambiar quién registra").click()
    await page.locator("input[name=codigo]").fill(WRITTEN)

    script, version = service_worker.script(), service_worker.version()
    monkeypatch.setattr(service_worker, "script", lambda: script.replace(version, "next"))
    await page.evaluate(RENEWS)
    assert await page.evaluate(KEPT) == [*first, "canaliza-shell-next"]
    await expect(page.locator("input[name=codigo]")).to_have_value(WRITTEN)
    await context.set_offline(True)
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Sin enviar")
    await context.set_offline(False)

    broken = script.replace(version, "broken").replace("/words.js", "/not-there.js")
    monkeypatch.setattr(service_worker, "script", lambda: broken)
    telephone.visitor.watched.expect("answer: 404|not-there")
    await page.evaluate("async () => (await (await navigator.serviceWorker.ready).update()).installing")
    await page.evaluate(
        "async () => { const one = await navigator.serviceWorker.ready;"
        " while (one.installing) await new Promise((done) => setTimeout(done, 50)); }"
    )
    assert "canaliza-shell-broken" not in await page.evaluate(KEPT)
    await context.set_offline(True)
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Sin enviar")
    await context.set_offline(False)


@pytest.mark.search
async def test_a_browser_that_is_no_telephone_asks_the_server_first(visiting: Visiting) -> None:
    visitor = await visiting.nobody()
    visitor.watched.expect("net::ERR_INTERNET_DISCONNECTED")
    await visitor.goes_to("/albergue/sin-red/pendientes")
    await visitor.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await visitor.goes_to("/albergue/pendientes")
    assert visitor.path.startswith("/entrar"), "nobody has signed in"
    await visitor.context.set_offline(True)
    await visitor.goes_to("/albergue/pendientes")
    await expect(visitor.page.locator("[data-not-enrolled]")).to_be_visible()
