"""Reads what a replay needs: a period's cases, their facts and keys, the policies adopted; and the runs there were."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contract import Event, Recorded, split_topic
from events.intake import CaseOpened, PersonErased
from events.referral import assessment_stream, policy_stream
from events.vocabulary import Agency
from services.chassis.authorization.policy import Principal
from services.chassis.database import Database
from services.chassis.errors import NotFoundError
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.log_reader import LogReader
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.sealing import BrokenBoxError
from services.chassis.web.cursors import Cursors
from services.referral.case_file.domain import screening_keys
from services.referral.lifecycle.case_referrals import referral_of
from services.referral.what_if.history import MOMENTS, WHOLE, Asked, CaseHistory, Noted, moments_of
from services.referral.what_if.policy import DEADLINES, RULES
from services.referral.what_if.projections import STALE
from services.referral.what_if.schemas import ReplayResult, Run, RunState
from services.referral.what_if.tally import Comparison, Tally

STEP = 20_000
"""Positions of intake's log that are looked through at once: a statement stays short however long the log is."""
PAGE_SIZE = 20
OPENED = """
select stream from intake.event where position > $1 and position <= $2 and version = 1
  and topic like 'intake.case\\_opened.v%' and recorded_at >= $3 and recorded_at < $4 order by position
"""
FACTS = f"""
select {ENTRY_COLUMNS} from intake.event where stream = any($1::uuid[]) and split_part(topic, '.', 2) = any($2::text[])
order by stream, version
"""
NOTED = f"""
select {ENTRY_COLUMNS} from event where stream = any($1::uuid[]) and split_part(topic, '.', 2) = any($2::text[])
order by stream, version
"""
FACT_NAMES = (
    "case_opened", "answers_amended", "consent_recorded", "consent_withdrawn", "handed_over", "withdrawal_frozen",
    "withdrawal_checked", "person_erased",
)  # fmt: skip
NOTED_NAMES = [name.partition(".")[2] for name in (*MOMENTS, *WHOLE)]
LIST = """
select * from what_if_run where $1::timestamptz is null or (started_at, run_id) < ($1, $2::uuid)
order by started_at desc, run_id desc limit $3
"""


@dataclass(frozen=True, slots=True)
class PeriodCases:
    """The cases of intake's log, by the moment at which they were opened."""

    database: Database

    async def opened(self, first: datetime, before: datetime) -> list[UUID]:
        """The cases opened from ``first`` until just before ``before``, in the order of the log."""
        found: list[UUID] = []
        async with self.database.reading() as connection:
            head = await connection.fetchval("select position from intake.head")
        for position in range(0, head, STEP):
            async with self.database.reading() as connection:
                rows = await connection.fetch(OPENED, position, position + STEP, first, before)
            found += [row["stream"] for row in rows]
        return found

    async def adopted(self) -> list[Recorded[Event]]:
        """The texts of rules and deadlines that were ever adopted, oldest first."""
        histories = await LogReader(self.database).streams([policy_stream(name) for name in (RULES, DEADLINES)])
        return sorted((fact for history in histories.values() for fact in history), key=lambda fact: fact.position)


@dataclass(frozen=True, slots=True)
class ReplayedCases:
    """Opens the cases of a batch, compares each and forgets it: no answer leaves this object."""

    database: Database
    keyring: Keyring

    async def compare(self, cases: Sequence[UUID], comparison: Comparison) -> Tally:
        """Compares these cases."""
        facts = await self._facts(cases)
        opened = {case: history[0].id for case, history in facts.items()}
        noted = await self._noted(opened)
        keys = await self.keyring.load(screening_keys([one for history in facts.values() for one in history]))
        tally = Tally()
        for case, history in facts.items():
            self._compare(case, history, noted, keys, comparison, tally)
        return tally

    def _compare(
        self,
        case: UUID,
        facts: Sequence[Recorded[Event]],
        noted: dict[UUID, list[Noted]],
        keys: dict[UUID, bytes],
        comparison: Comparison,
        tally: Tally,
    ) -> None:
        assessed = [one.fact for one in noted.get(assessment_stream(case), ()) if one.fact is not None]
        try:
            moments = moments_of(facts, assessed, keys)
        except BrokenBoxError:
            moments = None
        if moments is None:
            erased = any(isinstance(fact.event, PersonErased) for fact in facts)
            tally.erased += erased
            tally.lost += not erased
            return
        asked = {}
        for agency in Agency:
            notes = noted.get(referral_of(facts[0].id, agency))
            if notes:
                asked[agency] = Asked()
                for one in notes:
                    asked[agency].note(one)
        comparison.add(case, CaseHistory(tuple(moments), asked), tally)

    async def _facts(self, cases: Sequence[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        found: dict[UUID, list[Recorded[Event]]] = defaultdict(list)
        async with self.database.reading() as connection:
            rows = await connection.fetch(FACTS, list(cases), list(FACT_NAMES))
        for row in rows:
            fact = decode(from_row(row))
            found[fact.stream].append(fact)
        return {case: history for case, history in found.items() if isinstance(history[0].event, CaseOpened)}

    async def _noted(self, opened: dict[UUID, UUID]) -> dict[UUID, list[Noted]]:
        """What happened to each of these cases' referrals; whole only where more than the moment is needed."""
        streams = [referral_of(fact, agency) for fact in opened.values() for agency in Agency]
        found: dict[UUID, list[Noted]] = defaultdict(list)
        async with self.database.reading() as connection:
            rows = await connection.fetch(NOTED, [*map(assessment_stream, opened), *streams], NOTED_NAMES)
        for row in rows:
            name = split_topic(row["topic"])[0]
            fact = decode(from_row(row)) if name in WHOLE else None
            found[row["stream"]].append(Noted(row["stream"], name, row["recorded_at"], fact))
        return found


@dataclass(frozen=True, slots=True)
class ReplayRuns:
    """The replays there were, to whoever may see them."""

    database: Database
    cursors: Cursors

    async def page(self, principal: Principal, cursor: str | None, now: datetime) -> tuple[list[Run], str | None]:
        """A page of them, the latest first, and the cursor of the next.

        Raises:
            MalformedRequestError: the cursor was not issued by this list.
        """
        at, last = (None, None) if cursor is None else _place(self.cursors.read(cursor, "what_if", principal))
        async with self.database.as_principal(principal) as connection:
            rows = await connection.fetch(LIST, at, last, PAGE_SIZE + 1)
        following = None
        if len(rows) > PAGE_SIZE:
            end = rows[PAGE_SIZE - 1]
            following = self.cursors.issue("what_if", principal, f"{end['started_at'].isoformat()}~{end['run_id']}")
        return [_run(row, now) for row in rows[:PAGE_SIZE]], following

    async def one(self, principal: Principal, run: UUID, now: datetime) -> Run:
        """One of them, with its result.

        Raises:
            NotFoundError: there is none, or not for this principal.
        """
        async with self.database.as_principal(principal) as connection:
            row = await connection.fetchrow("select * from what_if_run where run_id = $1", run)
        if row is None:
            raise NotFoundError
        return _run(row, now)


def _run(row: Any, now: datetime) -> Run:
    state = RunState(row["state"])
    return Run(
        run_id=UUID(int=row["run_id"].int),
        state=RunState.FAILED if state is RunState.RUNNING and now - row["seen_at"] > STALE else state,
        started_at=row["started_at"],
        started_by=row["started_by"],
        rule_set=row["rule_set"],
        deadlines=row["deadlines"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        cases=row["cases"],
        done=row["done"],
        result=None if row["result"] is None else ReplayResult.model_validate_json(row["result"]),
    )


def _place(written: str) -> tuple[datetime, UUID]:
    at, run = written.split("~")
    return datetime.fromisoformat(at), UUID(run)
