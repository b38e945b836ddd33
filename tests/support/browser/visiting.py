"""Browsers for tests: each visitor has cookies of their own, a device, a language, and is watched."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from events.vocabulary import Role
from tests.support.browser.devices import DESKTOP, Device
from tests.support.browser.signing_in import give_session
from tests.support.browser.watching import Watched, watched
from tests.support.system.system import System

PATIENCE = 60_000.0
"""Milliseconds that a page may take on a busy machine: a time-out is there to name a hang."""


@dataclass
class Visitor:
    """One person's browser. ``page`` is its first tab."""

    system: System
    context: BrowserContext
    page: Page
    watched: Watched
    person: str = ""
    """The code of the account; empty: nobody has signed in."""

    async def goes_to(self, path: str) -> int:
        """Opens a path of the system in the first tab. Returns the answer's status."""
        answer = await self.page.goto(self.system.url + path)
        assert answer is not None
        return answer.status

    async def another_tab(self, path: str) -> Page:
        """Opens a path in a new tab."""
        tab = await self.context.new_page()
        await tab.goto(self.system.url + path)
        return tab

    @property
    def path(self) -> str:
        """Where the first tab is: path and query."""
        return self.page.url.removeprefix(self.system.url)

    async def text(self) -> str:
        """What can be read on the first tab, in one line."""
        return " ".join((await self.page.locator("body").inner_text()).split())


@dataclass
class Visiting:
    """Opens browsers for one test. ``async with`` closes them and fails if a page did what it must not do."""

    browser: Browser
    system: System
    visitors: list[Visitor] = field(default_factory=list)

    async def nobody(
        self, device: Device = DESKTOP, *, language: str = "es", scripts: bool = True, **options: Any
    ) -> Visitor:
        """A browser of somebody who has not signed in. ``options``: Playwright's of a context."""
        own = {
            **device.options(),
            "locale": {"es": "es-MX", "en": "en-GB"}.get(language, language),
            "timezone_id": "America/Mexico_City",
            "java_script_enabled": scripts,
            "service_workers": "allow",
        }
        context = await self.browser.new_context(**(own | options))
        context.set_default_timeout(PATIENCE)
        watching = await watched(context)
        visitor = Visitor(self.system, context, await context.new_page(), watching)
        self.visitors.append(visitor)
        return visitor

    async def signed_in(
        self,
        role: Role,
        org: str,
        device: Device = DESKTOP,
        *,
        label: str = "prueba",
        language: str = "es",
        scripts: bool = True,
        **options: Any,
    ) -> Visitor:
        """A browser of somebody who has signed in: the account that ``System.signed_in`` makes, or one in English."""
        visitor = await self.nobody(device, language=language, scripts=scripts, **options)
        visitor.person = await give_session(visitor.context, self.system, role, org, label=label, language=language)
        return visitor

    def faults(self) -> list[str]:
        """What went wrong on any page, and no test expects."""
        return [fault for visitor in self.visitors for fault in visitor.watched.unexpected()]


@asynccontextmanager
async def visiting(browser: Browser, system: System) -> AsyncIterator[Visiting]:
    """Browsers for one test.

    Raises:
        AssertionError: a page broke its content security policy, threw an error, or asked for what is not there.
    """
    visits = Visiting(browser, system)
    async with AsyncExitStack() as stack:

        async def close() -> None:
            for visitor in visits.visitors:
                await visitor.context.close()

        stack.push_async_callback(close)
        yield visits
    found = visits.faults()
    assert not found, "\n".join(found)
