"""Commits the records of what is about to be shown; what one process recorded before costs it no query.

Whoever shows something asks first, and shows it only after ``True``. A log that takes nothing now is answered with
``False`` instead of an error, so that a desk still sees what waits for it, without what must be recorded (ADR 0045).
"""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

import structlog

from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.errors import LogHaltedError, StoreUnavailableError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.showings.domain import Showing

logger = structlog.get_logger(__name__)

REMEMBERED = 20_000
"""Streams whose first record this process remembers: some megabytes."""


class ShowingRecorder:
    """Records showings in a service's log."""

    def __init__(self, log: Log, clock: Clock) -> None:
        """Appends to ``log`` at the clock's time."""
        self._log = log
        self._clock = clock
        self._known: OrderedDict[UUID, Showing] = OrderedDict()

    async def is_recorded(self, showings: Sequence[Showing], by: Principal) -> bool:
        """Records those that are not recorded yet, all or none; whether all are recorded now."""
        try:
            await self.record(showings, by)
        except (LogHaltedError, StoreUnavailableError, VersionConflictError) as error:
            logger.warning("showing_not_recorded", code=error.code, count=len(showings))
            return False
        return True

    async def record(self, showings: Sequence[Showing], by: Principal) -> None:
        """Records those that are not recorded yet, all or none.

        Raises:
            LogHaltedError: an alarm stopped the log.
            StoreUnavailableError: PostgreSQL is away.
            VersionConflictError: the same was recorded elsewhere in every attempt.
        """
        missing = list({one.stream: one for one in showings if not self._knows(one)}.values())
        if not missing:
            return
        if not await self._recorded_as_new(missing, by):
            await self._recorded_beside_others(missing, by)
        for one in missing:
            self._remember(one)

    async def _recorded_as_new(self, missing: Sequence[Showing], by: Principal) -> bool:
        """Appends each as the first record of its stream, which it nearly always is; whether all of them were."""
        work = UnitOfWork(self._log, self._clock)
        for one in missing:
            work.begin(one.stream)
            work.record(one.stream, one.event, case=one.case, actor=by.actor, cause=one.stream)
        try:
            await self._log.append(Append(entries=work.entries))
        except VersionConflictError:
            return False
        return True

    async def _recorded_beside_others(self, missing: Sequence[Showing], by: Principal) -> None:
        """Appends those that no record of their stream says yet."""

        async def decide(_: None, work: UnitOfWork) -> None:
            for one in missing:
                if one.is_new_after(work.history(one.stream)):
                    work.record(one.stream, one.event, case=one.case, actor=by.actor, cause=one.stream)

        await execute(self._log, self._clock, None, by.actor, [one.stream for one in missing], decide=decide)

    def _knows(self, showing: Showing) -> bool:
        known = self._known.get(showing.stream)
        return known is not None and showing.covers(known.event, showing.event)

    def _remember(self, showing: Showing) -> None:
        self._known[showing.stream] = showing
        self._known.move_to_end(showing.stream)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
