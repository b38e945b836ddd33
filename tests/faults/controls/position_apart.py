"""Control: the follower's position is committed first, what follows from the events a moment later."""

import asyncio
from collections.abc import Sequence
from unittest.mock import patch

from services.chassis.eventlog.append import Append, Progress
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.replication.follower import Follower
from services.chassis.runtime import service as service_module

BETWEEN = 0.15
"""Seconds between both commits: a busy machine's pause, so that a kill is sure to find it."""


class PositionApart(Follower):
    """In the follower's place."""

    async def _commit(
        self,
        entries: Sequence[LogEntry],
        unreadable: tuple[LogEntry, str] | None = None,
        recorded: Sequence[LogEntry] = (),
    ) -> None:
        handled = await self._handler(entries)
        last = entries[-1] if entries else unreadable[0] if unreadable else None
        assert last is not None
        progress = Progress(
            upstream=self.upstream,
            after=self.position,
            position=last.position,
            event=last.id,
            leaf_hash=last.leaf_hash(),
        )
        await self._log.append(Append(progress=progress))
        self.position = last.position
        await asyncio.sleep(BETWEEN)
        await self._log.append(Append(entries=[*handled.entries, *recorded], in_transaction=handled.in_transaction))


def break_it(service: str) -> None:
    """The referral service alone."""
    if service == "referral":
        patch.object(service_module, "Follower", PositionApart).start()
