"""Counts the bytes that a page takes over the wire, compressed as they were sent."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession, Page

FIRST_LOAD, LATER_PAGE = 150_000, 15_000
"""Bytes that a page may take the first time, and once style and scripts are in the browser's cache."""
FORM = 60_000
"""Of the form that goes on without a network, with the scripts and the reference data that it brings."""


@dataclass
class Traffic:
    """Bytes by address, headers included."""

    session: CDPSession
    by_request: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All bytes since the last ``reset``."""
        return sum(self.by_request.values())

    def reset(self) -> None:
        """Forgets what was counted."""
        self.by_request.clear()

    def _finished(self, event: dict[str, Any]) -> None:
        self.by_request[event["requestId"]] = int(event["encodedDataLength"])


async def traffic_of(page: Page) -> Traffic:
    """Counts what the page loads from now on."""
    session = await page.context.new_cdp_session(page)
    traffic = Traffic(session)
    session.on("Network.loadingFinished", traffic._finished)
    await session.send("Network.enable")
    return traffic
