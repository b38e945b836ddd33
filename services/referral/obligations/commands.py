"""Records what became of a task, by its owner. Each command id takes effect once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.continuity import HandedOver
from events.contract import Event, Recorded
from events.obligations import ObligationDone
from events.vocabulary import ObligationOwner, ObligationResult
from services.chassis.authorization.permit import permit
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.commands import execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.case_file.queries import CaseFiles
from services.referral.obligations.domain import ObligationDoneError, Task, done, fold
from services.referral.obligations.schemas import ObligationAfterCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationCommands:
    """Executes the commands on tasks."""

    log: Log
    clock: Clock
    files: CaseFiles

    async def finish(
        self, task_id: UUID, command: UUID, result: ObligationResult, by: Principal
    ) -> ObligationAfterCommand:
        """Records what became of a task; a repeated command gets its first result.

        Raises:
            NotFoundError: no such task, or it is not the principal's.
            ObligationDoneError: somebody said it before.
            CommandIdReusedError: the id was used for another command.
        """

        async def admit(work: UnitOfWork) -> tuple[Task, str]:
            task = fold(work.history(task_id))
            if task is None:
                raise NotFoundError
            shelter = await holder_of(task, self.files)
            owner = task.due.owner
            permit(
                by,
                Action.FINISH_OBLIGATION,
                shelter=shelter if owner is ObligationOwner.SHELTER else None,
                agency=task.due.agency if owner is ObligationOwner.AGENCY else None,
            )
            return task, shelter

        async def decide(admitted: tuple[Task, str], work: UnitOfWork) -> None:
            task, shelter = admitted
            if task.result is not None:
                raise ObligationDoneError(result=task.result)
            work.record(task_id, done(task, result, shelter), case=task.case, actor=by.actor, cause=command)

        same = led_to(ObligationDone, result=result)
        await execute(self.log, self.clock, command, by.actor, [task_id], admit=admit, decide=decide, same=same)
        return ObligationAfterCommand(task_id=task_id, result=result)


async def holder_of(task: Task, files: CaseFiles) -> str:
    """The shelter that holds the task's case now; another than the one it began at after a handover."""
    if task.due.owner is not ObligationOwner.SHELTER:
        return task.due.shelter
    return _last_holder(await files.history(task.case)) or task.due.shelter


def _last_holder(facts: Sequence[Recorded[Event]]) -> str | None:
    return next((fact.event.to_shelter for fact in reversed(facts) if isinstance(fact.event, HandedOver)), None)
