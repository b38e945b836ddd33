"""Where slips are kept so that they can be found, and how often somebody may try."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.chassis.database import Database
from services.chassis.errors import ServiceError
from services.chassis.rows import Rows

WINDOW = timedelta(minutes=15)
MOST_A_SLIP = 5
"""Attempts on one code in the window, whether or not there is such a slip."""
MOST_A_PLACE = 20
"""Attempts from one address, or by one shelter's staff."""

INSERT = """
insert into vault.slip (id, key_id, case_id, lookup, verifier, created_at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::timestamptz[])
on conflict (id) do nothing returning id
"""
FORGET = "delete from vault.slip where case_id = $1 and id is distinct from $2"
TRIED = """
insert into slip_attempt as known (bucket, began, attempts) values ($1, $2, 1)
on conflict (bucket) do update set
  attempts = case when known.began <= $3 then 1 else known.attempts + 1 end,
  began = case when known.began <= $3 then excluded.began else known.began end
returning attempts
"""
NONE_THE_LESS = "update slip_attempt set attempts = greatest(attempts - 1, 0) where bucket = $1"


class TooManyAttemptsError(ServiceError):
    """Tried too often, from here or with this code. It says nothing about whether there is such a slip."""

    code = "too_many_attempts"
    status = 429
    es = "Demasiados intentos. Espere un cuarto de hora y pruebe de nuevo."
    en = "Too many attempts. Wait a quarter of an hour and try again."


@dataclass(frozen=True, slots=True)
class Found:
    """A slip that is kept."""

    slip: UUID
    case: UUID
    verifier: str


async def find(database: Database, lookup: bytes) -> Found | None:
    """The slip that is found there, if there is one."""
    async with database.reading() as connection:
        row = await connection.fetchrow("select id, case_id, verifier from vault.slip where lookup = $1", lookup)
    return None if row is None else Found(UUID(int=row["id"].int), UUID(int=row["case_id"].int), row["verifier"])


def row_of(slip: UUID, key: UUID, case: UUID, lookup: bytes, verifier: str, at: datetime) -> Rows:
    """A slip, as it is committed with the event that says it was issued."""
    return {INSERT: [(slip, key, case, lookup, verifier, at)]}


async def forget(connection: asyncpg.Connection, case: UUID, *, besides: UUID | None = None) -> None:
    """Every slip of a case dies, in the transaction of an append, but for the one that takes their place."""
    await connection.execute(FORGET, case, besides)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts attempts in the database, so that several processes count together; keyed digests, for an hour."""

    database: Database
    key: bytes

    async def admit(self, code: str, place: str, at: datetime) -> None:
        """Counts one attempt with a code from a place, before it is looked whether it is right.

        Raises:
            TooManyAttemptsError: of either there were too many.
        """
        limits = {self._bucket("code", code): MOST_A_SLIP, self._bucket("place", place): MOST_A_PLACE}
        async with self.database.reading() as connection:
            await connection.execute("delete from slip_attempt where began <= $1", at - 4 * WINDOW)
            counts = [
                (await connection.fetchval(TRIED, bucket, at, at - WINDOW), most)
                for bucket, most in sorted(limits.items())
            ]
        if any(attempts > most for attempts, most in counts):
            raise TooManyAttemptsError

    async def succeeded(self, code: str, place: str) -> None:
        """The code was the person's: their attempts begin anew, and a family's do not shut their shelter out."""
        async with self.database.reading() as connection:
            await connection.execute("delete from slip_attempt where bucket = $1", self._bucket("code", code))
            await connection.execute(NONE_THE_LESS, self._bucket("place", place))

    def _bucket(self, kind: str, value: str) -> bytes:
        return hmac.digest(self.key, f"attempt\x00{kind}\x00{value}".encode(), hashlib.sha256)[:16]
