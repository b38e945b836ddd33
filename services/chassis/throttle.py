"""Limits attempts to guess a code, counted in PostgreSQL so that several processes count together.

Sign-ins are counted by a function of the schema ``accounts`` (``Accounts.attempt``), whose tables no service can read:
it makes each wait longer than the one before. Other attempts are counted here, within windows of time. Both refuse
with the same error, and count a place as ``web.places`` says.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.limits import Limit

# Rows that another attempt counts at this moment are left to it: waiting for them could be a deadlock.
DELETE_EXPIRED = """
delete from {table} where bucket in (select bucket from {table} where began <= $1 for update skip locked)
"""
COUNT_ATTEMPT = """
insert into {table} as known (bucket, began, attempts) values ($1, $2, 1)
on conflict (bucket) do update set
  attempts = case when known.began <= $3 then 1 else known.attempts + 1 end,
  began = case when known.began <= $3 then excluded.began else known.began end
returning attempts
"""
GIVE_BACK = "update {table} set attempts = greatest(attempts - 1, 0) where bucket = any($1::bytea[])"


class TooManyAttemptsError(ServiceError):
    """Too many attempts failed; the next is allowed in ``retry_after`` seconds, where that is known.

    It does not disclose whether the account or code exists.
    """

    code = "too_many_attempts"
    status = 429


Admitted = Sequence[Limit]
"""The counters that an admitted attempt was counted in."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts attempts in a table of its service (bucket, began, attempts)."""

    database: Database
    key: bytes
    table: str
    longest: timedelta
    """The longest window of its limits: afterwards nothing is stored of an attempt."""

    async def admit(self, limits: Sequence[Limit], at: datetime) -> Admitted:
        """Counts one attempt, before it is checked, and returns where it was counted.

        The limits are asked in their order, from the narrowest to the one that everybody shares: what a narrow one
        refuses uses up nothing of the shared one, or a single place could lock out everybody else.

        Raises:
            TooManyAttemptsError: one of the counters is full.
        """
        async with self.database.reading() as connection:
            await connection.execute(self._sql(DELETE_EXPIRED), at - self.longest)
            return await self._admit(connection, limits, at)

    async def count(self, limit: Limit, at: datetime) -> int:
        """Counts what happened, whether or not the limit is reached: the number in the window, this one included."""
        async with self.database.reading() as connection:
            return await self._attempts(connection, limit, at)

    async def give_back(self, admitted: Admitted) -> None:
        """Takes a correct attempt back from the counters: only failures are held against anybody."""
        async with self.database.reading() as connection:
            await connection.execute(self._sql(GIVE_BACK), [self._bucket(limit) for limit in admitted])

    async def _admit(self, connection: asyncpg.Connection, limits: Sequence[Limit], at: datetime) -> list[Limit]:
        counted = list[Limit]()
        for limit in limits:
            if await self._attempts(connection, limit, at) <= limit.most:
                counted.append(limit)
            elif limit.instead:
                counted += await self._admit(connection, limit.instead, at)
            else:
                raise TooManyAttemptsError
        return counted

    async def _attempts(self, connection: asyncpg.Connection, limit: Limit, at: datetime) -> int:
        values = (self._bucket(limit), at, at - limit.window)
        attempts: int = await connection.fetchval(self._sql(COUNT_ATTEMPT), *values)
        return attempts

    def _sql(self, statement: str) -> str:
        return statement.format(table=self.table)

    def _bucket(self, limit: Limit) -> bytes:
        return hmac.digest(self.key, f"attempt\x00{limit.kind}\x00{limit.value}".encode(), hashlib.sha256)[:16]
