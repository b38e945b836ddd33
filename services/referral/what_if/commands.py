"""Begins a replay: reads the other rules, records who asks what before the first box is opened, and runs it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog

from events.vocabulary import RiskCategory
from events.what_if import RulesReplayed
from services.chassis.authorization.policy import Principal
from services.chassis.clock import MEXICO, Clock
from services.chassis.errors import MalformedRequestError, ServiceError, StoreUnavailableError
from services.chassis.eventlog.commands import Decided, execute, led_to
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.runtime.bootstrap import ServiceContext
from services.programme.policy_file import PolicyFaultsError
from services.referral.deadlines.ports import Desks
from services.referral.what_if.policy import DEADLINES, RULES, clocks_from, named, rules_from
from services.referral.what_if.processes import OnProgress, ReplayFailedError, replay_cases
from services.referral.what_if.projections import RunProgress, begin_run
from services.referral.what_if.publishing import publish
from services.referral.what_if.queries import PeriodCases
from services.referral.what_if.schemas import ReplayResult
from services.referral.what_if.tally import Tally
from services.referral.what_if.worker import Setup

logger = structlog.get_logger(__name__)

LONGEST = timedelta(days=4 * 366)
"""Of a period: twice the programme's."""


class NoOtherPolicyError(ServiceError):
    """Neither other rules nor other deadlines were given: there is nothing to compare."""

    code = "no_other_policy"
    status = 422


class OtherPolicyFaultsError(ServiceError):
    """The other rules or deadlines have faults; nothing was opened."""

    code = "other_policy_faults"
    status = 422

    def __init__(self, lines: Sequence[str] = ()) -> None:
        """``lines``: each fault as ``file:line: what``, for whoever wrote the file and for nobody else."""
        super().__init__()
        self.lines = tuple(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: which other policies, for the cases of which days."""

    first_day: date
    last_day: date
    rules: bytes | None = field(default=None, repr=False)
    """The text of other rules; ``None``: those of the time."""
    deadlines: bytes | None = field(default=None, repr=False)
    names_cases: bool = False
    """Whether cases are named by their pseudonym: only on the machine that has the keys (ADR 0044)."""

    @property
    def names(self) -> tuple[str | None, str | None]:
        """The other rules and deadlines, by version and hash of their content.

        Raises:
            NoOtherPolicyError: there are none.
            OtherPolicyFaultsError: they have faults.
        """
        if self.rules is None and self.deadlines is None:
            raise NoOtherPolicyError
        try:
            rules = None if self.rules is None else rules_from(self.rules).version
            deadlines = None if self.deadlines is None else named(clocks_from(self.deadlines), self.deadlines)
        except PolicyFaultsError as error:
            raise OtherPolicyFaultsError(error.faults) from None
        return rules, deadlines

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The first moment of the period, and the first after it.

        Raises:
            MalformedRequestError: it ends before it begins, or is too long.
        """
        if self.last_day < self.first_day or self.last_day - self.first_day > LONGEST:
            raise MalformedRequestError(faults=[{"field": "last_day", "code": "not_a_period"}])
        first, after = (
            datetime.combine(day, time(), MEXICO) for day in (self.first_day, self.last_day + timedelta(days=1))
        )
        return first, after


@dataclass(frozen=True, slots=True)
class BegunReplay:
    """A replay that was recorded; ``repeated``: it was begun before, and is not run again."""

    run: UUID
    cases: list[UUID]
    question: Question
    repeated: bool


@dataclass(kw_only=True)
class WhatIf:
    """Begins and runs replays."""

    context: ServiceContext
    log: Log
    clock: Clock
    desks: Desks
    restricted: frozenset[RiskCategory]
    """The programme's own: other rules cannot make fewer."""
    processes: int
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self, run: UUID, question: Question, by: Principal) -> BegunReplay:
        """Records a replay under the caller's id; no answer has been opened yet.

        Raises:
            NoOtherPolicyError, OtherPolicyFaultsError, MalformedRequestError: see ``Question``.
            ReplayRunsError: another one runs.
            CommandIdReusedError: the id was used for another command.
            StoreUnavailableError: it could not be recorded.
        """
        rule_set, deadlines = await asyncio.to_thread(lambda: question.names)
        cases = await PeriodCases(self.context.database).opened(*question.period)
        days: dict[str, Any] = {"first_day": question.first_day, "last_day": question.last_day}
        asked: dict[str, Any] = {"rule_set": rule_set, "deadlines": deadlines, **days}
        texts = orjson.dumps({RULES: _text(question.rules), DEADLINES: _text(question.deadlines)}).decode()
        who = ":".join(by.actor.split(":")[:2])

        async def decide(_: None, work: UnitOfWork) -> Decided:
            event = RulesReplayed(**asked, cases=len(cases), names_cases=question.names_cases)
            work.record(run, event, case=None, actor=by.actor, cause=run)
            now = work.now()
            values = (run, now, who, rule_set, deadlines, *days.values(), len(cases), texts)
            return Decided(in_transaction=lambda connection: begin_run(connection, values, now))

        same = led_to(RulesReplayed, **asked)
        done = await execute(self.log, self.clock, run, by.actor, [run], decide=decide, same=same)
        return BegunReplay(run, cases, question, done.repeated)

    def start(self, begun: BegunReplay) -> None:
        """Runs it in the background, as long as the service does."""
        if begun.repeated:
            return
        task = asyncio.create_task(self._to_the_end(begun), name="what-if")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def close(self) -> None:
        """Ends what runs; its processes end with it."""
        for task in self._running:
            task.cancel()

    async def run(self, begun: BegunReplay, on_progress: OnProgress | None = None) -> ReplayResult:
        """Runs it and keeps its result. ``on_progress`` is also told how many cases were looked at.

        Raises:
            ReplayFailedError: a process failed.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        progress, result = RunProgress(self.context.database), None
        until = self.clock()
        setup = Setup(
            settings=self.context.settings,
            secrets=self.context.secrets,
            desks=self.desks,
            rules=begun.question.rules,
            deadlines=begun.question.deadlines,
            until=until,
            names_cases=begun.question.names_cases,
        )

        async def go_on(done: int) -> None:
            await progress.go_on(begun.run, self.clock(), done)
            if on_progress is not None:
                await on_progress(done)

        try:
            tally = await replay_cases(begun.cases, setup, processes=self.processes, on_progress=go_on)
            result = self._result(tally, begun.question, until)
        finally:
            await asyncio.shield(progress.end(begun.run, self.clock(), result))
        return result

    def _result(self, tally: Tally, question: Question, until: datetime) -> ReplayResult:
        rule_set, deadlines = question.names
        return publish(
            tally,
            self.restricted,
            rule_set=rule_set,
            deadlines=deadlines,
            days=(question.first_day, question.last_day),
            known_until=until,
            names_cases=question.names_cases,
        )

    async def _to_the_end(self, begun: BegunReplay) -> None:
        try:
            await self.run(begun)
        except (ReplayFailedError, StoreUnavailableError) as error:
            logger.warning("replay_failed", error=type(error).__name__)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()
