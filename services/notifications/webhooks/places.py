"""Places for messages on their way: a few for each organisation, and so many for all of them together.

A message waits for a place of its own organisation first. An organisation whose receivers are slow therefore waits for
itself, and never holds or queues for more of the common places than its share.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.notifications.webhooks.policy import AtOnce


class Places:
    """The places of one process."""

    def __init__(self, at_once: AtOnce) -> None:
        """``at_once`` says how many places there are."""
        self._at_once = at_once
        self._everywhere = asyncio.Semaphore(at_once.everywhere)
        self._of_organisations: dict[str, asyncio.Semaphore] = {}
        """Organisations come from the directory: they are few, and none is forgotten."""

    @asynccontextmanager
    async def of(self, org: str) -> AsyncIterator[bool]:
        """A place for one message of an organisation, first come first served; says whether it was waited for."""
        own = self._of_organisations.setdefault(org, asyncio.Semaphore(self._at_once.one_organisation))
        waited = own.locked()
        async with own:
            waited = waited or self._everywhere.locked()
            async with self._everywhere:
                yield waited
