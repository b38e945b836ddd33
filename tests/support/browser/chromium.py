"""The Chromium of this machine, which the tests of pages drive; without one they fail and say what to type."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMED = "CANALIZA_CHROMIUM"
"""The setting that names another binary, such as Chrome on a developer's own machine."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # where /dev/shm is small, as in containers, pages would crash
)
MISSING = (
    "The tests of pages need Chromium. As root: make chromium (or: apt-get install chromium); "
    f"elsewhere set {NAMED} to the path of a Chrome or Chromium."
)


class NoChromiumError(RuntimeError):
    """There is no browser on this machine; the message says how to get one."""


def chromium() -> str:
    """The path of the browser.

    Raises:
        NoChromiumError: there is none.
    """
    named = os.environ.get(NAMED)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoChromiumError(MISSING)
    return found


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """The browser, started with an empty profile. As root it has no sandbox: Chromium would refuse to start."""
    path = chromium()
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=flags, headless=True)
        try:
            yield started
        finally:
            await started.close()
