"""Records milestones, with the tasks that begin with them. Each command id takes effect once."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from events.obligations import MilestoneRecorded
from events.vocabulary import Milestone
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.eventlog.commands import execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.referral.bodies.ports import Bodies
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.visibility import admit
from services.referral.milestones.domain import milestone, milestones_of
from services.referral.milestones.schemas import MilestoneAnswer
from services.referral.obligations.grounds import tasks_of_referral
from services.referral.obligations.policy import ObligationPolicy
from services.referral.obligations.starting import start_tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneCommands:
    """Executes the command that records a milestone."""

    log: Log
    clock: Clock
    policy: ObligationPolicy
    bodies: Bodies

    async def record(
        self, referral_id: UUID, command: UUID, which: Milestone, on: date, by: Principal
    ) -> MilestoneAnswer:
        """Records a milestone of a referral that the principal's agency has accepted.

        Raises:
            NotFoundError: no such referral, or it was not sent to the principal's agency.
            NoMilestoneError: it is not accepted, or it is a report about staff.
            MilestoneDayError: it cannot have been on that day.
            CommandIdReusedError: the id was used for another command.
        """
        stream = milestones_of(referral_id)

        async def admit_officer(work: UnitOfWork) -> Referral:
            return admit(fold(work.history(referral_id)), by, Action.RECORD_MILESTONE)

        async def decide(referral: Referral, work: UnitOfWork) -> None:
            event = milestone(referral, which, on, work.now())
            if any(fact.event == event for fact in work.history(stream)):
                return  # said before: its tasks have begun
            await work.load(tasks_of_referral(referral.case, referral.id, referral.agency, self.policy))
            fact = work.record(stream, event, case=referral.case, actor=by.actor, cause=command)
            start_tasks(fact, work, self.policy, self.bodies)

        same = led_to(MilestoneRecorded, milestone=which, on=on)
        streams = [stream, referral_id]
        await execute(self.log, self.clock, command, by.actor, streams, admit=admit_officer, decide=decide, same=same)
        return MilestoneAnswer(referral_id=referral_id, milestone=which, on=on)
