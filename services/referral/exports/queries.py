"""Which referrals a list has, and then each of them: any number of rows, a few at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.referral.showings.domain import Seen
from services.referral.worklist.filters import ReferralFilters, visible_to
from services.referral.worklist.queries import Worklist
from services.referral.worklist.schemas import Referral

BATCH_SIZE = 200
"""Rows that are read, and kept in memory, at once."""


@dataclass(frozen=True, slots=True)
class ExportedReferrals:
    """Reads what is taken out, to each principal what it may see."""

    database: Database
    worklist: Worklist

    async def ids(self, principal: Principal, filters: ReferralFilters) -> Sequence[UUID]:
        """The referrals of a list, in the order in which they were proposed.

        Raises:
            NotSearchableError: a filter names a category that is restricted.
        """
        visible = visible_to(principal)
        visible.narrow(filters)
        async with self.database.as_principal(principal) as connection:
            query = f"select referral_id from referral where {visible.conditions} order by sequence"
            return [row["referral_id"] for row in await connection.fetch(query, *visible.values)]

    async def rows(self, principal: Principal, export: UUID, ids: Sequence[UUID]) -> AsyncIterator[Referral]:
        """Each of these referrals as it is now. That it leaves with the file is recorded before.

        Raises:
            LogHaltedError: an alarm stopped the log; nothing more leaves.
            StoreUnavailableError: PostgreSQL is away; nothing more leaves.
        """
        for start in range(0, len(ids), BATCH_SIZE):
            some = ReferralFilters(referrals=tuple(ids[start : start + BATCH_SIZE]), limit=BATCH_SIZE)
            found = (await self.worklist.page(principal, some, None)).items
            await self.worklist.showings.take_out(
                export, [Seen(one.referral_id, one.case_id) for one in found], principal
            )
            for referral in found:
                yield referral
