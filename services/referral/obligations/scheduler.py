"""Periodic job: reminds of tasks, and ends those that ended with their referral.

The command id of each is derived from the task and its deadline: however many schedulers run, it happens once.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from events.contract import Event
from events.vocabulary import ObligationResult, Urgency
from services.chassis.clock import Clock
from services.chassis.database import Database, is_outage
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.case_file.queries import CaseFiles
from services.referral.obligations.commands import holder_of
from services.referral.obligations.domain import command_of, done, due_reminder, ends, fold, reminded
from services.referral.obligations.policy import ObligationPolicy
from services.referral.obligations.projections import ended_as
from services.referral.obligations.queries import set_clock_anew, tasks_to_look_at

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationClock:
    """Looks at the tasks that are due; holds no state of its own."""

    log: Log
    database: Database
    clock: Clock
    files: CaseFiles
    policy: ObligationPolicy

    async def run_due(self) -> int:
        """Does what is due by now; returns how many things it did."""
        rows = await tasks_to_look_at(self.database, self.clock())
        return sum(await asyncio.gather(*map(self._look_at, rows)))

    async def _look_at(self, row: Mapping[str, Any]) -> bool:
        """One whose case cannot be read is looked at again, and holds up neither the others nor the other jobs."""
        try:
            return await self._attend_to(row)
        except ServiceError:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            logger.exception("task_cannot_be_read", code=str(row["obligation"]))
            return False

    async def _attend_to(self, row: Mapping[str, Any]) -> bool:
        task = fold((await self.log.streams([row["task_id"]]))[row["task_id"]])
        if task is None:
            return False
        shelter = await holder_of(task, self.files)
        event: Event
        if ends(task, ended_as(row), self.policy):
            command, actor = command_of(task, "ended"), f"rules:{self.policy.version}"
            event = done(task, ObligationResult.NOT_NEEDED, shelter)
        elif (step := due_reminder(task, self.policy, self.clock())) is not None:
            command, actor = command_of(task, step.name), f"clock:{self.policy.version}"
            rule = self.policy.rule(task.due.basis)
            event = reminded(task, step, Urgency.U1 if rule is None else rule.urgency, shelter)
        else:
            return await set_clock_anew(self.database, row, self.policy)

        async def decide(_: None, work: UnitOfWork) -> None:
            if (history := work.history(task.id)) and history[-1].version == task.version:  # nobody acted since
                work.record(task.id, event, case=task.case, actor=actor, cause=command)

        found = await execute(self.log, self.clock, command, None, [task.id], decide=decide)
        return bool(found.facts) and not found.repeated
