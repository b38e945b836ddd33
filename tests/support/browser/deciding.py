"""A telephone that decides: the evaluator of the rules in a page, with thousands of cases at a time."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, Route

from services.chassis.web.pages.assets import asset, assets, digest

Json = Any

KEEP = """([cases, directories]) => {
  globalThis.cases = JSON.parse(cases);
  globalThis.directories = JSON.parse(directories);
}"""
DECIDE = """async ([evaluator, written]) => {
  const { decide } = await import(`/recursos/${evaluator}/decide.js`);
  const decided = async (rules, one) => {
    try {
      const found = await decide(one, { rules, directory: globalThis.directories[one.shelter] });
      return JSON.stringify({ ...found, bodies: found.bodies.map((body) => body.code) });
    } catch (error) {
      return JSON.stringify({ threw: error.name, why: error.message });
    }
  };
  const all = async (rules) => {
    const found = [];
    for (const one of globalThis.cases) found.push(await decided(rules, one));
    return found;
  };
  const difference = async (rules) => {
    for (const [at, one] of globalThis.cases.entries()) {
      if ((await decided(rules, one)) !== globalThis.right[at]) return at;
    }
    return -1;
  };
  const many = JSON.parse(written);
  if (Array.isArray(many)) {
    const found = [];
    for (const rules of many) found.push(await difference(rules));
    return found;
  }
  globalThis.right = await all(many);
  return `[${globalThis.right.join()}]`;
}"""


@dataclass(frozen=True, slots=True)
class Telephone:
    """A page that has the evaluator and the cases."""

    page: Page

    async def decides(self, rules: Json) -> list[Json]:
        """What it decides on every case by these rules, with which others are compared from now on."""
        found: list[Json] = json.loads(await self.page.evaluate(DECIDE, [digest(), json.dumps(rules)]))
        return found

    async def first_differences(self, rules: list[Json], evaluator: str | None = None) -> list[int]:
        """By each of these rules the number of the first case that is decided otherwise than before; -1: none."""
        found: list[int] = await self.page.evaluate(DECIDE, [evaluator or digest(), json.dumps(rules)])
        return found

    async def with_fault(self, number: int, script: str, before: str, after: str) -> str:
        """Another evaluator on the same page, with something else written in one of its scripts. Returns its name.

        Its scripts import one another under its own address, where the server sends those that have no fault.
        """
        source = assets()[f"{script}.js"].content.decode()
        assert source.count(before) == 1, f"{script} does not say {before} once"

        async def answer(route: Route) -> None:
            await route.fulfill(body=source.replace(before, after), content_type="text/javascript")

        await self.page.route(f"**/recursos/fault-{number}/{script}.js", answer)
        return f"fault-{number}"


@asynccontextmanager
async def telephone(
    chromium: Browser, url: str, cases: list[Json], directories: Mapping[str, Json]
) -> AsyncIterator[Telephone]:
    """A page with these cases, and each shelter's directory.

    It is the script itself, shown as a text, for which the browser need draw nothing. Its policy for scripts is not
    what is tried here: a test's own code imports the evaluator.
    """
    context = await chromium.new_context(bypass_csp=True)
    page = await context.new_page()
    await page.goto(url + asset("decide.js"))
    await page.evaluate(KEEP, [json.dumps(cases), json.dumps(directories)])
    yield Telephone(page)
    await context.close()
