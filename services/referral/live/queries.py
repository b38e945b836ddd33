"""Which referrals changed, from the log, and whose they are, from the read model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.web.cursors import Cursors
from services.referral.live.domain import ReferralChange
from services.referral.worklist.filters import visible_to

LIST = "changes of referrals"
"""What a place is bound to, besides its reader."""
MOST_ENTRIES = 2_000
"""Entries of the log that are looked through for whoever was away; after more the page is read anew."""
OWNERS = """
select referral_id, agency, sent_at is not null as sent from referral where referral_id = any($1::uuid[])
"""
RECORDED = "referral_id in (select stream from event where position > {} and position <= {})"


class Missed(NamedTuple):
    """What changed while a page was not told."""

    referrals: list[UUID]
    all: bool
    """So much was recorded meanwhile that the page is to be read anew."""
    now: str
    """The place up to which this is all."""


@dataclass(frozen=True, slots=True)
class ReferralChanges:
    """Reads changes, to each principal those of the referrals that it may see."""

    database: Database
    cursors: Cursors

    async def of(self, entries: Sequence[LogEntry]) -> list[ReferralChange]:
        """The changes of referrals that entries of the log tell, one for each referral, in their order."""
        last = {entry.stream: entry.position for entry in entries}
        async with self.database.as_system() as connection:
            rows = await connection.fetch(OWNERS, list(last))
        found = [
            ReferralChange(last[row["referral_id"]], row["referral_id"], row["agency"], row["sent"]) for row in rows
        ]
        return sorted(found, key=lambda change: change.position)

    def place(self, principal: Principal, position: int) -> str:
        """A position as one reader gets it: the log's own tells how much happened to others."""
        return self.cursors.issue(LIST, principal, str(position))

    async def now(self, principal: Principal) -> str:
        """The place of what was recorded last. Read before a list, it loses no change of it."""
        async with self.database.reading() as connection:
            return self.place(principal, await connection.fetchval("select position from head"))

    async def since(self, principal: Principal, place: str) -> Missed:
        """The referrals that changed after a place; all may have, after none.

        Raises:
            MalformedRequestError: the place was not given to this reader.
        """
        if not place:
            return Missed([], all=True, now=await self.now(principal))
        after = int(self.cursors.read(place, LIST, principal, field="desde"))
        async with self.database.as_principal(principal) as connection:
            head: int = await connection.fetchval("select position from head")
            if head - after > MOST_ENTRIES:
                return Missed([], all=True, now=self.place(principal, head))
            visible = visible_to(principal)
            visible.where(RECORDED, after, head)
            rows = await connection.fetch(
                f"select referral_id from referral where {visible.conditions}", *visible.values
            )
        return Missed([row["referral_id"] for row in rows], all=False, now=self.place(principal, head))
