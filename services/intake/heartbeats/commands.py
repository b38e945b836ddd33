"""Records heartbeats, so that a shelter without cases is distinguished from one that is cut off."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.intake import ShelterHeard
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.intake.heartbeats.schemas import Heartbeat, ShelterHeartbeat

NAMESPACE = UUID("f2a1d5c3-7c55-5f0e-8a52-1f1d7a2f4e10")
INTERVAL_SECONDS = 15 * 60
"""Seconds in which only the first heartbeat is stored; more would fill the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatCommands:
    """Records heartbeats, at most one a shelter and quarter of an hour."""

    log: Log
    clock: Clock
    shelters: Collection[str]

    async def record(self, shelter: str, heartbeat: Heartbeat, by: Principal) -> ShelterHeartbeat:
        """Records a heartbeat; the answer says whether this one was stored.

        Raises:
            NotFoundError: no such shelter, or another's.
        """
        if shelter not in self.shelters or not allowed(by, Action.GIVE_A_SIGN, shelter=shelter):
            raise NotFoundError
        work = UnitOfWork(self.log, self.clock)
        now = work.now()
        stream = _stream_of(shelter, now)
        work.begin(stream)
        event = ShelterHeard(
            shelter=shelter, device=heartbeat.device, waiting=heartbeat.waiting, oldest_seconds=heartbeat.oldest_seconds
        )
        work.record(stream, event, case=None, actor=by.actor, cause=stream)
        result = await self.log.append(Append(entries=work.entries, command=stream))
        return ShelterHeartbeat(heard_at=now, recorded=not result.repeated)


def _stream_of(shelter: str, now: datetime) -> UUID:
    """The id of the stream and command for each shelter and quarter of an hour."""
    return uuid5(NAMESPACE, f"{shelter}/{int(now.timestamp()) // INTERVAL_SECONDS}")
