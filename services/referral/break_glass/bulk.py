"""Lets one person open only so many exceptional accesses, and records once a day that somebody wanted more.

A justification is one life; a list of them is something else, and its review comes a day late.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.break_glass import BreakGlassLimited
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.limits import Limit
from services.chassis.throttle import Admitted, Throttle, TooManyAttemptsError
from services.referral.break_glass.domain import TooManyAccessesError
from services.referral.break_glass.policy import DAY, HOUR, AccessPolicy

NAMESPACE = UUID("6c1b7c0e-5f0e-5a53-9d55-2b8e4a0c7f19")
LIMIT_KEY_PURPOSE = b"canaliza exceptional access limit v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessesInBulk:
    """Counts the accesses that each person opens."""

    log: Log
    clock: Clock
    throttle: Throttle
    policy: AccessPolicy

    async def admit(self, by: Principal) -> Admitted:
        """Counts one access before anything is looked up, so that a refusal tells of no referral whether it exists.

        Returns where it was counted, for ``give_back``.

        Raises:
            TooManyAccessesError: the person opened as many as the policy lets one person open.
        """
        whose, now = by.person or by.actor, self.clock()
        try:
            return await self.throttle.admit(self.policy.limits(whose), now)
        except TooManyAttemptsError as error:
            if await self.throttle.count(Limit("told of a burst", whose, 1, HOUR), now) == 1:
                await self._record(whose, by, now)
            raise TooManyAccessesError from error

    async def give_back(self, admitted: Admitted) -> None:
        """Takes back what was counted of an access that was not opened."""
        await self.throttle.give_back(admitted)

    async def _record(self, whose: str, by: Principal, now: datetime) -> None:
        stream = uuid5(NAMESPACE, whose)

        async def decide(_: None, work: UnitOfWork) -> None:
            written = self.policy.written
            event = BreakGlassLimited(opened_for=by.org, an_hour=written.an_hour, a_day=written.a_day)
            work.record(stream, event, case=None, actor=by.actor, cause=uuid5(stream, now.isoformat()))

        await execute(self.log, self.clock, None, by.actor, [stream], decide=decide)


LONGEST = DAY
"""The longest of its windows, after which nothing is stored of an attempt."""
