"""A command is carried out once, tried again after a conflict, and its id is never another command's."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.contract import Event, Recorded
from events.intake import ShelterHeard
from services.chassis.errors import CommandIdReusedError, NotFoundError, VersionConflictError
from services.chassis.eventlog.append import Append, Appended
from services.chassis.eventlog.commands import MAX_ATTEMPTS, Decided, Done, execute
from services.chassis.eventlog.unit_of_work import UnitOfWork

WORKER, COLLEAGUE = "shelter_worker:ALB-HUI-01:w-035", "shelter_worker:ALB-HUI-01:w-036"


def noted(text: str) -> Event:
    """A note is as good as any event here: what is compared is the text."""
    return ShelterHeard(shelter="ALB-HUI-01", device=text, waiting=0, oldest_seconds=0)


class LogInMemory:
    """Keeps streams and commands as the log does. ``before_append`` is what others do in between."""

    def __init__(self, before_append: Sequence[Callable[[], None]] = ()) -> None:
        self.histories: dict[UUID, list[Recorded[Event]]] = {}
        self.commands: dict[UUID, list[Recorded[Event]]] = {}
        self.appends: list[Append] = []
        self._before = list(before_append)

    async def streams(self, streams: Iterable[UUID]) -> dict[UUID, list[Recorded[Event]]]:
        return {stream: list(self.histories.get(stream, ())) for stream in streams}

    async def carried_out(self, command: UUID) -> list[Recorded[Event]] | None:
        return self.commands.get(command)

    async def append(self, request: Append) -> Appended:
        if self._before:
            self._before.pop(0)()
        if request.command in self.commands:
            return Appended(first_position=1, events=1, repeated=True)
        facts = [entry.typed for entry in request.entries if entry.typed is not None]
        for fact in facts:
            if fact.version != len(self.histories.get(fact.stream, ())) + 1:
                raise VersionConflictError
        for fact in facts:
            self.histories.setdefault(fact.stream, []).append(fact)
        if request.command is not None:
            self.commands[request.command] = facts
        self.appends.append(request)
        return Appended(first_position=1, events=len(facts), repeated=False)

    def written_by_somebody_else(self, stream: UUID, command: UUID | None = None, text: str = "theirs") -> None:
        work = UnitOfWork(self, lambda: datetime.now(UTC))  # type: ignore[arg-type]  # it reads as a log does
        work.begin(stream)
        work._histories[stream] = list(self.histories.get(stream, ()))
        fact = work.record(stream, noted(text), case=None, actor=WORKER, cause=command or uuid4())
        self.histories.setdefault(stream, []).append(fact)
        if command is not None:
            self.commands[command] = [fact]


async def note(log: Any, stream: UUID, text: str, command: UUID | None, actor: str = WORKER, **how: Any) -> Done:
    """Takes a note, unless it is empty; of a stream that begins with ``hidden`` there is none."""

    async def admit(work: UnitOfWork) -> int:
        history = work.history(stream)
        if history and history[0].event == noted("hidden"):
            raise NotFoundError
        return len(history)

    async def decide(earlier: int, work: UnitOfWork) -> Decided:
        if text:
            work.record(stream, noted(text), case=None, actor=actor, cause=command or uuid4())
        return Decided(answer={"earlier": earlier})

    async def same(facts: Sequence[Recorded[Event]]) -> bool:
        return facts[0].event == noted(text)

    sender = how.pop("by", actor)
    options = {"admit": admit, "decide": decide, "same": same, **how}
    return await execute(log, lambda: datetime.now(UTC), command, sender, [stream], **options)


async def test_after_a_conflict_it_is_decided_again_on_what_others_wrote() -> None:
    stream = uuid4()
    log = LogInMemory([lambda: log.written_by_somebody_else(stream)])
    done = await note(log, stream, "mine", uuid4())
    assert (done.answer, done.repeated, done.facts[0].version) == ({"earlier": 1}, False, 2)
    assert [fact.event for fact in log.histories[stream]] == [noted("theirs"), noted("mine")]


async def test_the_same_command_again_gets_its_first_result_and_appends_nothing() -> None:
    log, stream, command = LogInMemory(), uuid4(), uuid4()
    first = await note(log, stream, "mine", command)
    log.written_by_somebody_else(stream)
    again = await note(log, stream, "mine", command)
    assert (again.repeated, again.facts) == (True, first.facts)
    assert len(log.appends) == 1


async def test_sent_twice_at_once_both_get_the_result_of_one() -> None:
    stream, command = uuid4(), uuid4()
    log = LogInMemory([lambda: log.written_by_somebody_else(stream, command, "mine")])
    done = await note(log, stream, "mine", command)
    assert (done.repeated, len(log.histories[stream])) == (True, 1)


async def test_an_id_that_another_command_took_in_that_very_moment_is_refused() -> None:
    stream, command = uuid4(), uuid4()
    log = LogInMemory([lambda: log.written_by_somebody_else(stream, command, "theirs")])
    with pytest.raises(CommandIdReusedError):
        await note(log, stream, "mine", command)


@pytest.mark.parametrize(
    ("text", "elsewhere", "actor"),
    [
        ("other", False, WORKER),
        ("mine", True, WORKER),
        ("mine", False, COLLEAGUE),
    ],
)
async def test_an_id_used_for_other_content_another_stream_or_by_somebody_else_is_refused(
    text: str, *, elsewhere: bool, actor: str
) -> None:
    log, stream, command = LogInMemory(), uuid4(), uuid4()
    await note(log, stream, "mine", command)
    with pytest.raises(CommandIdReusedError):
        await note(log, uuid4() if elsewhere else stream, text, command, actor)
    assert len(log.appends) == 1


async def test_whoever_may_not_see_it_learns_nothing_from_an_id() -> None:
    log, stream, command = LogInMemory(), uuid4(), uuid4()
    log.written_by_somebody_else(stream, command, "hidden")
    with pytest.raises(NotFoundError):
        await note(log, stream, "hidden", command)


async def test_where_nothing_is_decided_nothing_is_appended_and_the_id_stays_free() -> None:
    log, stream, command = LogInMemory(), uuid4(), uuid4()
    nothing = await note(log, stream, "", command)
    assert (nothing.facts, nothing.repeated, nothing.answer, log.appends) == ([], False, {"earlier": 0}, [])
    assert (await note(log, stream, "mine", command)).repeated is False


async def test_without_an_id_each_time_is_recorded() -> None:
    log, stream = LogInMemory(), uuid4()
    for _ in range(2):
        assert (await note(log, stream, "read", None)).repeated is False
    assert [request.command for request in log.appends] == [None, None]


async def test_an_id_derived_from_what_is_done_may_be_repeated_by_anybody() -> None:
    log, stream, command = LogInMemory(), uuid4(), uuid4()
    await note(log, stream, "withdrawn", command)
    done = await note(log, stream, "withdrawn", command, COLLEAGUE, by=None, same=None)
    assert (done.repeated, done.facts[0].actor) == (True, WORKER)


async def test_if_others_are_faster_every_time_the_caller_is_told() -> None:
    stream, tried = uuid4(), []

    def somebody() -> None:
        tried.append(1)
        log.written_by_somebody_else(stream)

    log = LogInMemory([somebody] * (MAX_ATTEMPTS + 1))
    with pytest.raises(VersionConflictError):
        await note(log, stream, "mine", uuid4())
    assert len(tried) == MAX_ATTEMPTS


async def test_rows_and_guard_go_in_with_the_events() -> None:
    log, stream, rows = LogInMemory(), uuid4(), {"insert into x": [(uuid4(),)]}

    async def guard(_connection: Any) -> None:
        """Looks once more, in the transaction."""

    async def decide(_: Any, work: UnitOfWork) -> Decided:
        work.record(stream, noted("mine"), case=None, actor=WORKER, cause=uuid4())
        return Decided(side_rows=rows, in_transaction=guard)

    await note(log, stream, "mine", uuid4(), decide=decide)
    assert (log.appends[0].side_rows, log.appends[0].in_transaction) == (rows, guard)
