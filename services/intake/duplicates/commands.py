"""Shows pairs of cases that may be of one person, and records whether they are. Nothing follows automatically.

Only cases that one shelter registered and holds are compared, and none of a restricted category (domain.md §7.3).
Each pair that is shown is recorded, and one worker is shown a number of them in a day: the list is no search.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from events.continuity import DuplicateDecided, DuplicateShown
from events.vocabulary import CaseKind, SamePerson
from services.chassis.authorization.policy import Action, Principal, allowed
from services.chassis.clock import MEXICO, Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.eventlog.commands import Decided, Facts, execute
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.web.cursors import Cursors
from services.intake.cases.domain import CaseState, fold
from services.intake.duplicates.domain import EnoughPairsShownError, pairs_to_show, shown_stream
from services.intake.duplicates.policy import DuplicatePolicy
from services.intake.duplicates.queries import suspected_duplicates
from services.intake.duplicates.schemas import DecidedDuplicate, SuspectedDuplicates

LIST = "duplicates"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateList:
    """Shows suspected pairs, and records each that is shown to somebody for the first time in a day."""

    log: Log
    database: Database
    clock: Clock
    policy: DuplicatePolicy
    cursors: Cursors

    async def page(self, by: Principal, cursor: str | None, limit: int) -> SuspectedDuplicates:
        """A page of the undecided pairs of the shelter's own cases of the last 30 days, newest first.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
            EnoughPairsShownError: there are pairs, and the worker may be shown none of them today.
        """
        place = None if cursor is None else self.cursors.read(cursor, LIST, by)
        now = self.clock()
        stream = shown_stream(by.actor, now)

        async def show(_: None, work: UnitOfWork) -> Decided:
            rows = await suspected_duplicates(self.database, by, now, place, limit + 1)
            page = {(row.shown.first, row.shown.later): row for row in rows[:limit]}
            seen = {(event.first, event.later) for event in _shown(work.history(stream))}
            shown = pairs_to_show(list(page), seen, self.policy.shown.pairs_a_day)
            if page and not shown:
                raise EnoughPairsShownError(retry_after=_left_of_day(now))
            for first, later in (pair for pair in shown if pair not in seen):
                event = DuplicateShown(shelter=by.org, first=first, later=later, shown_to=by.label)
                work.record(stream, event, case=later, actor=by.actor, cause=later)
            more = len(rows) > limit
            answer = SuspectedDuplicates(
                items=[page[pair].shown for pair in shown],
                more_tomorrow=len(shown) < len(page),
                next_cursor=self.cursors.issue(LIST, by, rows[limit - 1].place) if more else None,
            )
            return Decided(answer=answer)

        done = await execute(self.log, self.clock, None, by.actor, [stream], decide=show)
        answer: SuspectedDuplicates = done.answer
        return answer


def _shown(history: Facts) -> list[DuplicateShown]:
    return [fact.event for fact in history if isinstance(fact.event, DuplicateShown)]


def _left_of_day(now: datetime) -> int:
    """Seconds until the next day in Mexico."""
    here = now.astimezone(MEXICO)
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), MEXICO)
    return max(1, round((midnight - here).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateCommands:
    """Records decisions about pairs of one shelter's cases."""

    log: Log
    clock: Clock

    async def decide(
        self, command: UUID, cases: tuple[UUID, UUID], decision: SamePerson, by: Principal
    ) -> DecidedDuplicate:
        """Records whether two cases are of one person. Neither is merged, deleted or closed.

        Raises:
            NotFoundError: the shelter does not have custody of both, or one is an incident.
            MalformedRequestError: both ids are the same case.
            CommandIdReusedError: the id belongs to another command.
        """
        if cases[0] == cases[1]:
            raise MalformedRequestError(faults=[{"field": "body.later", "code": "same_case"}])

        async def admit(work: UnitOfWork) -> list[CaseState]:
            await work.load(cases)
            states = [fold(work.history(case)) for case in cases]
            own = [
                one
                for one in states
                if one is not None
                and one.opened.event.kind is CaseKind.PERSON
                and allowed(by, Action.DECIDE_DUPLICATE, shelter=one.shelter)
            ]
            if len(own) != len(cases):
                raise NotFoundError
            return sorted(own, key=lambda one: (one.opened.recorded_at, one.case))

        async def record(own: list[CaseState], work: UnitOfWork) -> None:
            first, later = (one.case for one in own)
            event = DuplicateDecided(shelter=by.org, first=first, later=later, decision=decision, decided_by=by.label)
            stream = uuid5(first, f"duplicate:{later}")
            await work.load([stream])
            work.record(stream, event, case=later, actor=by.actor, cause=command)

        async def same(facts: Facts) -> bool:
            event = facts[0].event
            given = (set(cases), decision)
            return isinstance(event, DuplicateDecided) and ({event.first, event.later}, event.decision) == given

        done = await execute(self.log, self.clock, command, by.actor, [], decide=record, same=same, admit=admit)
        event = done.facts[0].event
        assert isinstance(event, DuplicateDecided)  # noqa: S101 - ``record`` appends no other
        return DecidedDuplicate(first=event.first, later=event.later, decision=event.decision)
