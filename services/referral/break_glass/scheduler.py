"""Periodic job: records the exceptional accesses that were not reviewed in time."""

from dataclasses import dataclass
from uuid import UUID

from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.referral.break_glass.domain import fold, review_overdue
from services.referral.break_glass.queries import overdue_accesses


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueReviews:
    """Records each access once, however many schedulers run."""

    log: Log
    database: Database
    clock: Clock

    async def run_due(self) -> int:
        """Records what is overdue by now; returns how many."""
        due = await overdue_accesses(self.database, self.clock())
        return sum([await self._record(access_id) for access_id in due])

    async def _record(self, access_id: UUID) -> bool:
        command = uuid5(access_id, "unreviewed")

        async def decide(_: None, work: UnitOfWork) -> None:
            access = fold(work.history(access_id))
            event = None if access is None else review_overdue(access, work.now())
            if access is not None and event is not None:
                work.record(access_id, event, case=access.case, actor="clock:review", cause=command)

        done = await execute(self.log, self.clock, command, None, [access_id], decide=decide)
        return bool(done.facts) and not done.repeated
