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
from services.chassis.read_models import columns
from services.referral.domain import OPEN, Referral, evolve
from services.referral.ladder import Running, next_at
from services.referral.ladder_policy import Ladders
from services.referral.rows import running

READ = "select * from referral where referral_id = any($1::uuid[])"
READ_ALL = "select * from referral where state = any($1::text[])"
WIND = """
insert into timer (referral_id, next_at) select * from unnest($1::uuid[], $2::timestamptz[])
on conflict (referral_id) do update set next_at = excluded.next_at
"""
STOP = "delete from timer using unnest($1::uuid[]) as still (referral_id) where timer.referral_id = still.referral_id"


class Winding:
    """A projection: to be run after that of the referrals' rows."""

    def __init__(self, ladders: Ladders) -> None:
        """By these ladders."""
        self._ladders = ladders

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
        new = [(stream, next_at(Running.of(referral), self._ladders)) for stream, referral in begun.items()]
        if wound := [one for one in new if one[1] is not None]:
            await connection.copy_records_to_table("timer", records=wound, columns=("referral_id", "next_at"))
        if touched:
            await self._wind(connection, await connection.fetch(READ, touched))
        if any(isinstance(fact.event, RulesAdopted) for fact in batch):
            await self._wind(connection, await connection.fetch(READ_ALL, list(OPEN)))

    async def _wind(self, connection: asyncpg.Connection, rows: Sequence[Any]) -> None:
        moments: list[tuple[UUID, datetime | None]] = [
            (row["referral_id"], next_at(running(row), self._ladders)) for row in rows
        ]
        wound = [(stream, at) for stream, at in moments if at is not None]
        stopped = [(stream,) for stream, at in moments if at is None]
        if wound:
            await connection.execute(WIND, *columns(wound))
        if stopped:
            await connection.execute(STOP, *columns(stopped))
