"""Periodic job: ends a caravan mode when its time is over.

The command id is derived from the caravan mode, so that only one of several schedulers ends it.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from events.silence import CaravanEnded
from events.vocabulary import CaravanEnd
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.caravans.queries import active_caravans, expired_caravans


@dataclass(frozen=True, slots=True, kw_only=True)
class CaravanExpiry:
    """Ends caravan modes whose time is over."""

    log: Log
    database: Database
    clock: Clock
    actor: str
    """The actor of its events: named after the silence policy in force."""

    async def run_due(self) -> int:
        """Ends those whose time is over; returns how many."""
        async with self.database.as_system() as connection:
            over = await expired_caravans(connection, self.clock())
        return sum(await asyncio.gather(*map(self._end, over)))

    async def _end(self, caravan: UUID) -> bool:
        async with self.database.reading() as connection:
            found = next((one for one in (await active_caravans(connection)).on if one.id == caravan), None)
        if found is None:
            return False
        command = uuid5(caravan, "ran_out")
        work = UnitOfWork(self.log, self.clock)
        await work.load([caravan])
        if any(isinstance(fact.event, CaravanEnded) for fact in work.history(caravan)):
            return False
        event = CaravanEnded(
            states=tuple(sorted(found.states)), shelters=tuple(sorted(found.shelters)), how=CaravanEnd.RAN_OUT
        )
        work.record(caravan, event, case=None, actor=self.actor, cause=command)
        try:
            result = await self.log.append(Append(entries=work.entries, command=command))
        except VersionConflictError:
            return False
        return not result.repeated
