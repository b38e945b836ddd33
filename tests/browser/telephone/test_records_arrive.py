"""A telephone against the server itself: what it kept becomes a case, once; what is not valid is corrected there."""

from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import expect

from events.vocabulary import Role
from tests.journeys.conftest import programme_of
from tests.support.browser.accessibility import violations
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.layout import too_small, too_wide
from tests.support.browser.telephone import Telephone, fill_in
from tests.support.browser.visiting import PATIENCE, Visiting
from tests.support.people.people import SHELTER, Programme, an_adult
from tests.support.people.shelter_work import WHO, refusals, spoilt
from tests.support.system.system import System


@pytest.fixture
async def programme(system: System) -> Programme:
    return await programme_of(system)


async def code_from(coordinator: httpx2.AsyncClient) -> str:
    answer = await coordinator.post("/api/v1/devices/codes", json={"command_id": str(uuid4())})
    return str(answer.json()["code"])


async def test_what_a_telephone_kept_is_a_case_once_and_a_refused_one_is_corrected_at_the_server(
    visiting: Visiting, programme: Programme
) -> None:
    system = programme.system
    coordinator = await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    visitor = await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE, bypass_csp=True)
    visitor.watched.expect(r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_RESET)|answer: (422|403) POST")
    telephone, page = Telephone(visitor), visitor.page
    await visitor.goes_to("/albergue/telefono")
    assert [*await violations(page), *await too_small(page), *await too_wide(page)] == []
    await fill_in(page, await code_from(coordinator))
    await expect(page.locator("[data-done]")).to_be_visible(timeout=PATIENCE)
    await visitor.goes_to("/albergue/pendientes")
    assert [*await violations(page), *await too_small(page), *await too_wide(page)] == []

    await visitor.context.set_offline(True)
    good, bad = an_adult() | {"person": dict(WHO)}, an_adult()
    kept = await telephone.keep(good)
    spoiled = await telephone.keep(spoilt(bad))
    assert [one["state"] for one in await telephone.records()] == ["waiting", "waiting"]
    await visitor.context.set_offline(False)
    await expect(page.locator("[data-arrived] li")).to_have_count(1, timeout=PATIENCE)
    await expect(page.locator("[data-record]")).to_have_attribute("data-state", "refused")
    receipts = await telephone.receipts()
    assert receipts.keys() == {kept["id"]}

    (refused,) = await refusals(programme.shelter, spoiled["id"])
    own = await telephone.call("device.js", "device")
    assert own["worker"] == visitor.person
    correction = {"command_id": str(uuid4()), "submission": bad | {"device": {"id": own["id"], "sequence": 2}}}
    answer = await programme.shelter.post(f"/api/v1/refusals/{refused['refusal_id']}/correct", json=correction)
    assert answer.is_success, answer.text
    await page.get_by_role("button", name="Enviar ahora").click()
    await expect(page.locator("[data-arrived] li")).to_have_count(2, timeout=PATIENCE)
    assert await telephone.records() == []
    await expect(page.locator("[data-clock]")).to_have_text("A tiempo")

    revoked = await coordinator.post(f"/api/v1/devices/{own['id']}/revoke", json={"command_id": str(uuid4())})
    assert revoked.is_success, revoked.text
    late = await telephone.keep(an_adult())
    await expect(page.locator("[data-record]")).to_contain_text("Este teléfono fue dado de baja.", timeout=PATIENCE)
    assert [one["id"] for one in await telephone.records()] == [late["id"]]


SENT_BY = """async (origin) => {
  const opened = await new Promise((done) => {
    const asked = indexedDB.open("canaliza-albergue");
    asked.onsuccess = () => done(asked.result);
  });
  const kept = (store) => new Promise((done) => {
    const asked = opened.transaction(store).objectStore(store).getAllKeys();
    asked.onsuccess = () => done(asked.result);
  });
  const found = [await kept("records"), await kept("receipts")];
  opened.close();
  return found;
}"""


@pytest.mark.search
async def test_the_service_worker_sends_after_the_last_page_was_closed(
    visiting: Visiting, programme: Programme
) -> None:
    system = programme.system
    coordinator = await system.signed_in(Role.SHELTER_COORDINATOR, SHELTER)
    visitor = await visiting.signed_in(Role.SHELTER_WORKER, SHELTER, SMALL_PHONE, bypass_csp=True)
    visitor.watched.expect("net::ERR_INTERNET_DISCONNECTED")
    telephone, page = Telephone(visitor), visitor.page
    await visitor.goes_to("/albergue/telefono")
    await fill_in(page, await code_from(coordinator))
    await expect(page.locator("[data-done]")).to_be_visible(timeout=PATIENCE)
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await visitor.context.set_offline(True)
    kept = await telephone.keep(an_adult())
    other = await visitor.context.new_page()
    await page.close()
    await visitor.context.set_offline(False)
    await other.goto(f"{system.url}/entrar")  # no page of Albergue
    devtools = await visitor.context.new_cdp_session(other)
    found: list[dict[str, str]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    await devtools.send("ServiceWorker.enable")
    while not found:
        await other.evaluate("() => true")
    sync = {"origin": system.url, "registrationId": found[0]["registrationId"], "tag": "canaliza-sin-enviar"}
    await devtools.send("ServiceWorker.dispatchSyncEvent", {**sync, "lastChance": False})
    for _ in range(600):
        waiting, arrived = await other.evaluate(SENT_BY)
        if not waiting:
            break
    assert arrived == [kept["id"]]
