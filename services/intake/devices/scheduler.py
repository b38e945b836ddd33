"""Renews the keys that records are sealed to when they are due, and deletes those whose time is over."""

import asyncio
from dataclasses import dataclass

import structlog

from services.chassis.errors import StoreUnavailableError
from services.chassis.liveness import beat
from services.intake.devices.reception_keys import ReceptionKeys

logger = structlog.get_logger(__name__)

CHECK_INTERVAL = 60.0
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionKeyScheduler:
    """Runs within intake until cancelled, in as many processes as there are: only one of them makes a key."""

    keys: ReceptionKeys

    async def run(self) -> None:
        """Looks again and again; waits while the database is unavailable."""
        while True:
            try:
                done = await self.keys.renew()
                if (done.made or done.deleted) and not done.first:
                    logger.info("reception_keys_renewed", count=done.made)
            except StoreUnavailableError as error:
                logger.warning("reception_keys_not_renewed", code=error.code)
            beat()
            await asyncio.sleep(CHECK_INTERVAL)
