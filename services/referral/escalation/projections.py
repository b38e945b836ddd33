"""Stores for every referral the moment at which its next escalation step is due.

Updated in the transaction that appends the events, so that a crash cannot lose a timer. New referrals are folded from
the batch; all others are read from the rows just written, in one query per batch.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.referral import ReferralFact, ReferralProposed, RulesAdopted
from events.referral_states import OPEN
from events.silence import CaravanBegan, CaravanEnded
from services.chassis.eventlog.projections import columns
from services.referral.caravans.domain import Caravans
from services.referral.caravans.queries import active_caravans
from services.referral.deadlines.policy import CountedHours
from services.referral.escalation.domain import next_due_at
from services.referral.escalation.policy import EscalationPolicy
from services.referral.escalation.rows import escalation_state
from services.referral.escalation.state import EscalationState
from services.referral.lifecycle.domain import Referral, evolve

READ = "select * from referral where referral_id = any($1::uuid[])"
READ_ALL = """
select * from referral where (state = any($1::text[]) or (deletion_due is not null and deletion_confirmed_at is null))
"""
READ_OF_SHELTERS = READ_ALL + "and shelter = any($2::text[]) and urgency <> 'U0'"
SCHEDULE = """
insert into timer (referral_id, next_at, urgency) select * from unnest($1::uuid[], $2::timestamptz[], $3::text[])
on conflict (referral_id) do update set next_at = excluded.next_at, urgency = excluded.urgency
"""
UNSCHEDULE = (
    "delete from timer using unnest($1::uuid[]) as still (referral_id) where timer.referral_id = still.referral_id"
)
RESCHEDULE = "update timer set next_at = $3 where referral_id = $1 and next_at = $2"
UNSCHEDULE_ONE = "delete from timer where referral_id = $1 and next_at = $2"


class TimerProjection:
    """Must run after the projection of the referrals' rows."""

    def __init__(self, policy: EscalationPolicy, counted_hours: CountedHours) -> None:
        """Needs the escalation policy, and the hours that a class counts at a desk."""
        self._policy = policy
        self._counting = counted_hours

    async def __call__(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Updates the timers of a batch. Adopting a policy reschedules all of them."""
        new_referrals: dict[UUID, Referral] = {}
        touched: set[UUID] = set()
        for fact in batch:
            if isinstance(fact.event, ReferralProposed):
                new_referrals[fact.stream] = evolve(None, fact)
            elif isinstance(fact.event, ReferralFact):
                if fact.stream in new_referrals:
                    new_referrals[fact.stream] = evolve(new_referrals[fact.stream], fact)
                else:
                    touched.add(fact.stream)
        caravans = await active_caravans(connection)
        new = [
            (stream, next_due_at(self._state(one, caravans), self._policy), one.urgency)
            for stream, one in new_referrals.items()
        ]
        if scheduled := [one for one in new if one[1] is not None]:
            await connection.copy_records_to_table(
                "timer", records=scheduled, columns=("referral_id", "next_at", "urgency")
            )
        if touched:
            await self._schedule(connection, await connection.fetch(READ, touched), caravans)
        if any(isinstance(fact.event, RulesAdopted) for fact in batch):
            await self._schedule(connection, await connection.fetch(READ_ALL, list(OPEN)), caravans)
        elif shelters := _shelters_of_caravans(batch):
            await self._schedule(
                connection, await connection.fetch(READ_OF_SHELTERS, list(OPEN), list(shelters)), caravans
            )

    def _state(self, referral: Referral, caravans: Caravans) -> EscalationState:
        hours = self._counting.hours(referral.urgency, referral.desk)
        return EscalationState.of(referral, hours, caravan=caravans.since(referral.shelter))

    async def _schedule(self, connection: asyncpg.Connection, rows: Sequence[Any], caravans: Caravans) -> None:
        moments: list[tuple[UUID, datetime | None, str]] = [
            (
                row["referral_id"],
                next_due_at(escalation_state(row, self._counting, caravans), self._policy),
                row["urgency"],
            )
            for row in rows
        ]
        scheduled = [one for one in moments if one[1] is not None]
        unscheduled = [(stream,) for stream, at, _ in moments if at is None]
        if scheduled:
            await connection.execute(SCHEDULE, *columns(scheduled))
        if unscheduled:
            await connection.execute(UNSCHEDULE, *columns(unscheduled))


async def reschedule(connection: asyncpg.Connection, referral: UUID, was_due: datetime, at: datetime | None) -> None:
    """Reschedules one timer, or removes it if ``at`` is ``None``; does nothing if somebody acted in the meantime."""
    if at is None:
        await connection.execute(UNSCHEDULE_ONE, referral, was_due)
    else:
        await connection.execute(RESCHEDULE, referral, was_due, at)


def _shelters_of_caravans(batch: Sequence[Recorded[Event]]) -> set[str]:
    """The shelters whose escalation changes because caravan mode began or ended."""
    facts = (fact.event for fact in batch)
    return {one for event in facts if isinstance(event, CaravanBegan | CaravanEnded) for one in event.shelters}
