"""Control: the follower's position is committed first, what follows from the events a moment later."""

import asyncio
from collections.abc import Sequence
from unittest.mock import patch

from services.chassis import service as composition
from services.chassis.entry import Entry
from services.chassis.follower import Follower
from services.chassis.log import Append, Progress

BETWEEN = 0.15
"""Seconds between both commits: a busy machine's pause, so that a kill is sure to find it."""


class PositionApart(Follower):
    """In the follower's place."""

    async def _commit(self, entries: Sequence[Entry], unreadable: tuple[Entry, str] | None = None) -> None:
        digested = await self._digest(entries)
        last = entries[-1] if entries else unreadable[0] if unreadable else None
        assert last is not None
        progress = Progress(
            upstream=self.upstream, after=self.position, position=last.position, event=last.id, leaf=last.leaf()
        )
        await self._log.append(Append(progress=progress))
        self.position = last.position
        await asyncio.sleep(BETWEEN)
        await self._log.append(Append(entries=digested.entries, within=digested.within))


def break_it(service: str) -> None:
    """The referral service alone."""
    if service == "referral":
        patch.object(composition, "Follower", PositionApart).start()
