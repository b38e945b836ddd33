"""Lists exceptional accesses, those that were not reviewed in time, and finds what an access is to open."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from events.vocabulary import Agency, ShownView
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.showings.domain import tells
from services.chassis.web.cursors import Cursors
from services.referral.break_glass.schemas import BreakGlassEntry, BreakGlassList
from services.referral.showings.commands import ReferralShowings
from services.referral.showings.domain import Seen

PAGE_SIZE = 200
SHOWN = 25
"""Accesses on a page for people."""
LIST = "accesses"
VISIBLE = """
select * from access where ($1::text is null or (agency <> 'PEAS' and is_held_by(case_id, shelter, $1)))
  and ($2::text is null or agency = $2 or opened_for = $2) and ($3 or agency <> 'PEAS')
"""
LATEST = VISIBLE + "order by sequence desc limit $4"
PAGE = (
    VISIBLE
    + """
  and ($5::bigint is null or sequence < $5) and (not $6 or verdict is null)
order by sequence desc limit $4
"""
)
ONE = VISIBLE + "and access_id = $4"
UNREVIEWED = f"select count(*) from ({VISIBLE} and verdict is null limit $4) as counted"
NAMED = """
select referral_id from referral
where agency = $1 and (case_id between $2 and $3 or submission_id between $2 and $3) and agency <> 'PEAS'
order by state = any(array['rerouted', 'entered_in_error']), sequence desc
"""
CASES = "select count(distinct case_id) from referral where referral_id = any($1::uuid[])"
WRITTEN = re.compile(r"[0-9a-f]{8,32}")
"""The digits of an id, or the first eight of them, which is what people say by telephone."""
OVERDUE = """
select access_id from access where verdict is null and escalated_at is null and review_by <= $1
order by review_by limit 64
"""


class AccessPage(NamedTuple):
    """A page of the list; ``next_cursor`` leads to the next, ``None`` on the last."""

    items: list[BreakGlassEntry]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLists:
    """The accesses that a principal may see: a shelter those to its cases, an agency to its referrals and by staff."""

    database: Database
    cursors: Cursors
    showings: ReferralShowings

    async def page(self, principal: Principal, *, unreviewed: bool = False, cursor: str | None = None) -> AccessPage:
        """A page of them, the latest first; ``unreviewed``: only those that nobody has reviewed.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        before = None if cursor is None else int(self.cursors.read(cursor, LIST, principal))
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(PAGE, *_seen_by(principal), SHOWN + 1, before, unreviewed)
        more = len(rows) > SHOWN
        last = self.cursors.issue(LIST, principal, str(rows[SHOWN - 1]["sequence"])) if more else None
        return AccessPage(await recorded(self.showings, _entries(rows[:SHOWN]), principal), last)

    async def one(self, principal: Principal, access: UUID) -> BreakGlassEntry:
        """One of them.

        Raises:
            NotFoundError: no such access, or the principal may not see it.
        """
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(ONE, *_seen_by(principal), access)
        found = await recorded(self.showings, _entries(rows), principal)
        if not found:
            raise NotFoundError
        return found[0]

    async def unreviewed(self, principal: Principal, limit: int) -> int:
        """How many wait for a second person, up to a limit."""
        async with self.database.as_principal(principal) as connection:
            return int(await connection.fetchval(UNREVIEWED, *_seen_by(principal), limit))

    async def named(self, written: str, agency: Agency) -> UUID | None:
        """The referral to this agency of the case or submission of which somebody wrote the number, or its first part.

        It says nothing of what it found: whoever may open it learns so from opening it, which is recorded.

        Returns:
            The referral; ``None``: there is none, more than one case begins so, or it is a report about a shelter's
            staff.
        """
        digits = written.strip().lower().replace("-", "")
        if not WRITTEN.fullmatch(digits):
            return None
        first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        async with self.database.as_system() as connection:
            rows = await connection.fetch(NAMED, agency, first, last)
            cases = await connection.fetchval(CASES, [row["referral_id"] for row in rows])
        if not rows or cases != 1:
            return None
        return UUID(int=rows[0]["referral_id"].int)


async def visible_accesses(database: Database, showings: ReferralShowings, principal: Principal) -> BreakGlassList:
    """The latest first: to a shelter those to its cases, to an agency those to its referrals and by its staff."""
    async with database.as_principal(principal) as connection:
        rows = await connection.fetch(LATEST, *_seen_by(principal), PAGE_SIZE)
    return BreakGlassList(items=await recorded(showings, _entries(rows), principal))


async def recorded(
    showings: ReferralShowings, found: list[BreakGlassEntry], principal: Principal
) -> list[BreakGlassEntry]:
    """The accesses that may be shown: one to a report about staff only once it is recorded that it was."""
    telling = [Seen(one.referral_id, one.case_id) for one in found if tells((), one.agency)]
    if await showings.may_show(ShownView.LIST, telling, principal):
        return found
    return [one for one in found if not tells((), one.agency)]


async def overdue_accesses(database: Database, now: datetime) -> list[UUID]:
    """The accesses without a review although it is due, the longest overdue first."""
    async with database.as_system() as connection:
        return [UUID(int=row["access_id"].int) for row in await connection.fetch(OVERDUE, now)]


def _seen_by(principal: Principal) -> tuple[str | None, str | None, bool]:
    """The shelter and the agency of whom they are shown, and whether those to reports about staff are."""
    which = scope_of(principal, Action.SEE_ACCESSES)
    shelter = principal.org if which is Scope.OWN_SHELTER else None
    agency = principal.org if which is Scope.OWN_AGENCY else None
    return shelter, agency, which in {Scope.ANY, Scope.OWN_AGENCY}


def _entries(rows: Sequence[Any]) -> list[BreakGlassEntry]:
    return [BreakGlassEntry(**{name: row[name] for name in BreakGlassEntry.model_fields}) for row in rows]
