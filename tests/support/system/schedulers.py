"""A referral service's log with its scheduler and nothing else; the test sets the time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal
from uuid import UUID, uuid4

from events.contract import Event, Recorded
from events.referral import ReferralBlocked, ReferralProposed, ReferralRequested
from events.vocabulary import Agency, BlockReason, SendingBasis, Urgency
from services.chassis.database import Database
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.eventlog.upstream import Upstream
from services.chassis.secrets.installation import Secrets
from services.chassis.vault.keyring import Keyring
from services.referral.assessment import Policies
from services.referral.caravans.scheduler import CaravanExpiry
from services.referral.case_file.queries import CaseFiles
from services.referral.deadlines.calendar import WORKING_DAYS
from services.referral.deadlines.policy import CountedHours
from services.referral.deadlines.ports import EVERY_HOUR, Desks, OneDeskAnAgency
from services.referral.escalation.scheduler import EscalationScheduler
from services.referral.lifecycle.expiry import ConsentExpiry
from services.referral.projections import ReferralProjections
from services.referral.routing.policy import load_rules
from services.referral.silence.policy import SilencePolicy, load_silence
from services.referral.silence.scheduler import SilenceMonitor
from tests.support.builders.escalation import clocks, deadlines_of, escalation_policy, recorded_steps
from tests.support.builders.referral import BOX, CASE, PROPOSED, START
from tests.support.system.logs import as_admin, database_of, opened

SHELTER = "ALB-TAP-01"


@dataclass
class Hours:
    """A clock that does not move until the test moves it, forward or back."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Guard:
    """A log and a scheduler on it."""

    log: Log
    database: Database
    dsn: str
    hours: Hours
    escalations: EscalationScheduler
    desks: Desks
    sent: list[UUID] = field(default_factory=list)

    async def sends(
        self, urgency: Urgency, agency: Agency = Agency.ACNUR, *, desk: str | None = None, shelter: str = SHELTER
    ) -> UUID:
        """A new referral, proposed and sent now."""
        referral, whose = uuid4(), {"agency": agency, "shelter": shelter}
        proposed = ReferralProposed.model_validate({**dict(PROPOSED), **whose})
        requested = ReferralRequested.model_validate(
            {
                **whose,
                "urgency": urgency,
                "basis": SendingBasis.CONSENT,
                "deadlines": deadlines_of(urgency, self.hours(), self.counted_hours.hours(urgency, desk)),
                "desk": desk,
                "disclosure": BOX,
            }
        )
        work = UnitOfWork(self.log, self.hours)
        work.begin(referral)
        for event in (proposed, requested):
            work.record(referral, event, case=CASE, actor="rules:2013.1", cause=uuid4())
        await self.log.append(Append(entries=work.entries))
        self.sent.append(referral)
        return referral

    async def waits(
        self, counts: Literal["every_hour", "working_days"], reason: BlockReason = BlockReason.CONSENT_NOT_ASKED
    ) -> UUID:
        """A new referral that waits for a decision, to be asked for within an hour or two working days."""
        referral, whose = uuid4(), {"agency": Agency.ACNUR, "shelter": SHELTER}
        until = timedelta(hours=1) if counts == "every_hour" else timedelta(days=2)
        hours: Any = EVERY_HOUR if counts == "every_hour" else WORKING_DAYS
        work = UnitOfWork(self.log, self.hours)
        work.begin(referral)
        blocked = ReferralBlocked.model_validate(
            {
                **whose,
                "urgency": Urgency.U3,
                "reason": reason,
                "ask_by": hours.after(self.hours(), until),
                "asking_counts": counts,
            }
        )
        for event in (ReferralProposed.model_validate({**dict(PROPOSED), **whose}), blocked):
            work.record(referral, event, case=CASE, actor="rules:2013.1", cause=uuid4())
        await self.log.append(Append(entries=work.entries))
        return referral

    async def somebody(self, referral: UUID, kind: type[Event], **says: Any) -> None:
        """Somebody acts now."""
        work = UnitOfWork(self.log, self.hours)
        await work.load([referral])
        event = kind.model_validate({"agency": Agency.ACNUR, "shelter": SHELTER, **says})
        actor = f"officer:{getattr(event, 'agency', Agency.ACNUR)}:guardia-1"
        work.record(referral, event, case=CASE, actor=actor, cause=uuid4())
        await self.log.append(Append(entries=work.entries))

    async def run_due(self) -> None:
        """Runs the scheduler until nothing is due."""
        while await self.escalations.run_due() + sum([await one() for one in self.escalations.also_due]):
            pass

    async def until_nothing_is_due(self, *, at_most: timedelta = timedelta(days=40)) -> None:
        """Jumps from one timer to the next: weeks pass in a second."""
        end = self.hours() + at_most
        while (moment := min((await self.timers()).values(), default=None)) is not None and moment <= end:
            self.hours.now = max(self.hours.now, moment)
            await self.run_due()

    @property
    def counted_hours(self) -> CountedHours:
        return CountedHours(clocks(), self.desks)

    async def timers(self) -> dict[UUID, datetime]:
        async with self.database.reading() as connection:
            rows = await connection.fetch("select * from timer")
        return {UUID(int=row["referral_id"].int): row["next_at"] for row in rows}

    async def history(self, referral: UUID) -> list[Recorded[Event]]:
        return (await self.log.streams([referral]))[referral]

    async def recorded_steps(self, referral: UUID, since: datetime = START) -> list[str]:
        """The recorded escalations, as ``escalation.Silence`` lists them."""
        return recorded_steps(await self.history(referral), since)

    def another(self, log: Log) -> "Guard":
        """A second process: its own log and scheduler, the same database and clock."""
        escalations = scheduler_on(log, self.database, self.hours, self.desks)
        return replace(self, log=log, escalations=escalations)

    async def admin(self, statement: str, *arguments: Any) -> Any:
        async with as_admin(self.dsn) as admin:
            return await admin.fetchval(statement, *arguments)


def scheduler_on(log: Log, database: Database, clock: Hours, desks: Desks) -> EscalationScheduler:
    """A scheduler with the silence monitor and the expiry of caravan modes, as the service composes them."""
    monitor = SilenceMonitor(log=log, database=database, clock=clock, policy=silence(), desks=desks)
    ending = CaravanExpiry(log=log, database=database, clock=clock, actor=monitor.actor)
    files = CaseFiles(Upstream(database, "intake"), Keyring(database, {}, clock))
    return EscalationScheduler(
        log=log,
        database=database,
        clock=clock,
        policy=escalation_policy(),
        counted_hours=CountedHours(clocks(), desks),
        expiry=ConsentExpiry(files=files, policies=Policies(load_rules(), clocks(), desks)),
        also_due=[monitor.run_due, ending.run_due],
    )


@cache
def silence() -> SilencePolicy:
    return load_silence()


def projecting(desks: Desks | None = None) -> ReferralProjections:
    """The projections of the service's log; without ``desks`` each agency has one."""
    return ReferralProjections(lambda: desks or OneDeskAnAgency())


@asynccontextmanager
async def guarded(dsn: str, secrets: Secrets, *, desks: Desks | None = None, **options: Any) -> AsyncIterator[Guard]:
    """The log of a fresh database, with a scheduler."""
    hours, own, those = Hours(), database_of(dsn, secrets, "referral"), desks or OneDeskAnAgency()
    async with opened(dsn, secrets, "referral", **{"projections": [projecting(those)], **options}) as log:
        yield Guard(log, own, dsn, hours, scheduler_on(log, own, hours, those), those)
    await own.close()
