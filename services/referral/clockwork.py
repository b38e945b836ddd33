"""Does what silence leads to, when it is due: a rung of a ladder is climbed, a referral expires, a loop is closed.

What is due stands in PostgreSQL (``timers``), so that no end of a process and no outage loses it. A rung is appended
as a command whose id follows from the referral, the clock, the rung and the deadline: of several clockworks at once,
or of one that was killed and begins again, it is climbed once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from events.contract import Event, Recorded, UnknownEventError, UnreadableEventError
from events.vocabulary import Urgency
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.referral.caravans import Caravans, caravans_on
from services.referral.deadlines import Counting
from services.referral.domain import Referral, fold
from services.referral.ladder import Running, due, next_at
from services.referral.ladder_policy import Ladders

logger = structlog.get_logger(__name__)

ATTEMPTS = 5
AT_ONCE = 64
IDLE = 0.5
"""Seconds between looks: what falls due does so by time alone."""

DUE = """
select due.referral_id, due.next_at from unnest($4::text[]) as of_class (urgency) cross join lateral (
  select referral_id, next_at from timer where timer.urgency = of_class.urgency and next_at <= $1
  and not referral_id = any($2::uuid[]) order by next_at limit $3) as due
order by of_class.urgency, due.next_at limit $3
"""
"""The most urgent first, of those the longest due: after an outage a U0 does not wait behind yesterday's reminders."""
PUT_RIGHT = "update timer set next_at = $3 where referral_id = $1 and next_at = $2"
STOP = "delete from timer where referral_id = $1 and next_at = $2"


class Clockwork:
    """Runs beside the referral service until cancelled."""

    def __init__(
        self,
        *,
        log: Log,
        database: Database,
        clock: Clock,
        ladders: Ladders,
        counting: Counting,
        beside: Sequence[Callable[[], Awaitable[int]]] = (),
    ) -> None:
        """By this clock and these ladders. ``beside``: what else is due by time alone, struck in the same beat."""
        self._counting = counting
        self.beside = beside
        self._log = log
        self._database = database
        self._clock = clock
        self._ladders = ladders
        self._wake = asyncio.Event()
        self._unreadable: set[UUID] = set()
        """Whose events this program cannot read: they must not keep the others' clocks from striking."""

    @property
    def actor(self) -> str:
        """How an event names it."""
        return f"clock:{self._ladders.version}"

    def announce(self, batch: Sequence[Recorded[Event]]) -> None:
        """Called after every commit of the log. What the rules send has time: it wakes nobody."""
        if any(not fact.actor.startswith("rules:") for fact in batch):
            self._wake.set()

    async def run(self) -> None:
        """Strikes for ever; an outage of the database is waited out."""
        while True:
            self._wake.clear()
            try:
                if await self.strike() + sum([await strike() for strike in self.beside]):
                    continue
            except ServiceError as error:
                logger.warning("clockwork_interrupted", code=error.code)
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE):
                    await self._wake.wait()

    async def strike(self) -> int:
        """Does what is due by now, for so many referrals at most as are taken at once; with how many it is done.

        With those that others write to all the while it is not: they are looked at again after a moment.
        """
        async with self._database.reading() as connection:
            rows = await connection.fetch(DUE, self._clock(), list(self._unreadable), AT_ONCE, list(Urgency))
            caravans = await caravans_on(connection)
        attended = (self._attend(UUID(int=row["referral_id"].int), row["next_at"], caravans) for row in rows)
        return sum(await asyncio.gather(*attended))

    async def _attend(self, referral: UUID, was_due: datetime, caravans: Caravans) -> bool:
        """Climbs what is due of one referral; whether it is done with. After whoever was faster it is read again."""
        for _ in range(ATTEMPTS):
            workspace = Workspace(self._log, self._clock)
            try:
                await workspace.load([referral])
                if await self._climb(referral, workspace, caravans):
                    return True
                return await self._put_right(referral, was_due, fold(workspace.history(referral)), caravans)
            except VersionConflictError:
                continue
            except (UnreadableEventError, UnknownEventError):
                self._unreadable.add(referral)
                logger.exception("clock_cannot_read", referral=str(referral))
                return True  # it is not taken again: another takes its turn
        return False

    def _running(self, now: Referral, caravans: Caravans) -> Running:
        hours = self._counting.hours(now.urgency, now.desk)
        return Running.of(now, hours, caravan=caravans.since(now.shelter))

    async def _climb(self, referral: UUID, workspace: Workspace, caravans: Caravans) -> int:
        """Rung by rung, each an append of its own; how many.

        Raises:
            VersionConflictError: somebody else wrote first, or climbed the rung.
        """
        climbed = 0
        while (now := fold(workspace.history(referral))) is not None:
            left = due(self._running(now, caravans), self._ladders, self._clock())
            if not left:
                break
            command, before = left[0].command(referral), len(workspace.entries)
            for event in left[0].happens(now, self._ladders):
                workspace.record(referral, event, case=now.case, actor=self.actor, cause=command)
            result = await self._log.append(Append(entries=workspace.entries[before:], command=command))
            if result.repeated:
                raise VersionConflictError
            climbed += 1
        return climbed

    async def _put_right(self, referral: UUID, was_due: datetime, now: Referral | None, caravans: Caravans) -> bool:
        """A timer wound by other ladders than these, or that went off as somebody acted: nothing was due.

        Whether it goes off at another moment now.
        """
        at = None if now is None else next_at(self._running(now, caravans), self._ladders)
        async with self._database.reading() as connection:
            if at is None:
                await connection.execute(STOP, referral, was_due)
            else:
                await connection.execute(PUT_RIGHT, referral, was_due, at)
        return at != was_due
