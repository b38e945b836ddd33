"""Somebody has read an alert that asks for nothing: it ends."""

from dataclasses import dataclass
from uuid import UUID

from events.notifications import AlertAnswered
from services.chassis.authorization.policy import Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.notifications.alerts.domain import ends_when_read, is_answered
from services.notifications.alerts.queries import FoundAlert, find_alert
from services.notifications.alerts.raising import answer_to
from services.notifications.alerts.schemas import AlertSeen


class AlertNeedsAnActError(ServiceError):
    """The alert asks for something, and ends when that is done."""

    code = "alert_needs_an_act"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCommands:
    """Ends alerts that were read; a repeated command takes effect once."""

    log: Log
    clock: Clock
    database: Database

    async def mark_seen(self, command: UUID, alert: UUID, principal: Principal) -> AlertSeen:
        """Ends an alert of a shelter or of the programme that needs no act. One that has ended stays as it is.

        Raises:
            AlertNeedsAnActError: it ends when what it asks for is done.
            CommandIdReusedError: the id was used for another command.
            NotFoundError: no such alert, or another organisation's.
        """

        async def admit(_work: UnitOfWork) -> FoundAlert:
            return await find_alert(self.database, principal, alert)

        async def decide(found: FoundAlert, work: UnitOfWork) -> Decided | None:
            history = work.history(alert)
            if not ends_when_read(history, found.about, found.shelter):
                raise AlertNeedsAnActError
            if is_answered(history):
                return None
            work.record(alert, answer_to(history), case=history[0].case, actor=principal.actor, cause=command)
            return Decided()

        same = led_to(AlertAnswered)
        actor = principal.actor
        await execute(self.log, self.clock, command, actor, [alert], admit=admit, decide=decide, same=same)
        return AlertSeen(alert_id=alert, state="answered")
