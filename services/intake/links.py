"""Watches whether the shelters' leaf nodes are heard from. A link that is down is an alarm, not intake's failure."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.chassis.names import Names

logger = structlog.get_logger(__name__)

SILENT = "shelter_stream_silent"
"""The alarm: nothing is heard from a shelter's leaf node, or the hub does not catch up with it."""

NANOSECONDS = 1e9
LOOKS = 10
"""How often to look within the time after which silence is an alarm."""
SELDOM = 15.0
"""Seconds between looks, at most."""


@dataclass(slots=True)
class Link:
    """One shelter's link. It is well when the leaf was heard, with nothing left there to copy."""

    shelter: str
    patience: float
    """Seconds."""
    well_at: float
    lag: int = 0
    alarmed: bool = False

    def seen(self, now: float, *, heard_at: float | None, lag: int) -> None:
        """Raises the alarm once, and clears it once."""
        self.lag = lag
        if heard_at is not None and lag == 0:
            self.well_at = max(self.well_at, heard_at)
        silent = now - self.well_at
        if silent > self.patience and not self.alarmed:
            logger.critical("alarm", code=SILENT, shelter=self.shelter, count=lag)
        if silent <= self.patience and self.alarmed:
            logger.warning("alarm_cleared", code=SILENT, shelter=self.shelter)
        self.alarmed = silent > self.patience

    def unseen(self, now: float) -> None:
        """The hub itself does not answer: that says nothing about the shelter, so its time begins again."""
        if not self.alarmed:
            self.well_at = now


class Links:
    """The links of all shelters that have a leaf node."""

    def __init__(self, shelters: Sequence[str], *, names: Names, patience: float) -> None:
        """``patience``: seconds of silence before the alarm."""
        self._names = names
        self._every = min(SELDOM, patience / LOOKS)
        self._links = [Link(shelter, patience, monotonic()) for shelter in shelters]

    async def watch(self, client: Client) -> None:
        """Looks for ever."""
        while True:
            for link in self._links:
                await self._look(client, link)
            await asyncio.sleep(self._every)

    async def _look(self, client: Client, link: Link) -> None:
        try:
            info = await client.jetstream().stream_info(self._names.shelter_stream(link.shelter))
        except (NatsError, APIError, OSError, TimeoutError):
            link.unseen(monotonic())
            return
        now = monotonic()
        if info.cluster is not None and info.cluster.leader is None:
            link.unseen(now)  # said from memory, by a cluster that is not one at the moment
            return
        source = info.sources[0] if info.sources else None
        active = source.active if source is not None else None
        heard_at = now - active / NANOSECONDS if active is not None and active >= 0 else None
        link.seen(now, heard_at=heard_at, lag=source.lag or 0 if source is not None else 0)

    def details(self) -> dict[str, Any]:
        """Each link, by shelter, for whoever looks at intake's health."""
        now = monotonic()
        return {
            link.shelter: {
                "seconds": round(now - link.well_at),
                "lag": link.lag,
                "alarm": SILENT if link.alarmed else None,
            }
            for link in self._links
        }
