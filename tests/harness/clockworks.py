"""A referral service's log with its clockwork and nothing else: time is a number that the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from events.contract import Event, Recorded
from events.referral import ReferralProposed, ReferralRequested
from events.vocabulary import Agency, SendingBasis, Urgency
from services.chassis.database import Database
from services.chassis.log import Append, Log
from services.chassis.secrets import Secrets
from services.chassis.workspace import Workspace
from services.referral.app import Projecting
from services.referral.clockwork import Clockwork
from services.referral.deadlines import Counting
from services.referral.desks import Desks, OneDeskAnAgency
from services.referral.silence_policy import SilencePolicy, load_silence
from services.referral.vigil import Vigil
from tests.harness.logs import as_admin, database_of, opened
from tests.unit.referral.a_ladder import clocks, deadlines_of, ladders, told
from tests.unit.referral.a_referral import BOX, CASE, PROPOSED, START

SHELTER = "ALB-TAP-01"


@dataclass
class Hours:
    """A clock that stands still until it is moved, forward or back."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Guard:
    """A log, a clockwork on it, and what may be asked of both."""

    log: Log
    database: Database
    dsn: str
    hours: Hours
    clockwork: Clockwork
    desks: Desks
    sent: list[UUID] = field(default_factory=list)

    async def sends(
        self, urgency: Urgency, agency: Agency = Agency.ACNUR, *, desk: str | None = None, shelter: str = SHELTER
    ) -> UUID:
        """A referral, proposed and sent now."""
        referral, whose = uuid4(), {"agency": agency, "shelter": shelter}
        proposed = ReferralProposed.model_validate({**dict(PROPOSED), **whose})
        requested = ReferralRequested.model_validate(
            {
                **whose,
                "urgency": urgency,
                "basis": SendingBasis.CONSENT,
                "deadlines": deadlines_of(urgency, self.hours(), self.counting.hours(urgency, desk)),
                "desk": desk,
                "disclosure": BOX,
            }
        )
        workspace = Workspace(self.log, self.hours)
        workspace.begin(referral)
        for event in (proposed, requested):
            workspace.record(referral, event, case=CASE, actor="rules:2013.1", cause=uuid4())
        await self.log.append(Append(entries=workspace.entries))
        self.sent.append(referral)
        return referral

    async def somebody(self, referral: UUID, kind: type[Event], **says: Any) -> None:
        """Somebody acts now."""
        workspace = Workspace(self.log, self.hours)
        await workspace.load([referral])
        event = kind.model_validate({"agency": Agency.ACNUR, "shelter": SHELTER, **says})
        actor = f"officer:{getattr(event, 'agency', Agency.ACNUR)}:guardia-1"
        workspace.record(referral, event, case=CASE, actor=actor, cause=uuid4())
        await self.log.append(Append(entries=workspace.entries))

    async def strike(self) -> None:
        """All that is due by now is done."""
        while await self.clockwork.strike() + sum([await one() for one in self.clockwork.beside]):
            pass

    async def until_nothing_is_due(self, *, at_most: timedelta = timedelta(days=40)) -> None:
        """Time jumps from one timer to the next: weeks pass in a second."""
        end = self.hours() + at_most
        while (moment := min((await self.timers()).values(), default=None)) is not None and moment <= end:
            self.hours.now = max(self.hours.now, moment)
            await self.strike()

    @property
    def counting(self) -> Counting:
        return Counting(clocks(), self.desks)

    async def timers(self) -> dict[UUID, datetime]:
        async with self.database.reading() as connection:
            rows = await connection.fetch("select * from timer")
        return {UUID(int=row["referral_id"].int): row["next_at"] for row in rows}

    async def history(self, referral: UUID) -> list[Recorded[Event]]:
        return (await self.log.streams([referral]))[referral]

    async def told(self, referral: UUID, since: datetime = START) -> list[str]:
        """What the clock did, as ``a_ladder.Silence`` tells it."""
        return told(await self.history(referral), since)

    def another(self, log: Log) -> "Guard":
        """A second process: its own log and clockwork, the same database and clock."""
        clockwork = clockwork_on(log, self.database, self.hours, self.desks)
        return replace(self, log=log, clockwork=clockwork)

    async def admin(self, statement: str, *arguments: Any) -> Any:
        async with as_admin(self.dsn) as admin:
            return await admin.fetchval(statement, *arguments)


def clockwork_on(log: Log, database: Database, clock: Hours, desks: Desks) -> Clockwork:
    """A clockwork with its vigil, as the service composes them."""
    vigil = Vigil(log=log, database=database, clock=clock, policy=silence(), desks=desks)
    counting = Counting(clocks(), desks)
    return Clockwork(
        log=log, database=database, clock=clock, ladders=ladders(), counting=counting, beside=[vigil.strike]
    )


@cache
def silence() -> SilencePolicy:
    return load_silence()


def projecting(desks: Desks | None = None) -> Projecting:
    """What the service's log projects, with a programme of one desk an agency unless others are handed in."""
    return Projecting(lambda: desks or OneDeskAnAgency())


@asynccontextmanager
async def guarded(dsn: str, secrets: Secrets, *, desks: Desks | None = None, **options: Any) -> AsyncIterator[Guard]:
    """The log of a fresh database under guard."""
    hours, own, those = Hours(), database_of(dsn, secrets, "referral"), desks or OneDeskAnAgency()
    async with opened(dsn, secrets, "referral", **{"projections": [projecting(those)], **options}) as log:
        yield Guard(log, own, dsn, hours, clockwork_on(log, own, hours, those), those)
    await own.close()
