"""Two cases that may be one person's: why it looks so, and what somebody says of it. Nothing follows by itself.

Only cases that one shelter holds are ever compared, and none of a restricted category (domain.md §7.3).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from events.continuity import DuplicateDecided
from events.vocabulary import CaseKind, RiskCategory, SamePerson
from services.chassis.access import Action, Principal, allowed
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import (
    CommandIdReusedError,
    MalformedRequestError,
    NotFoundError,
    VersionConflictError,
)
from services.chassis.identity import derived
from services.chassis.log import Append, Log
from services.chassis.programme import MEXICO
from services.chassis.workspace import Workspace
from services.intake.continuity import held
from services.intake.person_index import Digests

ATTEMPTS = 3
MOST = 100
BACK = timedelta(days=30)
RESTRICTED = frozenset(
    {
        RiskCategory.VSG,
        RiskCategory.TRATA,
        RiskCategory.SECUESTRO,
        RiskCategory.SM,
        RiskCategory.LGBTIQ,
        RiskCategory.ABUSO_AUT,
        RiskCategory.PEAS,
        RiskCategory.AMENAZA,
    }
)
"""domain.md §7.3: not searchable."""

CANDIDATES = """
with own as (
  select indexed.*, submission.recorded_at
  from submission join vault.person_index as indexed using (case_id) join assessed using (case_id)
  left join continuity using (case_id)
  where coalesce(continuity.shelter, submission.shelter) = $1 and submission.recorded_at > $2
    and not assessed.categories && $3::text[]
)
select one.case_id as first_case, other.case_id as later_case, one.recorded_at as first_at,
  other.recorded_at as later_at, one.name as n1, other.name as n2, one.document as d1, other.document as d2,
  one.phone as p1, other.phone as p2
from own as one join own as other
  on (one.document = other.document or one.phone = other.phone or one.name = other.name)
  and (one.recorded_at, one.case_id) < (other.recorded_at, other.case_id)
where not exists (
  select from duplicate where first_case = one.case_id and later_case = other.case_id)
order by other.recorded_at desc, one.case_id limit $4
"""
SAME = """
select case when first_case = $1 then later_case else first_case end as other from duplicate
where (first_case = $1 or later_case = $1) and decision = 'same' and shelter = $2 order by 1
"""


class Reason(StrEnum):
    """Why two cases look like one person's."""

    DOCUMENT = "same_document"
    NAME = "same_name_and_birth_date"
    PHONE = "same_phone"
    DAY = "same_day"


@dataclass(frozen=True, slots=True)
class Registered:
    """A case as far as it can be compared."""

    digests: Digests = field(repr=False)
    at: datetime


def suspicion(one: Registered, other: Registered) -> tuple[Reason, ...]:
    """Why they look alike; empty when they do not.

    A telephone is shared by those who travel together: it counts only beside a name, or on one and the same day.
    """

    def same(name: str) -> bool:
        mine, theirs = getattr(one.digests, name), getattr(other.digests, name)
        return mine is not None and mine == theirs

    found = [reason for name, reason in (("document", Reason.DOCUMENT), ("name", Reason.NAME)) if same(name)]
    day = one.at.astimezone(MEXICO).date() == other.at.astimezone(MEXICO).date()
    if same("phone") and (found or day):
        found.append(Reason.PHONE)
    return (*found, Reason.DAY) if found and day else tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Of the cases of one shelter at a time."""

    log: Log
    database: Database
    clock: Clock

    async def suspected(self, by: Principal) -> list[dict[str, Any]]:
        """Pairs of the shelter's own cases that nobody has decided about, the latest first."""
        restricted = [category.value for category in RESTRICTED]
        async with self.database.shown_to(by) as connection:
            rows = await connection.fetch(CANDIDATES, by.org, self.clock() - BACK, restricted, MOST)
        pairs = []
        for row in rows:
            one = Registered(Digests(name=row["n1"], document=row["d1"], phone=row["p1"]), row["first_at"])
            other = Registered(Digests(name=row["n2"], document=row["d2"], phone=row["p2"]), row["later_at"])
            if reasons := suspicion(one, other):
                ids = {name: str(row[f"{name}_case"]) for name in ("first", "later")}
                pairs.append({**ids, "reasons": list(reasons)})
        return pairs

    async def decide(
        self, command: UUID, cases: tuple[UUID, UUID], decision: SamePerson, by: Principal
    ) -> dict[str, Any]:
        """Somebody says whether two cases are one person's. Neither is merged, deleted or closed by it.

        Raises:
            NotFoundError: the shelter does not hold both.
            MalformedRequestError: it is one and the same case.
            CommandIdReusedError: the id was used for something else.
        """
        if cases[0] == cases[1]:
            raise MalformedRequestError(faults=[{"field": "body.later", "code": "same_case"}])
        for _ in range(ATTEMPTS):
            workspace = Workspace(self.log, self.clock)
            await workspace.load(cases)
            found = [held(workspace.history(case)) for case in cases]
            mine = [
                one
                for one in found
                if one is not None
                and one.opened.event.kind is CaseKind.PERSON
                and allowed(by, Action.DECIDE_DUPLICATE, shelter=one.shelter)
            ]
            if len(mine) != len(cases):
                raise NotFoundError
            first, later = sorted(mine, key=lambda one: (one.opened.recorded_at, one.case))
            event = DuplicateDecided(
                shelter=by.org, first=first.case, later=later.case, decision=decision, decided_by=by.label
            )
            before = await self.log.carried_out(command)
            if before is not None:
                if (before[0].event, before[0].actor) != (event, by.actor):
                    raise CommandIdReusedError
                return _answer(event)
            stream = derived(first.case, f"duplicate:{later.case}")
            await workspace.load([stream])
            workspace.record(stream, event, case=later.case, actor=by.actor, cause=command)
            try:
                await self.log.append(Append(entries=workspace.entries, command=command))
            except VersionConflictError:
                continue
            return _answer(event)
        raise VersionConflictError


async def same_person(database: Database, case: UUID, shelter: str, principal: Principal) -> list[str]:
    """The cases of which somebody at this shelter said that they are of the same person."""
    async with database.shown_to(principal) as connection:
        return [str(row["other"]) for row in await connection.fetch(SAME, case, shelter)]


def _answer(event: DuplicateDecided) -> dict[str, Any]:
    return {"first": str(event.first), "later": str(event.later), "decision": event.decision}
