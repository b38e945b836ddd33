"""Watches a browser's pages: what a page must never do is a fault, even if nobody looked for it."""

import re
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
LOADED_WRONG = "Failed to load resource"
"""How Chromium reports a status on its console; the status itself is judged here."""
LEFT = "net::ERR_ABORTED"
"""A request that ended because its page was left."""


@dataclass
class Watched:
    """What went wrong on the pages of one context."""

    faults: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Takes faults that match for what this test brings about itself."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """The faults that no test expects."""
        return [fault for fault in self.faults if not any(one.search(fault) for one in self._expected)]

    def attach(self, page: Page) -> None:
        """Watches a page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(LOADED_WRONG):
            self.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.faults.append(f"request: {request.failure} {request.url}")

    def _response(self, response: Response) -> None:
        """A page may refuse (4xx); nothing else may, and nothing may break."""
        refused = response.status >= 400 and not response.request.is_navigation_request()
        if refused or response.status >= 500:
            self.faults.append(f"answer: {response.status} {response.request.method} {response.url}")


async def watched(context: BrowserContext) -> Watched:
    """Watches every page of a context, those that it opens included."""
    watching = Watched()
    await context.add_init_script(TELL_VIOLATIONS)
    context.on("page", watching.attach)
    return watching
