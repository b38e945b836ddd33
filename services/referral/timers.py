"""Keeps, for every referral of which anything can fall due, the moment when it next does.

In the transaction that appends: a referral is never without its timer, however a process ends. A new one is wound
from the facts at hand; of the others the rows that were just written are read, in one query a batch.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.referral import ReferralFact, ReferralProposed, RulesAdopted
from events.silence import CaravanBegan, CaravanEnded
from services.chassis.read_models import columns
from services.referral.caravans import Caravans, caravans_on
from services.referral.deadlines import Counting
from services.referral.domain import OPEN, Referral, evolve
from services.referral.ladder import Running, next_at
from services.referral.ladder_policy import Ladders
from services.referral.rows import running

READ = "select * from referral where referral_id = any($1::uuid[])"
READ_ALL = """
select * from referral where state = any($1::text[]) or (deletion_due is not null and deletion_confirmed_at is null)
"""
READ_THOSE = "select * from referral where state = any($1::text[]) and shelter = any($2::text[]) and urgency <> 'U0'"
WIND = """
insert into timer (referral_id, next_at, urgency) select * from unnest($1::uuid[], $2::timestamptz[], $3::text[])
on conflict (referral_id) do update set next_at = excluded.next_at, urgency = excluded.urgency
"""
COLUMNS = ("referral_id", "next_at", "urgency")
STOP = "delete from timer using unnest($1::uuid[]) as still (referral_id) where timer.referral_id = still.referral_id"


class Winding:
    """A projection: to be run after that of the referrals' rows."""

    def __init__(self, ladders: Ladders, counting: Counting) -> None:
        """By these ladders, and the hours that a class counts at a desk."""
        self._ladders = ladders
        self._counting = counting

    async def __call__(self, connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
        """Brings the timers up to a batch. Adopting a policy winds all of them anew."""
        begun: dict[UUID, Referral] = {}
        touched: set[UUID] = set()
        for fact in batch:
            if isinstance(fact.event, ReferralProposed):
                begun[fact.stream] = evolve(None, fact)
            elif isinstance(fact.event, ReferralFact):
                if fact.stream in begun:
                    begun[fact.stream] = evolve(begun[fact.stream], fact)
                else:
                    touched.add(fact.stream)
        caravans = await caravans_on(connection)
        new = [
            (stream, next_at(self._running(one, caravans), self._ladders), one.urgency) for stream, one in begun.items()
        ]
        if wound := [one for one in new if one[1] is not None]:
            await connection.copy_records_to_table(
                "timer", records=wound, columns=("referral_id", "next_at", "urgency")
            )
        if touched:
            await self._wind(connection, await connection.fetch(READ, touched), caravans)
        if any(isinstance(fact.event, RulesAdopted) for fact in batch):
            await self._wind(connection, await connection.fetch(READ_ALL, list(OPEN)), caravans)
        elif shelters := _of_caravans(batch):
            await self._wind(connection, await connection.fetch(READ_THOSE, list(OPEN), list(shelters)), caravans)

    def _running(self, referral: Referral, caravans: Caravans) -> Running:
        hours = self._counting.hours(referral.urgency, referral.desk)
        return Running.of(referral, hours, caravan=caravans.since(referral.shelter))

    async def _wind(self, connection: asyncpg.Connection, rows: Sequence[Any], caravans: Caravans) -> None:
        moments: list[tuple[UUID, datetime | None, str]] = [
            (row["referral_id"], next_at(running(row, self._counting, caravans), self._ladders), row["urgency"])
            for row in rows
        ]
        wound = [one for one in moments if one[1] is not None]
        stopped = [(stream,) for stream, at, _ in moments if at is None]
        if wound:
            await connection.execute(WIND, *columns(wound))
        if stopped:
            await connection.execute(STOP, *columns(stopped))


def _of_caravans(batch: Sequence[Recorded[Event]]) -> set[str]:
    """The shelters whose ladders are others from now on: caravan mode began for them, or ended."""
    facts = (fact.event for fact in batch)
    return {one for event in facts if isinstance(event, CaravanBegan | CaravanEnded) for one in event.shelters}
