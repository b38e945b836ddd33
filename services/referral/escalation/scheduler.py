"""Fires escalation steps when they are due: notifies, expires a referral, closes one without confirmation.

Timers are stored in PostgreSQL, so that no crash or outage loses one. A step is appended under a command id derived
from referral, clock, step and deadline: however many schedulers run, and however often they restart, it fires once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from events.contract import Event, Recorded, UnknownEventError, UnreadableEventError
from events.vocabulary import Agency
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.liveness import beat
from services.referral.caravans.domain import Caravans
from services.referral.caravans.queries import active_caravans
from services.referral.deadlines.policy import CountedHours
from services.referral.escalation.domain import DueStep, due_steps, next_due_at
from services.referral.escalation.policy import EscalationPolicy
from services.referral.escalation.projections import reschedule
from services.referral.escalation.queries import representative_of, timers_due
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.domain import Referral, fold
from services.referral.lifecycle.expiry import ConsentExpiry

logger = structlog.get_logger(__name__)

RETRIES = 5
POLL_SECONDS = 0.5
"""Steps fall due by time alone, so the timers are read at least this often."""


class EscalationScheduler:
    """Runs within the referral service until cancelled."""

    def __init__(
        self,
        *,
        log: Log,
        database: Database,
        clock: Clock,
        policy: EscalationPolicy,
        counted_hours: CountedHours,
        expiry: ConsentExpiry,
        also_due: Sequence[Callable[[], Awaitable[int]]] = (),
    ) -> None:
        """``expiry``: what becomes of a referral whose consent ran out.

        ``also_due``: other periodic jobs, run in the same round; each returns how many things it did.
        """
        self._expiry = expiry
        self._counting = counted_hours
        self.also_due = also_due
        self._log = log
        self._database = database
        self._clock = clock
        self._policy = policy
        self._wake = asyncio.Event()
        self._unreadable: set[UUID] = set()
        """Referrals with events that this version cannot read; skipped, so that the others' steps still fire."""

    @property
    def actor(self) -> str:
        """The actor of the events that this scheduler records."""
        return f"clock:{self._policy.version}"

    def on_commit(self, batch: Sequence[Recorded[Event]]) -> None:
        """Wakes the scheduler after a commit, unless the rules recorded it: no first step of theirs is due at once."""
        if any(not fact.actor.startswith("rules:") for fact in batch):
            self._wake.set()

    async def run(self) -> None:
        """Runs until cancelled; retries after an outage of the database."""
        while True:
            self._wake.clear()
            try:
                done = await self.run_due() + sum([await run_due() for run_due in self.also_due])
                beat()
                if done:
                    continue
            except ServiceError as error:
                logger.warning("clockwork_interrupted", code=error.code)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def run_due(self) -> int:
        """Fires what is due by now, for at most one batch of referrals; returns how many of them are finished.

        A referral that others keep writing to is not finished; it is read again in the next round.
        """
        async with self._database.reading() as connection:
            due_by_now = await timers_due(connection, self._clock(), besides=self._unreadable)
            caravans = await active_caravans(connection)
        attended = (self._process(referral, was_due, caravans) for referral, was_due in due_by_now)
        return sum(await asyncio.gather(*attended))

    async def _process(self, referral: UUID, was_due: datetime, caravans: Caravans) -> bool:
        """Fires the due steps of one referral, rereading it after a conflict; returns whether it is finished."""
        for _ in range(RETRIES):
            work = UnitOfWork(self._log, self._clock)
            try:
                await work.load([referral])
                if await self._fire_due_steps(referral, work, caravans):
                    return True
                return await self._reschedule(referral, was_due, fold(work.history(referral)), caravans)
            except VersionConflictError:
                continue
            except (UnreadableEventError, UnknownEventError):
                self._unreadable.add(referral)
                logger.exception("clock_cannot_read", referral=str(referral))
                return True  # counted as finished: the referral is skipped from now on
        return False

    def _state(self, now: Referral, caravans: Caravans) -> EscalationState:
        hours = self._counting.hours(now.urgency, now.desk)
        return EscalationState.of(now, hours, caravan=caravans.since(now.shelter))

    async def _fire_due_steps(self, referral: UUID, work: UnitOfWork, caravans: Caravans) -> int:
        """Fires the due steps one by one, each in an append of its own; returns how many.

        Raises:
            VersionConflictError: somebody else wrote first, or fired the step.
        """
        fired_steps = 0
        while (now := fold(work.history(referral))) is not None:
            left = due_steps(self._state(now, caravans), self._policy, self._clock())
            if not left:
                break
            command, before = left[0].command(referral), len(work.entries)
            speaks = await self._representative(now) if left[0].asks_for_a_child(now) else None
            if await self._ends(left[0], now, work, command):
                for event in left[0].to_events(now, self._policy, representative=speaks):
                    work.record(referral, event, case=now.case, actor=self.actor, cause=command)
            result = await self._log.append(Append(entries=work.entries[before:], command=command))
            if result.repeated:
                raise VersionConflictError
            fired_steps += 1
        return fired_steps

    async def _representative(self, referral: Referral) -> Agency | None:
        async with self._database.as_system() as connection:
            return await representative_of(connection, referral.case)

    async def _ends(self, due: DueStep, now: Referral, work: UnitOfWork, command: UUID) -> bool:
        """Records what becomes of a referral whose consent ran out; returns whether anybody is alerted of the step."""
        end = due.step.then
        if end not in ("lapse", "withdraw"):
            return True
        renew_within = self._policy.time_to_renew(now.urgency)
        return await self._expiry(end, now, work, command=command, actor=self.actor, renew_within=renew_within)

    async def _reschedule(self, referral: UUID, was_due: datetime, now: Referral | None, caravans: Caravans) -> bool:
        """Reschedules a timer without a due step: another policy had set it, or somebody acted at that moment.

        Returns whether the due time changed.
        """
        at = None if now is None else next_due_at(self._state(now, caravans), self._policy)
        async with self._database.reading() as connection:
            await reschedule(connection, referral, was_due, at)
        return at != was_due
