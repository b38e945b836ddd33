"""Records the results of attempts, and notifies the next duty when nobody could be reached. No event has an address."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from events.contract import Event
from events.notifications import AlertAnswered, AlertDeferred, AlertDelivered, AlertNotDelivered
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import ACTOR, is_answered, is_delivered, last_raised, next_duty
from services.notifications.alerts.texts import TEST
from services.notifications.delivery.domain import after_failure
from services.notifications.delivery.policy import NotificationPolicy
from services.notifications.delivery.queries import count_channels, was_last_contact_to_fail
from services.notifications.delivery.queue import Due


class DeliveryResults:
    """Appends results to the alerts' streams."""

    def __init__(
        self, log: Log, database: Database, clock: Clock, policy: NotificationPolicy, channels: Sequence[str]
    ) -> None:
        """``channels`` are the names of those that this installation has."""
        self._log = log
        self._database = database
        self._clock = clock
        self._policy = policy
        self._channels = list(channels)

    async def deferred(self, due: Sequence[Due], until: datetime) -> None:
        """Postpones deliveries to the end of the contact's quiet hours."""

        async def decide(_: None, work: UnitOfWork) -> None:
            for one in due:
                if not is_answered(work.history(one.alert)):
                    event = AlertDeferred(referral=one.referral, agency=one.agency, contact=one.contact, until=until)
                    self._add(one, event, work)

        await self._append(due, decide)

    async def record(self, due: Sequence[Due], failure: str | None, message_id: str) -> None:
        """Records the result of one message about these alerts; ``failure`` ``None``: the channel took it.

        If somebody answered in the meantime, the attempt is recorded and not repeated.
        """
        ways = await count_channels(self._database, due[0].contact, self._channels)

        async def decide(_: None, work: UnitOfWork) -> None:
            for one in due:
                if failure is None:
                    self._add(one, self._delivered(one, len(due), message_id), work)
                else:
                    await self._failed(one, failure, ways, work)

        await self._append(due, decide)

    def _delivered(self, due: Due, together: int, message_id: str) -> Event:
        return AlertDelivered(
            referral=due.referral,
            agency=due.agency,
            channel=due.channel,
            contact=due.contact,
            attempt=due.attempts + 1,
            way=due.way,
            together=together,
            message=UUID(message_id[1:37]),
        )

    async def _failed(self, due: Due, failure: str, ways: int, work: UnitOfWork) -> None:
        attempt, answered = due.attempts + 1, is_answered(work.history(due.alert))
        if due.notice == TEST:  # of this one channel, once: whoever tests it sees that it failed
            way, wait, answered = due.way, timedelta(0), True
        else:
            way, wait = after_failure(due.urgency, attempt, due.way, ways)
        event = AlertNotDelivered(
            referral=due.referral,
            agency=due.agency,
            channel=due.channel,
            contact=due.contact,
            attempt=attempt,
            failure=failure,
            retry_at=None if answered else self._clock() + wait,
            way=due.way,
            next_way=way,
        )
        self._add(due, event, work)
        if due.notice == TEST:
            self._add(due, AlertAnswered(referral=due.referral, agency=due.agency, of_desk=False), work)
        if not answered and way == 1:
            await self._notify_next(due, work)

    async def _notify_next(self, due: Due, work: UnitOfWork) -> None:
        """Notifies the next duty, before its escalation step is due, once every channel of every contact has failed."""
        history, rounds = work.history(due.alert), self._policy.failover_after[due.urgency]
        duty = next_duty(history)  # none of a handover, and none of a silence, which is not reported to the silent
        if duty is None or is_delivered(history):
            return
        if not await was_last_contact_to_fail(self._database, due.alert, due.contact, rounds):
            return
        raised = last_raised(history)
        if raised is None:
            return
        event = raised.event.model_copy(update={"duties": (duty,), "escalation": None, "unreached": True})
        self._add(due, event, work)

    def _add(self, due: Due, event: Event, work: UnitOfWork) -> None:
        cause = work.history(due.alert)[0]
        work.record(due.alert, event, case=due.case, actor=ACTOR, cause=cause)

    async def _append(self, due: Sequence[Due], decide: Callable[[None, UnitOfWork], Awaitable[None]]) -> None:
        """Gives up after repeated conflicts: then the lease expires and the delivery is attempted again."""
        with suppress(VersionConflictError):
            streams = [one.alert for one in due]
            await execute(self._log, self._clock, None, ACTOR, streams, decide=decide)
