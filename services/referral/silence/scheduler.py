"""Periodic job: records silences and recoveries that are due.

What is due is stored in PostgreSQL. The command id is derived from the silence, so that several schedulers, or one that
restarts, record it once.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial

from events.silence import DeskFellSilent, ShelterFellSilent
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.deadlines.ports import Desks
from services.referral.silence.domain import MonitoredParty, due_fact, next_due_at
from services.referral.silence.policy import SilencePolicy
from services.referral.silence.projections import HeartbeatProjection
from services.referral.silence.queries import due_by, no_heartbeat_since


class SilenceMonitor:
    """Records who has gone silent, and who has recovered."""

    def __init__(self, *, log: Log, database: Database, clock: Clock, policy: SilencePolicy, desks: Desks) -> None:
        """Needs the silence policy, and the desks' hours."""
        self._log = log
        self._database = database
        self._clock = clock
        self._policy = policy
        self._heartbeats = HeartbeatProjection(policy, desks)

    @property
    def actor(self) -> str:
        """The actor of the events that this job records."""
        return f"clock:{self._policy.version}"

    async def run_due(self) -> int:
        """Records what is due by now; returns how many things it did."""
        now = self._clock()
        async with self._database.as_system() as connection:
            due_since = await due_by(connection, now)
            parties = await self._heartbeats.parties(connection, due_since) if due_since else []
        return sum(await asyncio.gather(*(self._record(one, due_since[one.kind, one.code]) for one in parties)))

    async def _record(self, party: MonitoredParty, was_due: datetime) -> bool:
        event = due_fact(party, self._policy, self._clock())
        if event is None:  # scheduled by another policy, or somebody acted since
            if next_due_at(party, self._policy) == was_due:
                return False
            again = partial(self._heartbeats.schedule, which=[(party.kind, party.code)])
            await self._log.append(Append(in_transaction=again))  # within an append: reads the rows as last written
            return True
        silent = isinstance(event, DeskFellSilent | ShelterFellSilent)
        what = "silent" if silent else "heard"
        command = uuid5(party.stream, f"{what}/{_text(party.silent_at)}/{_text(party.heard_at)}/{event.since}")
        work = UnitOfWork(self._log, self._clock)
        await work.load([party.stream])
        work.record(party.stream, event, case=None, actor=self.actor, cause=command)
        still = no_heartbeat_since(party) if silent else None  # a sign of life at this moment comes first
        try:
            result = await self._log.append(Append(entries=work.entries, command=command, in_transaction=still))
        except VersionConflictError:
            return False
        return not result.repeated


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat()
