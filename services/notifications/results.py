"""What became of an attempt, as events: no address in them, and who is told next when nobody can be reached."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events.contract import Event
from events.notifications import AlertDeferred, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import AlertAbout, Duty
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import VersionConflictError
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.notifications.domain import after_failure, is_answered, is_reached, next_told
from services.notifications.due import Due
from services.notifications.telling import Telling

ACTOR = "notifications"
ATTEMPTS = 5

WAYS = "select greatest(count(*) filter (where channel = any($2::text[])), 1) from contact_way where contact_id = $1"
ROUNDS = "select rounds from delivery where alert_id = $1 and contact_id = $2"
REACHABLE = "select count(*) from delivery where alert_id = $1 and contact_id <> $2 and rounds < $3"
"""Those for whom not every way was tried in vain often enough."""


class Results:
    """Appends results to alerts' streams."""

    def __init__(self, log: Log, database: Database, clock: Clock, telling: Telling, channels: Sequence[str]) -> None:
        """``channels`` are those that this installation has."""
        self._log = log
        self._database = database
        self._clock = clock
        self._telling = telling
        self._channels = list(channels)

    async def deferred(self, due: Sequence[Due], until: datetime) -> None:
        """It is the contact's quiet hours."""
        for _ in range(ATTEMPTS):
            workspace = Workspace(self._log, self._clock)
            await workspace.load(one.alert for one in due)
            for one in due:
                if not is_answered(workspace.history(one.alert)):
                    event = AlertDeferred(referral=one.referral, agency=one.agency, contact=one.contact, until=until)
                    self._add(one, event, workspace)
            if await self._append(workspace):
                return

    async def record(self, due: Sequence[Due], failure: str | None, message_id: str) -> None:
        """The result of one message, which told of so many alerts.

        Acknowledged meanwhile: the attempt is still a fact, but nothing follows from it.
        """
        async with self._database.reading() as connection:
            ways = await connection.fetchval(WAYS, due[0].contact, self._channels)
        for _ in range(ATTEMPTS):
            workspace = Workspace(self._log, self._clock)
            await workspace.load(one.alert for one in due)
            for one in due:
                if failure is None:
                    self._add(one, self._delivered(one, len(due), message_id), workspace)
                else:
                    await self._failed(one, failure, ways, workspace)
            if await self._append(workspace):
                return

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

    async def _failed(self, due: Due, failure: str, ways: int, workspace: Workspace) -> None:
        attempt, answered = due.attempts + 1, is_answered(workspace.history(due.alert))
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
        self._add(due, event, workspace)
        if not answered and way == 1:
            await self._tell_the_next(due, workspace)

    async def _tell_the_next(self, due: Due, workspace: Workspace) -> None:
        """If every way to everybody told was tried in vain, often enough, it does not wait for the ladder."""
        history, rounds = workspace.history(due.alert), self._telling.unreached[due.urgency]
        duty = next_told(history)
        if duty is None or is_reached(history):
            return
        async with self._database.reading() as connection:
            tried = await connection.fetchval(ROUNDS, due.alert, due.contact)
            if (
                tried is None
                or tried + 1 < rounds
                or await connection.fetchval(REACHABLE, due.alert, due.contact, rounds)
            ):
                return
        raised = next((fact.event for fact in reversed(history) if isinstance(fact.event, AlertRaised)), None)
        if raised is None or raised.about is AlertAbout.SILENCE:
            return  # a change of shift: both know of it; a silence is not told to those who are silent
        event = raised.model_copy(update={"duties": (Duty(duty),), "escalation": None, "unreached": True})
        self._add(due, event, workspace)

    def _add(self, due: Due, event: Event, workspace: Workspace) -> None:
        cause = workspace.history(due.alert)[0]
        workspace.record(due.alert, event, case=due.case, actor=ACTOR, cause=cause)

    async def _append(self, workspace: Workspace) -> bool:
        if not workspace.entries:
            return True
        try:
            await self._log.append(Append(entries=workspace.entries))
        except VersionConflictError:
            return False
        return True
