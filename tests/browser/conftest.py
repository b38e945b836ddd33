"""A real browser for every worker, and visitors with browsers of their own for every test.

A test that takes ``visiting`` uses the shared system; a test with a system of its own opens ``visiting(chromium,
own_system)`` of ``tests.support.browser.visiting`` itself.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.browser.chromium import browser
from tests.support.browser.visiting import Visiting
from tests.support.browser.visiting import visiting as visits
from tests.support.system.system import System


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this worker."""
    async with browser() as started:
        yield started


@pytest.fixture
async def visiting(chromium: Browser, system: System) -> AsyncIterator[Visiting]:
    """Visitors of the shared system. The test fails if a page did what no page may do."""
    async with visits(chromium, system) as found:
        yield found
