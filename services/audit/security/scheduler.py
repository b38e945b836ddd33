"""Records the acts that the database noted, and that tokens end, in the audit service's own log.

An act is recorded once: its id is the command's. A process that ends between the log and the mark that the act is
recorded finds its first result again.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from events.security import SecurityAct, TokenExpiring
from services.audit.security.domain import ACTOR, Act, due_event, event_of, stream_of
from services.audit.security.queries import ending_tokens, forget_pending, pending_acts
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.eventlog.commands import execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.liveness import beat

logger = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
TOKENS_EVERY = timedelta(hours=1)


class ActRecorder:
    """Runs beside the audit service until cancelled."""

    def __init__(self, *, log: Log, database: Database, clock: Clock) -> None:
        """Reads acts and tokens with the service's own role."""
        self._log = log
        self._database = database
        self._clock = clock
        self._looked: datetime | None = None

    async def run(self) -> None:
        """Records until cancelled; retries while the database is unavailable or the log is halted."""
        while True:
            try:
                await self.record_pending()
                await self._look_at_tokens()
                beat()
            except ServiceError as error:
                logger.warning("recording_interrupted", code=error.code)
            await asyncio.sleep(POLL_SECONDS)

    async def record_pending(self) -> None:
        """Records every act that is not recorded yet, in their order."""
        while acts := await pending_acts(self._database):
            for act in acts:
                await self._record(act)
            await forget_pending(self._database, [act.id for act in acts])

    async def _record(self, act: Act) -> None:
        await self._append(event_of(act), act.id, act.actor, act.at)

    async def _look_at_tokens(self) -> None:
        now = self._clock()
        if self._looked is not None and now - self._looked < TOKENS_EVERY:
            return
        for token in await ending_tokens(self._database, now):
            event = due_event(token, now)
            if event is None:
                continue
            if isinstance(event, TokenExpiring):
                logger.warning("token_expires_soon", who=str(token.id), role=token.role, org=token.org)
            await self._append(event, uuid5(token.id, event.NAME), ACTOR, now)
        self._looked = now

    async def _append(self, event: SecurityAct, command: UUID, actor: str, at: datetime) -> None:
        stream = stream_of(event)

        async def decide(_: None, work: UnitOfWork) -> None:
            work.record(stream, event, case=None, actor=actor, occurred_at=at, cause=command)

        await execute(self._log, self._clock, command, None, [stream], decide=decide)
