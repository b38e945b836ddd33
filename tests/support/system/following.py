"""Referral follows intake, with nothing else around them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4, uuid5

from nats.aio.client import Client

from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.reactions import BatchHandler, HandledBatch
from services.chassis.eventlog.upstream import Upstream
from services.chassis.names import Names
from services.chassis.replication.follower import Follower
from services.chassis.replication.parking import ParkedCases
from services.chassis.replication.relay import Relay
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import A_DAY, everything
from tests.support.system.system import eventually

POISON = b'"poison"'


class UnforeseenEventError(Exception):
    """Nobody foresaw such an event."""


@dataclass
class EffectHandler:
    """Decides one entry for each fact, and writes down what it was asked to digest."""

    seen: list[int] = field(default_factory=list)
    poisonous: bool = True
    guarded: bool = True
    """Whether a second effect of a fact would conflict with the first. If not, only the position prevents it."""
    before: Callable[[Sequence[LogEntry]], Awaitable[None]] | None = None

    async def __call__(self, entries: Sequence[LogEntry]) -> HandledBatch:
        if self.before is not None:
            await self.before(entries)
        if self.poisonous and any(each.state == POISON for each in entries):
            raise UnforeseenEventError
        self.seen += [each.position for each in entries]
        effects = [effect(each) for each in entries]
        return HandledBatch(
            entries=effects if self.guarded else [replace(each, originator_id=uuid4()) for each in effects]
        )


def effect(fact: LogEntry) -> LogEntry:
    """What a fact leads to: the first of a new stream, with an id that follows from the fact's."""
    return LogEntry(
        originator_id=uuid5(fact.id, "stream"),
        originator_version=1,
        topic="referral.noted.v1",
        state=fact.state,
        id=uuid5(fact.id, "event"),
        case=fact.case,
        recorded_at=A_DAY,
    )


@dataclass
class Pair:
    """Referral follows intake, with nothing else around them."""

    dsn: str
    secrets: Secrets
    names: Names
    intake: Log
    relay: Relay
    referral: Log
    client: Client
    admin: Client
    own: Database
    client_of_intake: Client

    def follower(
        self, handle: BatchHandler, log: Log | None = None, parked_cases: ParkedCases | None = None
    ) -> Follower:
        """One that was not started."""
        return Follower(
            client=self.client,
            names=self.names,
            service="referral",
            upstream=Upstream(self.own, "intake"),
            log=log or self.referral,
            handle=handle,
            clock=system_clock,
            parked_cases=parked_cases,
        )

    async def until_followed(self, position: int | None = None) -> None:
        """Waits until referral has come to the end of intake's log."""
        end = await self.intake.head() if position is None else position

        async def there() -> bool:
            return (await self.referral.progress("intake")).position == end

        await eventually(there)

    async def until_copied(self) -> None:
        head = await self.intake.head()

        async def copied() -> bool:
            return self.relay.copied == head

        await eventually(copied)

    async def parked(self) -> dict[int, str]:
        """Positions that wait, and why."""
        async with self.own.reading() as connection:
            rows = await connection.fetch("select position, reason from parked order by position")
        return {row["position"]: row["reason"] for row in rows}

    async def effects_are_those_of(self, facts: Sequence[LogEntry]) -> None:
        """Each of these had its effect once, in this order, and nothing else happened."""
        happened = await everything(self.referral)
        assert [each.id for each in happened] == [effect(fact).id for fact in facts]
        assert [each.position for each in happened] == list(range(1, len(facts) + 1))


@asynccontextmanager
async def at_work(*running: Follower | Relay) -> AsyncIterator[None]:
    """Runs them for as long as the context lasts."""
    tasks = [asyncio.create_task(each.run()) for each in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
