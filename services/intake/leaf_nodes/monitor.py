"""Monitors the links to the shelters' leaf nodes. A silent link raises an alarm; intake itself stays healthy."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.chassis.liveness import beat
from services.chassis.messaging.cancellation import raise_if_cancelled
from services.chassis.names import Names

logger = structlog.get_logger(__name__)

SILENT = "shelter_stream_silent"
"""Code of the alarm: a leaf node is silent, or the hub does not catch up with its stream."""

NANOSECONDS = 1e9
CHECKS_PER_PATIENCE = 10
"""Checks within the silence that raises an alarm."""
MAX_CHECK_INTERVAL = 15.0
"""Seconds."""


@dataclass(slots=True)
class LeafLink:
    """One shelter's link. It is healthy when the leaf node is connected and nothing is left to copy."""

    shelter: str
    patience: float
    """Seconds of silence before the alarm."""
    healthy_at: float
    lag: int = 0
    is_alarmed: bool = False

    def record_status(self, now: float, *, heard_at: float | None, lag: int) -> None:
        """Records a check at ``now`` (monotonic seconds); raises the alarm once, and clears it once."""
        self.lag = lag
        if heard_at is not None and lag == 0:
            self.healthy_at = max(self.healthy_at, heard_at)
        silent = now - self.healthy_at
        if silent > self.patience and not self.is_alarmed:
            logger.critical("alarm", code=SILENT, shelter=self.shelter, count=lag)
        if silent <= self.patience and self.is_alarmed:
            logger.warning("alarm_cleared", code=SILENT, shelter=self.shelter)
        self.is_alarmed = silent > self.patience

    def record_hub_outage(self, now: float) -> None:
        """The hub does not answer, which says nothing about the shelter: its silence counts from now."""
        if not self.is_alarmed:
            self.healthy_at = now


class LeafMonitor:
    """Monitors the links of all shelters with a leaf node."""

    def __init__(self, shelters: Sequence[str], *, names: Names, patience: float) -> None:
        """``patience``: seconds of silence before the alarm."""
        self._names = names
        self._every = min(MAX_CHECK_INTERVAL, patience / CHECKS_PER_PATIENCE)
        self._links = [LeafLink(shelter, patience, monotonic()) for shelter in shelters]

    async def watch(self, client: Client) -> None:
        """Checks all links at intervals, for ever."""
        while True:
            raise_if_cancelled()
            for link in self._links:
                await self._check(client, link)
            beat()
            await asyncio.sleep(self._every)

    async def _check(self, client: Client, link: LeafLink) -> None:
        try:
            info = await client.jetstream().stream_info(self._names.shelter_stream(link.shelter))
        except (NatsError, APIError, OSError, TimeoutError):
            link.record_hub_outage(monotonic())
            return
        now = monotonic()
        if info.cluster is not None and info.cluster.leader is None:
            link.record_hub_outage(now)  # without a leader the answer may be outdated
            return
        source = info.sources[0] if info.sources else None
        active = source.active if source is not None else None
        heard_at = now - active / NANOSECONDS if active is not None and active >= 0 else None
        link.record_status(now, heard_at=heard_at, lag=source.lag or 0 if source is not None else 0)

    def details(self) -> dict[str, Any]:
        """The state of each link by shelter, for intake's health endpoint."""
        now = monotonic()
        return {
            link.shelter: {
                "seconds": round(now - link.healthy_at),
                "lag": link.lag,
                "alarm": SILENT if link.is_alarmed else None,
            }
            for link in self._links
        }
