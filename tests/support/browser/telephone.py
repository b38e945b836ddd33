"""A telephone of a shelter in a real browser: its modules, what it keeps, and what happens to what it sends."""

import json
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, expect

from events.vocabulary import Role
from services.chassis.web.pages.assets import asset
from tests.support.browser.devices import SMALL_PHONE
from tests.support.browser.visiting import PATIENCE, Visiting, Visitor
from tests.support.fakes.reception import CODE, Reception

PIN = "204713"

CALL = """async ([address, name, given]) => {
  const found = await import(address);
  try {
    return { value: await found[name](...given) };
  } catch (error) {
    return { failed: error.kind ?? error.code ?? error.constructor.name };
  }
}"""
DUMP = """async () => {
  const plain = (value) => {
    if (value instanceof CryptoKey) return `key ${value.type} ${value.extractable}`;
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer ?? value);
      const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
      return new TextDecoder("latin1").decode(bytes) + hex;
    }
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
    }
    return value;
  };
  const found = {};
  for (const { name, version } of await indexedDB.databases()) {
    const opened = await new Promise((done) => {
      const asked = indexedDB.open(name, version);
      asked.onsuccess = () => done(asked.result);
    });
    for (const store of opened.objectStoreNames) {
      found[store] = await new Promise((done) => {
        const asked = opened.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result.map(plain));
      });
    }
    opened.close();
  }
  return found;
}"""


@dataclass
class Telephone:
    """A visitor's browser as a telephone. Its context must bypass the content security policy, to call modules."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        """Its first tab."""
        return self.visitor.page

    async def call(self, module: str, name: str, *given: Any, page: Page | None = None) -> Any:
        """What a function of a module returns.

        Raises:
            AssertionError: it threw.
        """
        answer = await (page or self.page).evaluate(CALL, [asset(module), name, list(given)])
        assert "failed" not in answer, answer
        return answer.get("value")

    async def failure(self, module: str, name: str, *given: Any) -> str:
        """Why a function throws."""
        answer = await self.page.evaluate(CALL, [asset(module), name, list(given)])
        return str(answer.get("failed"))

    async def keep(self, document: dict[str, Any], **how: Any) -> dict[str, Any]:
        """Keeps a submission as the form does."""
        kept: dict[str, Any] = await self.call("outbox.js", "keep", document, how)
        return kept

    async def records(self) -> list[dict[str, Any]]:
        """What waits."""
        found: list[dict[str, Any]] = await self.call("outbox.js", "records")
        return found

    async def receipts(self) -> dict[str, str]:
        """The receipts of what arrived, by the ids of submissions."""
        return {one["id"]: one["receipt"] for one in await self.call("outbox.js", "receipts")}

    async def dump(self) -> str:
        """Everything that the browser keeps in its databases, as text; bytes also in hexadecimal."""
        return json.dumps(await self.page.evaluate(DUMP), ensure_ascii=False)


async def enrolled(visiting: Visiting, reception: Reception, **options: Any) -> Telephone:
    """A shelter worker's telephone, enrolled by its page."""
    visitor = await visiting.signed_in(Role.SHELTER_WORKER, reception.shelter, SMALL_PHONE, bypass_csp=True, **options)
    visitor.watched.expect(r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_RESET)|answer: 401 GET")
    await reception.serves(visitor.context)
    await visitor.goes_to("/albergue/telefono")
    await fill_in(visitor.page, CODE)
    await expect(visitor.page.locator("[data-done]")).to_be_visible(timeout=PATIENCE)
    return Telephone(visitor)


async def fill_in(page: Page, code: str) -> None:
    """Types a code and a PIN into the page that enrols, and sends them."""
    await page.locator("main input[name=codigo]").fill(code)
    await page.locator("main input[name=nip]").fill(PIN)
    await page.locator("main input[name=repetido]").fill(PIN)
    await page.get_by_role("button", name="Dar de alta").click()
