"""The read model of tasks, with the moment at which the clock looks at each next."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.obligations import ObligationDone, ObligationDue, ObligationReminded
from events.referral import ReferralFact, ReferralHandedOver, RulesAdopted
from events.referral_states import CLOSED
from events.vocabulary import ObligationResult, ReferralState
from services.referral.obligations.domain import Task, deadline_of, ends, next_reminder_at
from services.referral.obligations.policy import ObligationPolicy

DUE = """
insert into obligation (task_id, sequence, case_id, referral_id, obligation, owner, agency, shelter, body, basis,
  policy, since, until, until_day, deadline)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (task_id) do update set sequence = excluded.sequence, referral_id = excluded.referral_id,
  agency = excluded.agency, shelter = excluded.shelter, body = excluded.body, basis = excluded.basis,
  policy = excluded.policy, since = excluded.since, until = excluded.until, until_day = excluded.until_day,
  deadline = excluded.deadline, reminders = '[]', ended_as = null, ended_at = null, result = null, done_at = null,
  done_as = null
"""
REMINDED = "update obligation set reminders = reminders || $2::jsonb where task_id = $1"
DONE = "update obligation set result = $2, done_at = $3, done_as = $4 where task_id = $1"
CLOSED_REFERRAL = """
update obligation set ended_as = $2, ended_at = $3 where referral_id = $1 and done_at is null returning task_id
"""
HANDED_OVER = "update obligation set shelter = $2 where case_id = $1 and owner = 'shelter' and done_at is null"
READ = "select * from obligation where task_id = any($1::uuid[])"
READ_OPEN = "select * from obligation where done_at is null"
SCHEDULE = "update obligation set next_at = $2 where task_id = $1"
RESCHEDULE = "update obligation set next_at = $3 where task_id = $1 and next_at = $2"


class ObligationProjection:
    """Follows the tasks, and what becomes of the referrals that they began with."""

    def __init__(self, policy: ObligationPolicy) -> None:
        """Needs the ladders, and what ends a task."""
        self._policy = policy

    async def __call__(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Updates the rows one by one, in the order of the facts: there are few. A new policy sets every clock anew."""
        touched: set[UUID] = set()
        for fact in batch:
            touched.update(await _apply(connection, fact))
        everything = any(isinstance(fact.event, RulesAdopted) for fact in batch)
        if not everything and not touched:
            return
        rows = await connection.fetch(READ_OPEN) if everything else []
        rows += await connection.fetch(READ, touched) if touched else []
        moments = [(row["task_id"], next_look_at(row, self._policy)) for row in rows]
        await connection.executemany(SCHEDULE, moments)


def next_look_at(row: Any, policy: ObligationPolicy) -> datetime | None:
    """When the clock looks at a task: at its next reminder, or as soon as its referral ended it; ``None``: never."""
    task = task_of(row)
    if ends(task, ended_as(row), policy):
        ended_at: datetime = row["ended_at"]
        return ended_at
    return next_reminder_at(task, policy)


def task_of(row: Any) -> Task:
    """The task of a row, as its events fold to."""
    same = [name for name in ObligationDue.model_fields if name != "referral"]
    due = ObligationDue.model_validate({name: row[name] for name in same} | {"referral": row["referral_id"]})
    return Task(
        id=row["task_id"],
        case=row["case_id"],
        due=due,
        since=row["since"],
        version=0,
        fired=frozenset(one["rung"] for one in json.loads(row["reminders"])),
        result=None if row["result"] is None else ObligationResult(row["result"]),
    )


def ended_as(row: Any) -> ReferralState | None:
    """The state in which the task's referral closed while the task was open."""
    return None if row["ended_as"] is None else ReferralState(row["ended_as"])


async def reschedule(connection: asyncpg.Connection, task: UUID, was_due: datetime, at: datetime | None) -> None:
    """Sets one task's clock anew; does nothing if somebody acted in the meantime."""
    await connection.execute(RESCHEDULE, task, was_due, at)


async def _apply(connection: asyncpg.Connection, fact: Recorded[Event]) -> Collection[UUID]:
    """Applies one fact; returns the tasks whose clock it may change."""
    match fact.event:
        case ObligationDue() as event:
            await connection.execute(DUE, *_row(fact, event))
        case ObligationReminded() as event:
            at = fact.recorded_at.astimezone(UTC).isoformat()
            await connection.execute(REMINDED, fact.stream, json.dumps([{"rung": event.rung, "at": at}]))
        case ObligationDone() as event:
            done_as = ":".join(fact.actor.split(":")[:2])
            await connection.execute(DONE, fact.stream, event.result, fact.recorded_at, done_as)
        case ReferralHandedOver() as event:
            await connection.execute(HANDED_OVER, fact.case, event.shelter)
            return ()
        case ReferralFact(STATE=state) if state in CLOSED:
            rows = await connection.fetch(CLOSED_REFERRAL, fact.stream, state, fact.recorded_at)
            return {row["task_id"] for row in rows}
        case _:
            return ()
    return (fact.stream,)


def _row(fact: Recorded[Event], event: ObligationDue) -> tuple[Any, ...]:
    return (
        fact.stream,
        fact.position,
        fact.case,
        event.referral,
        event.obligation,
        event.owner,
        event.agency,
        event.shelter,
        event.body,
        event.basis,
        event.policy,
        fact.recorded_at,
        event.until,
        event.until_day,
        deadline_of(event),
    )
