"""Lists a principal's own tasks, and finds those that the clock must look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg

from events.vocabulary import ShownView
from services.chassis.authorization.policy import Action, Principal, Scope, scope_of
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.chassis.runtime.checks import Check, aged
from services.chassis.showings.domain import tells
from services.chassis.web.cursors import Cursors
from services.referral.bodies.ports import Bodies
from services.referral.bodies.schemas import LegalBody
from services.referral.obligations.policy import ObligationPolicy
from services.referral.obligations.projections import next_look_at, reschedule
from services.referral.obligations.schemas import ObligationEntry, ObligationList
from services.referral.showings.commands import ReferralShowings
from services.referral.showings.domain import Seen

PAGE_SIZE = 200
BATCH_SIZE = 64
LIST = "obligations"
ONE = """
select * from obligation where ($1::text is null or (owner = 'shelter' and is_held_by(case_id, shelter, $1)))
  and ($2::text is null or (owner = 'agency' and agency = $2)) and task_id = $3
"""
_LISTED = """
select * from obligation where {whose} and {which} and ($2::uuid is null or case_id = $2)
order by {order} limit $3::bigint + $4::bigint
"""
_OF_CASES_THAT_CAME = r"""
owner = 'shelter' and shelter <> $1 and case_id = any(array(select stream from intake.event
    where topic like 'intake.handed\_over.v%' and position(convert_to($1, 'UTF8') in state) > 0))
"""
"""The tasks of cases that may have been handed over to the shelter; whoever reads them asks whether it holds them."""
_WHOSE = {
    Scope.OWN_SHELTER: tuple(
        f"{whose} and is_held_by(case_id, shelter, $1)"
        for whose in ("owner = 'shelter' and shelter = $1", _OF_CASES_THAT_CAME)
    ),
    Scope.OWN_AGENCY: ("owner = 'agency' and agency = $1",),
}
_ANYBODYS = ("$1::text is not null",)
OLDEST = "select min(next_at) from obligation where next_at <= $1"
LOOK_AT = "select * from obligation where next_at <= $1 order by next_at limit $2"

_WORDS = catalogue(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationLists:
    """The tasks of the read model, to each principal their own."""

    database: Database
    clock: Clock
    bodies: Bodies
    cursors: Cursors
    showings: ReferralShowings

    async def own(
        self,
        principal: Principal,
        *,
        ended: bool = False,
        case: UUID | None = None,
        cursor: str | None = None,
        limit: int = PAGE_SIZE,
    ) -> ObligationList:
        """A page of the principal's tasks; the coordinator's page has everybody's.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        begin = 0 if cursor is None else int(self.cursors.read(cursor, LIST, principal))
        query = _page_of(scope_of(principal, Action.SEE_OBLIGATIONS), ended=ended)
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(query, principal.org, case, limit + 1, begin)
        now = self.clock()
        return ObligationList(
            items=await self._recorded(ShownView.LIST, [self._entry(row, now) for row in rows[:limit]], principal),
            next_cursor=self.cursors.issue(LIST, principal, str(begin + limit)) if len(rows) > limit else None,
        )

    async def one(self, principal: Principal, task: UUID) -> ObligationEntry:
        """One task, open or ended.

        Raises:
            NotFoundError: no such task, or it is not the principal's.
        """
        async with self.database.as_principal(principal) as connection:
            row = await connection.fetchrow(ONE, *_whose(principal), task)
        if row is None:
            raise NotFoundError
        return (await self._recorded(ShownView.LIST, [self._entry(row, self.clock())], principal))[0]

    async def _recorded(
        self, view: ShownView, entries: list[ObligationEntry], principal: Principal
    ) -> list[ObligationEntry]:
        """The tasks as they may be shown: one agency tells by its name what a case is about, and that is recorded."""
        telling = [
            Seen(one.referral_id, one.case_id)
            for one in entries
            if one.referral_id is not None and tells((), one.agency)
        ]
        if await self.showings.may_show(view, telling, principal):
            return entries
        return [one.model_copy(update={"agency": None}) if tells((), one.agency) else one for one in entries]

    async def late(self, principal: Principal, limit: int) -> int:
        """How many open tasks are overdue, up to a limit."""
        late = _late_of(scope_of(principal, Action.SEE_OBLIGATIONS))
        async with self.database.as_principal(principal) as connection:
            return int(await connection.fetchval(late, principal.org, self.clock(), limit))

    def _entry(self, row: Mapping[str, Any], now: datetime) -> ObligationEntry:
        body = next(iter(self.bodies.shown([row["body"]])), None) if row["body"] else None
        words = {
            say.locale: say.sentence(f"obligation.{row['obligation']}") for say in (_WORDS(SPANISH), _WORDS(ENGLISH))
        }
        same = ("task_id", "case_id", "referral_id", "obligation", "owner", "agency", "shelter", "since", "until")
        return ObligationEntry(
            **{name: row[name] for name in (*same, "until_day", "result", "done_at", "done_as")},
            **words,
            body=None if body is None else LegalBody.model_validate(body),
            overdue=row["done_at"] is None and row["deadline"] <= now,
            reminded=row["reminders"].count('"rung"'),
        )


def _whose(principal: Principal) -> tuple[str | None, str | None]:
    """The shelter or the agency of which tasks are shown; neither: everybody's."""
    which = scope_of(principal, Action.SEE_OBLIGATIONS)
    shelter = principal.org if which is Scope.OWN_SHELTER else None
    return shelter, principal.org if which is Scope.OWN_AGENCY else None


@cache
def _page_of(scope: Scope | None, *, ended: bool) -> str:
    """A page of the tasks of one scope; each part is read by an index in the page's order."""
    which, order = ("done_at is not null", "sequence desc") if ended else ("done_at is null", "deadline, sequence")
    parts = [f"({_LISTED.format(whose=one, which=which, order=order)})" for one in _parts(scope)]
    return f"select * from ({' union all '.join(parts)}) as listed order by {order} limit $3 offset $4"


@cache
def _late_of(scope: Scope | None) -> str:
    """How many open tasks of one scope are overdue, up to a limit."""
    late = [f"select 1 from obligation where {one} and done_at is null and deadline <= $2" for one in _parts(scope)]
    return f"select count(*) from ({' union all '.join(late)} limit $3) as counted"


def _parts(scope: Scope | None) -> tuple[str, ...]:
    return _ANYBODYS if scope is None else _WHOSE.get(scope, _ANYBODYS)


async def tasks_to_look_at(database: Database, now: datetime) -> list[Mapping[str, Any]]:
    """The rows of the tasks whose clock is due, the longest overdue first."""
    async with database.as_system() as connection:
        return list(await connection.fetch(LOOK_AT, now, BATCH_SIZE))


async def late_obligations(connection: asyncpg.Connection, *, clock: Clock, limit: float) -> Sequence[Check]:
    """Whether the oldest task that the clock must look at waits longer than ``limit`` seconds."""
    now = clock()
    oldest = await connection.fetchval(OLDEST, now)
    return (aged("obligations", None if oldest is None else (now - oldest).total_seconds(), limit),)


async def set_clock_anew(database: Database, row: Mapping[str, Any], policy: ObligationPolicy) -> bool:
    """Sets a task's clock anew that was set by another policy; returns whether it changed."""
    at = next_look_at(row, policy)
    async with database.correcting() as connection:
        await reschedule(connection, row["task_id"], row["next_at"], at)
    return bool(at != row["next_at"])
