"""Stores the replays: that one began, how far it is, and its result. They are no facts: the log has who asked what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.referral.what_if.schemas import ReplayResult, RunState

STALE = timedelta(minutes=2)
"""A run that has said nothing for so long has ended: its process is no more."""
END_STALE = "update what_if_run set state = 'failed' where state = 'running' and seen_at < $1"
BEGIN = """
insert into what_if_run
  (run_id, state, started_at, started_by, seen_at, rule_set, deadlines, first_day, last_day, cases, texts)
values ($1, 'running', $2, $3, $2, $4, $5, $6, $7, $8, $9)
"""
GO_ON = "update what_if_run set seen_at = $2, done = $3 where run_id = $1 and state = 'running'"
END = "update what_if_run set state = $2, seen_at = $3, result = $4::jsonb where run_id = $1 and state = 'running'"


class ReplayRunsError(ServiceError):
    """Another replay runs: one at a time, so that the desks never wait for it."""

    code = "replay_runs"
    status = 409


async def begin_run(connection: asyncpg.Connection, values: tuple[Any, ...], now: datetime) -> None:
    """Stores a run, in the transaction of its event.

    Raises:
        ReplayRunsError: another one runs.
    """
    await connection.execute(END_STALE, now - STALE)
    try:
        await connection.execute(BEGIN, *values)
    except asyncpg.UniqueViolationError:
        raise ReplayRunsError from None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Says of a run how far it is, and how it ended."""

    database: Database

    async def go_on(self, run: UUID, now: datetime, done: int) -> None:
        """Stores how many cases were looked at."""
        async with self.database.correcting() as connection:
            await connection.execute(GO_ON, run, now, done)

    async def end(self, run: UUID, now: datetime, result: ReplayResult | None) -> None:
        """Stores the result, without the cases that it names; ``None``: there is none."""
        kept = None
        if result is not None:
            kept = orjson.dumps(result.model_copy(update={"named": None}).model_dump(mode="json")).decode()
        async with self.database.correcting() as connection:
            await connection.execute(END, run, RunState.FAILED if kept is None else RunState.DONE, now, kept)
