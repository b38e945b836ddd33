"""Whatever is asked of the log in whatever order, and whatever breaks between, it is what a plain model says.

The second half puts logs that are wrong in its place: each must be found out.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from services.chassis.database import Database
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.append import Append, Appended
from services.chassis.eventlog.log import Log
from services.chassis.secrets.installation import Secrets
from tests.support.fakes.unreliable_log import MortalLog
from tests.support.models.log_machine import LogAgainstAModel
from tests.support.models.log_model import Disagreement, Mishap
from tests.support.properties import examples, searching, until_found
from tests.support.system.logs import as_admin

EVERY_ANSWER = {
    "appended", "repeated", "VersionConflictError", "StaleProgressError", "Mishap", "UniqueViolationError",
    "StoreUnavailableError, kept", "StoreUnavailableError, undone",
}  # fmt: skip

pytestmark = pytest.mark.slow


def machine(
    dsn: str, secrets: Secrets, answers: Counter[str], kind: Callable[[Database], Log] = Log
) -> Callable[[], LogAgainstAModel]:
    """Makes the machine for each example, all in one database: an example counts from where the last one ended."""
    return lambda: LogAgainstAModel(lambda case: MortalLog(dsn, secrets, case=case, kind=kind), answers)


def search(made: Callable[[], LogAgainstAModel], settings: hypothesis.settings) -> None:
    run_state_machine_as_test(made, settings=settings)  # type: ignore[arg-type]  # whatever makes a machine will do


async def test_a_log_is_what_the_model_says_after_every_step(database: str, secrets: Secrets) -> None:
    answers = Counter[str]()
    await asyncio.to_thread(search, machine(database, secrets, answers), searching(examples=25, steps=20))
    assert answers.keys() == EVERY_ANSWER
    assert min(answers.values()) > 3, answers
    async with as_admin(database) as admin:
        numbers = "select count(*), max(position), (select position from intake.head) from intake.event"
        count, last, head = await admin.fetchrow(numbers)
    assert count == last == head > examples(100)


class ForgetsItsCommands(Log):
    async def append(self, request: Append) -> Appended:
        return await super().append(replace(request, command=None))


class TriesAgainByItself(Log):
    """As if an answer that did not come meant that nothing was committed."""

    async def append(self, request: Append) -> Appended:
        try:
            return await super().append(request)
        except StoreUnavailableError:
            return await super().append(replace(request, command=None))


class BlamesTheNeighbours(Log):
    async def _round(self, requests: list[Append]) -> list[Appended | Exception]:
        answers = await super()._round(requests)
        fault = next((one for one in answers if isinstance(one, Mishap)), None)
        return answers if fault is None else [fault] * len(requests)


class LeavesOutWhatGoesWithAnAppend(Log):
    async def append(self, request: Append) -> Appended:
        return await super().append(replace(request, in_transaction=None))


@pytest.mark.parametrize(
    "kind", [ForgetsItsCommands, TriesAgainByItself, BlamesTheNeighbours, LeavesOutWhatGoesWithAnAppend]
)
def test_a_log_is_found_out_that(database: str, secrets: Secrets, kind: type[Log]) -> None:
    with pytest.raises(Disagreement):
        search(machine(database, secrets, Counter(), kind), until_found(examples=30, steps=20))


WRONG = {
    "keeps_no_command": ("where outcome = appended and command is not null", "where false"),
    "answers_a_repeat_with_a_new_place": ("when known then placed.first", "when known then held + 1"),
    "gives_a_version_twice": ("outcomes[misfit] := conflict", "outcomes[misfit] := appended"),
    "leaves_a_gap": ("set position = held + written", "set position = held + written + 1"),
    "reserves_places_for_what_it_refused": ("sum(case when outcome = appended then size else 0 end)", "sum(size)"),
    "believes_every_follower": ("then stale", "then appended"),
    "keeps_no_progress": ("set position = excluded.position", "set position = t.position"),
}
"""What is wrong with the function in the database, as what stands there and what is put in its place."""


@pytest.mark.search
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_database_is_found_out_that(database: str, secrets: Secrets, wrong: str) -> None:
    right, instead = WRONG[wrong]
    async with as_admin(database) as admin:
        function = await admin.fetchval(
            "select pg_get_functiondef(oid) from pg_proc where oid = 'intake.append'::regproc"
        )
        assert function.count(right) == 1
        await admin.execute(function.replace(right, instead))
        await admin.execute("alter table intake.event drop constraint event_stream_version_key")
    made = machine(database, secrets, Counter())
    with pytest.raises(Disagreement):
        await asyncio.to_thread(search, made, until_found(examples=30, steps=20))
