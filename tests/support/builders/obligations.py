"""One case's facts that start tasks, and the tasks as they come of them, without a server."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

from events.break_glass import BreakGlassOpened
from events.contract import Event, Recorded
from events.obligations import MilestoneRecorded, ObligationDone, ObligationDue, ObligationReminded
from events.referral import DisclosureRenewed, ReferralProposed, ReferralReassessed, ReferralRequested
from events.vocabulary import (
    Agency,
    Milestone,
    ObligationResult,
    OverrideBasis,
    RenewalReason,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.directory.bodies import legal_bodies
from services.referral.bodies.ports import Bodies
from services.referral.obligations.domain import Task, done, due_reminder, fold, reminded
from services.referral.obligations.grounds import tasks_of_case
from services.referral.obligations.policy import ObligationPolicy, load_obligations
from services.referral.obligations.starting import start_tasks
from tests.support.builders.referral import BOX, CASE, DEADLINES, START

OUR_POLICY = load_obligations()
OFFICES = legal_bodies()
SHELTER = "ALB-TAP-01"


@dataclass
class TasksOfACase:
    """Records facts of one case by a clock of its own; the tasks begin as they do in the service."""

    policy: ObligationPolicy = OUR_POLICY
    bodies: Bodies = OFFICES
    now: datetime = START
    work: UnitOfWork = field(init=False)

    def __post_init__(self) -> None:
        self.work = UnitOfWork(cast("Any", None), lambda: self.now)
        for stream in tasks_of_case(CASE, self.policy):
            self.work.begin(stream)

    def fact(self, stream: UUID, event: Event, actor: str = "rules:2013.1") -> Recorded[Event]:
        """Records a fact and what it starts."""
        if not self.work.has(stream):
            self.work.begin(stream)
        fact = self.work.record(stream, event, case=CASE, actor=actor, cause=CASE)
        start_tasks(fact, self.work, self.policy, self.bodies)
        return fact

    def propose(
        self,
        agency: Agency,
        urgency: Urgency = Urgency.U1,
        categories: Sequence[RiskCategory] = (RiskCategory.NNA_NA,),
    ) -> UUID:
        """A referral that waits."""
        referral = uuid5(CASE, agency)
        self.fact(
            referral,
            ReferralProposed(
                agency=agency,
                shelter=SHELTER,
                submission=UUID(int=11),
                urgency=urgency,
                categories=tuple(categories),
                rule_set="2013.1",
                grounds=BOX,
            ),
        )
        return referral

    def send(self, agency: Agency, basis: SendingBasis, urgency: Urgency = Urgency.U1, **proposed: Any) -> UUID:
        """A referral that is sent at once."""
        referral = self.propose(agency, urgency, **proposed)
        return self.request(referral, agency, basis, urgency)

    def request(
        self, referral: UUID, agency: Agency, basis: SendingBasis, urgency: Urgency = Urgency.U1, **more: Any
    ) -> UUID:
        """Sends a referral that waited."""
        self.fact(
            referral,
            ReferralRequested(
                agency=agency,
                shelter=SHELTER,
                urgency=urgency,
                basis=basis,
                deadlines=DEADLINES,
                disclosure=BOX,
                **more,
            ),
        )
        return referral

    def reassess(
        self, referral: UUID, agency: Agency, urgency: Urgency, categories: Sequence[RiskCategory], **more: Any
    ) -> Recorded[Event]:
        """The rules were run again."""
        event = ReferralReassessed(
            agency=agency,
            shelter=SHELTER,
            urgency=urgency,
            categories=tuple(categories),
            rule_set="2013.1",
            grounds=BOX,
            **more,
        )
        return self.fact(referral, event)

    def renew(
        self, referral: UUID, agency: Agency, basis: SendingBasis, uncovered: Sequence[RiskCategory] = ()
    ) -> Recorded[Event]:
        """What the agency may see is sealed anew, on this basis."""
        event = DisclosureRenewed(
            agency=agency,
            shelter=SHELTER,
            reason=RenewalReason.CONSENT,
            disclosure=BOX,
            basis=basis,
            uncovered=tuple(uncovered),
        )
        return self.fact(referral, event)

    def open(self, referral: UUID, agency: Agency, by: str, command: int = 1) -> Recorded[Event]:
        """Somebody opens a referral's sealed data by break-glass."""
        event = BreakGlassOpened(
            referral=referral,
            agency=agency,
            shelter=SHELTER,
            basis=OverrideBasis.IMMINENT_DANGER_TO_LIFE,
            justification=BOX,
            opened_for=by,
            until=self.now + timedelta(hours=4),
            review_by=self.now + timedelta(hours=24),
        )
        return self.fact(uuid5(referral, f"access/{command}"), event, f"officer:{by}:guardia-1")

    def milestone(self, referral: UUID, agency: Agency, which: Milestone, on: date) -> Recorded[Event]:
        """An officer records a milestone."""
        event = MilestoneRecorded(milestone=which, referral=referral, agency=agency, shelter=SHELTER, on=on)
        return self.fact(uuid5(referral, "milestones"), event, f"officer:{agency}:guardia-1")

    def finish(self, task: Task, result: ObligationResult, actor: str = f"shelter_worker:{SHELTER}:w-035") -> None:
        """Somebody says what became of a task."""
        self.work.record(task.id, done(task, result, SHELTER), case=CASE, actor=actor, cause=CASE)

    def remind(self) -> list[ObligationReminded]:
        """The reminders that the clock records now."""
        found = []
        for task in self.tasks():
            if (step := due_reminder(task, self.policy, self.now)) is not None:
                event = reminded(task, step, Urgency.U1, task.due.shelter)
                self.work.record(task.id, event, case=CASE, actor="clock:1", cause=CASE)
                found.append(event)
        return found

    def tasks(self) -> list[Task]:
        """Every task, in the order in which they began."""
        streams = dict.fromkeys(entry.stream for entry in self.work.entries if entry.name == ObligationDue.NAME)
        return [task for stream in streams if (task := fold(self.work.history(stream))) is not None]

    def began(self) -> list[ObligationDue]:
        """Every event that began a task."""
        return [entry.typed.event for entry in self.work.entries if entry.name == ObligationDue.NAME and entry.typed]  # type: ignore[misc]

    def results(self) -> list[ObligationDone]:
        """Every event that ended one."""
        return [entry.typed.event for entry in self.work.entries if entry.name == ObligationDone.NAME and entry.typed]  # type: ignore[misc]
