"""The log answers each caller by itself: a conflict, a repeat or a fault of one never becomes another's."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from events.contract import MAX_STATE_BYTES, Event, Recorded
from events.notifications import AlertAnswered
from events.vocabulary import Agency
from services.chassis.entry import Entry
from services.chassis.errors import (
    EntryTooLargeError,
    LogHaltedError,
    StaleProgressError,
    StoreUnavailableError,
    VersionConflictError,
)
from services.chassis.group_commit import GroupCommit
from services.chassis.log import Append, Appended, Log, Progress
from services.chassis.migrate import migrate_database
from services.chassis.secrets import Secrets
from services.chassis.workspace import Workspace
from services.local import PostgresServer
from tests.harness.logs import A_DAY, append, as_admin, database_of, entry, everything, ids, opened, some
from tests.harness.proxy import proxied
from tests.harness.system import eventually


@pytest.fixture
async def log(database: str, secrets: Secrets) -> AsyncIterator[Log]:
    async with opened(database, secrets) as log:
        yield log


async def transactions(dsn: str) -> int:
    async with as_admin(dsn) as admin:
        count: int = await admin.fetchval("select count(distinct xmin::text) from intake.event")
        return count


async def answers(*requests: Any) -> list[Any]:
    """Everybody's answer, in time: a caller that hangs fails the test."""
    async with asyncio.timeout(20):
        return await asyncio.gather(*requests, return_exceptions=True)


class Mishap(Exception):  # noqa: N818 - what happens to somebody
    """Something that nobody foresaw."""


async def mishap(_connection: asyncpg.Connection) -> None:
    raise Mishap


def fact(actor: str) -> Entry:
    """An entry that read models are told of: made from an event."""
    facts = Workspace(None, lambda: A_DAY)  # type: ignore[arg-type]  # a new stream is not read
    stream = uuid4()
    facts.begin(stream)
    facts.record(stream, AlertAnswered(referral=stream, agency=Agency.ACNUR), case=None, actor=actor, cause=uuid4())
    return facts.entries[0]


class TestAConflict:
    async def test_is_an_answer_and_its_neighbours_are_committed_with_it(self, log: Log, database: str) -> None:
        stream = uuid4()
        await append(log, entry(stream, 1))
        neighbours = some(20)
        got = await answers(
            *(append(log, each) for each in neighbours[:10]),
            append(log, entry(stream, 1)),
            append(log, entry(stream, 3)),
            *(append(log, each) for each in neighbours[10:]),
        )
        assert [type(each) for each in got[10:12]] == [VersionConflictError] * 2
        assert [each.first_position for each in (*got[:10], *got[12:])] == list(range(2, 22))
        assert ids((await everything(log))[1:]) == ids(neighbours)
        assert await transactions(database) == 2

    async def test_undoes_the_whole_of_its_own_request_and_nothing_else(self, log: Log) -> None:
        taken, free = uuid4(), uuid4()
        await append(log, entry(taken))
        got = await answers(append(log, entry(free), entry(taken)), append(log, entry(free)))
        assert isinstance(got[0], VersionConflictError)
        assert got[1] == Appended(first_position=2, events=1, repeated=False)

    async def test_of_two_that_want_the_same_version_at_once_one_gets_it(self, log: Log) -> None:
        stream = uuid4()
        got = await answers(*(append(log, entry(stream)) for _ in range(30)))
        assert sum(isinstance(each, Appended) for each in got) == 1
        assert sum(isinstance(each, VersionConflictError) for each in got) == 29

    async def test_of_two_logs_on_one_table_one_gets_the_version(
        self, log: Log, database: str, secrets: Secrets
    ) -> None:
        async with opened(database, secrets) as other:
            for _ in range(10):
                stream = uuid4()
                got = await answers(*(append(each, entry(stream)) for each in (log, other)))
                assert {type(each) for each in got} == {Appended, VersionConflictError}
        assert [each.position for each in await everything(log)] == list(range(1, 11))

    @pytest.mark.parametrize("versions", [(2,), (0, 2), (1, 1), (2, 1), (-1,), (1, 2, 4)])
    async def test_is_what_a_new_stream_with_these_versions_gets(self, log: Log, versions: Sequence[int]) -> None:
        stream = uuid4()
        with pytest.raises(VersionConflictError):
            await append(log, *(entry(stream, version) for version in versions))
        assert await log.head() == 0

    async def test_does_not_move_a_followers_progress(self, log: Log) -> None:
        stream = uuid4()
        await append(log, entry(stream))
        progress = Progress(upstream="referral", after=0, position=7)
        with pytest.raises(VersionConflictError):
            await log.append(Append(entries=[entry(stream)], progress=progress))
        assert (await log.progress("referral")).position == 0


class TestACommandSentAgain:
    async def test_gets_its_first_result(self, log: Log) -> None:
        command, first = uuid4(), some(3)
        assert await append(log, *first, command=command) == Appended(first_position=1, events=3, repeated=False)
        await append(log, *some(2))
        assert await append(log, *some(1), command=command) == Appended(first_position=1, events=3, repeated=True)
        assert await log.head() == 5

    async def test_gets_its_first_result_also_when_its_version_is_no_longer_the_next(self, log: Log) -> None:
        command, stream = uuid4(), uuid4()
        first = await append(log, entry(stream), command=command)
        await append(log, entry(stream, 2))
        again = await append(log, entry(stream), command=command)
        assert (again.first_position, again.repeated) == (first.first_position, True)

    async def test_does_not_run_what_goes_with_it_again(self, log: Log) -> None:
        command, runs = uuid4(), list[int]()

        async def run(_connection: asyncpg.Connection) -> None:
            runs.append(1)

        for _ in range(3):
            await log.append(Append(entries=some(1), command=command, within=run))
        assert runs == [1]

    async def test_ten_times_at_once_is_one_append(self, log: Log) -> None:
        command = uuid4()
        got = await answers(*(append(log, entry(), command=command) for _ in range(10)))
        assert {each.first_position for each in got} == {1}
        assert sorted(each.repeated for each in got) == [False, *[True] * 9]
        assert await log.head() == 1

    async def test_to_two_processes_at_once_is_one_append(self, log: Log, database: str, secrets: Secrets) -> None:
        async with opened(database, secrets) as other:
            for position in range(1, 11):
                command = uuid4()
                got = await answers(*(append(each, entry(), command=command) for each in (log, other)))
                assert {each.first_position for each in got} == {position}
                assert sorted(each.repeated for each in got) == [False, True]

    async def test_one_in_a_hundred_gets_its_first_result_and_the_others_are_committed(
        self, log: Log, database: str
    ) -> None:
        known = [uuid4() for _ in range(10)]
        first = await answers(*(append(log, entry(), command=command) for command in known))
        commands = [known[number // 100] if number % 100 == 50 else uuid4() for number in range(1000)]
        got = await answers(*(append(log, entry(), command=command) for command in commands))
        assert [each.first_position for each in got if each.repeated] == [each.first_position for each in first]
        assert sorted(each.first_position for each in got if not each.repeated) == list(range(11, 1001))
        assert await transactions(database) <= 5

    async def test_all_of_them_get_their_first_result(self, log: Log) -> None:
        commands = [uuid4() for _ in range(500)]
        first = await answers(*(append(log, entry(), command=command) for command in commands))
        again = await answers(*(append(log, entry(), command=command) for command in commands))
        assert [each.first_position for each in again] == [each.first_position for each in first]
        assert all(each.repeated for each in again)
        assert await log.head() == 500

    async def test_tells_what_it_led_to(self, log: Log) -> None:
        assert await log.carried_out(uuid4()) is None
        nothing = uuid4()
        await append(log, command=nothing)
        assert await log.carried_out(nothing) == []


class TestAnUnknownOutcome:
    async def test_is_unavailable_and_the_command_sent_again_gets_the_first_result(
        self, database: str, secrets: Secrets
    ) -> None:
        command, asked = uuid4(), entry()
        async with proxied(database) as proxy, opened(proxy.dsn, secrets) as log:
            await append(log, entry())
            proxy.lose_answers = 1
            with pytest.raises(StoreUnavailableError):
                await append(log, asked, command=command)
            again = await append(log, asked, command=command)
            assert again == Appended(first_position=2, events=1, repeated=True)
            assert ids(await everything(log))[1:] == [asked.id]

    async def test_is_the_answer_to_everybody_whose_commit_it_was(self, database: str, secrets: Secrets) -> None:
        requests = [(entry(), uuid4()) for _ in range(20)]
        async with proxied(database) as proxy, opened(proxy.dsn, secrets) as log:
            proxy.lose_answers = 1
            got = await answers(*(append(log, asked, command=command) for asked, command in requests))
            assert {type(each) for each in got} == {StoreUnavailableError}
            again = await answers(*(append(log, asked, command=command) for asked, command in requests))
            assert all(each.repeated for each in again)
            assert ids(await everything(log)) == [asked.id for asked, _ in requests]

    async def test_of_a_follower_is_stale_when_tried_again_and_so_happens_once(
        self, database: str, secrets: Secrets
    ) -> None:
        request = Append(entries=some(1), progress=Progress(upstream="referral", after=0, position=5))
        async with proxied(database) as proxy, opened(proxy.dsn, secrets) as log:
            proxy.lose_answers = 1
            with pytest.raises(StoreUnavailableError):
                await log.append(request)
            with pytest.raises(StaleProgressError):
                await log.append(request)
            assert (await log.progress("referral")).position == 5
            assert await log.head() == 1


class TestAFault:
    async def test_of_what_goes_with_a_request_fails_that_request_alone(self, log: Log) -> None:
        good = some(10)
        got = await answers(
            *(append(log, each) for each in good[:5]),
            log.append(Append(entries=some(1), command=(command := uuid4()), within=mishap)),
            *(append(log, each) for each in good[5:]),
        )
        assert isinstance(got.pop(5), Mishap)
        assert all(isinstance(each, Appended) for each in got)
        assert sorted(ids(await everything(log))) == sorted(ids(good))
        assert not (await append(log, entry(), command=command)).repeated

    async def test_of_a_read_model_fails_only_the_request_whose_event_it_cannot_write(
        self, database: str, secrets: Secrets
    ) -> None:
        async def project(_connection: asyncpg.Connection, events: Sequence[Recorded[Event]]) -> None:
            if any(each.actor == "unlucky" for each in events):
                raise Mishap

        async with opened(database, secrets, projections=[project]) as log:
            wanted = [fact("lucky"), fact("unlucky"), fact("lucky")]
            got = await answers(*(append(log, each) for each in wanted))
            assert [type(each) for each in got] == [Appended, Mishap, Appended]
            assert ids(await everything(log)) == [wanted[0].id, wanted[2].id]

    @pytest.mark.parametrize(
        "fault", [Mishap(), ValueError(), asyncpg.UniqueViolationError("x"), RecursionError(), AssertionError(),
                  asyncio.CancelledError(), KeyError("x"), StopAsyncIteration()],
        ids=lambda fault: type(fault).__name__,
    )  # fmt: skip
    async def test_of_any_kind_leaves_the_writer_at_work_and_nobody_waiting(
        self, log: Log, fault: BaseException
    ) -> None:
        async def raises(_connection: asyncpg.Connection) -> None:
            raise fault

        async def waits(_connection: asyncpg.Connection) -> None:
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.001)

        for within in (raises, waits):
            got = await answers(
                log.append(Append(entries=some(1), within=within)), *(append(log, each) for each in some(5))
            )
            assert isinstance(got[0], BaseException)
        assert (await append(log, entry())).events == 1

    async def test_of_a_listener_is_nobodys_failure(self, database: str, secrets: Secrets) -> None:
        def deaf(_events: Sequence[Recorded[Event]]) -> None:
            raise Mishap

        async with opened(database, secrets, listeners=[deaf]) as log:
            got = await answers(*(append(log, each, command=uuid4()) for each in some(5)))
            assert [(each.first_position, each.repeated) for each in got] == [(n, False) for n in range(1, 6)]
            assert await log.head() == 5

    async def test_in_what_postgresql_is_handed_fails_that_request_alone(self, log: Log) -> None:
        got = await answers(
            append(log, entry()),
            append(log, entry(version=2**40)),
            append(log, entry(topic="intake.\x00.v1")),
            append(log, entry()),
        )
        assert [isinstance(each, Appended) for each in got] == [True, False, False, True]
        assert await log.head() == 2


class TestTheWriter:
    async def test_gathers_no_more_than_a_batch_and_makes_the_others_wait(self) -> None:
        batches, going = list[int](), asyncio.Event()

        async def commit(batch: list[int]) -> list[int]:
            batches.append(len(batch))
            await going.wait()
            return [each * 2 for each in batch]

        group = GroupCommit(commit, most=4, waiting=8)
        group.start()
        callers = [asyncio.create_task(group.submit(number)) for number in range(100)]

        async def full() -> bool:
            return group._queue.full()

        await eventually(full)
        assert group._queue.qsize() == 8
        going.set()
        assert await answers(*callers) == [number * 2 for number in range(100)]
        assert max(batches) == 4
        await group.stop()

    async def test_that_is_stopped_leaves_nobody_waiting_not_even_who_waited_for_room(self) -> None:
        async def never(_batch: list[int]) -> list[int]:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        group = GroupCommit(never, most=2, waiting=3)
        group.start()
        callers = [asyncio.create_task(group.submit(number)) for number in range(50)]

        async def full() -> bool:
            return group._queue.full()

        await eventually(full)
        await group.stop()
        assert {type(each) for each in await answers(*callers)} == {StoreUnavailableError}

    async def test_that_was_never_started_or_is_stopped_says_so(self, database: str, secrets: Secrets) -> None:
        log = Log(database_of(database, secrets))
        with pytest.raises(StoreUnavailableError):
            await append(log, entry())
        log.start()
        await append(log, entry())
        await log.stop()
        with pytest.raises(StoreUnavailableError):
            await append(log, entry())

    async def test_that_gets_too_few_answers_leaves_nobody_waiting(self) -> None:
        async def forgets(batch: list[int]) -> list[int]:
            return batch[1:]

        group = GroupCommit(forgets, most=10)
        group.start()
        for _ in range(2):
            got = await answers(*(group.submit(number) for number in range(5)))
            assert all(isinstance(each, Exception) for each in got)
        await group.stop()

    async def test_goes_on_when_a_caller_gave_up_waiting(self, log: Log) -> None:
        impatient = [asyncio.create_task(append(log, each)) for each in some(20)]
        await asyncio.sleep(0)
        for task in impatient[::2]:
            task.cancel()
        got = await answers(*impatient)
        assert all(isinstance(each, Appended) for each in got[1::2])
        assert (await append(log, entry())).first_position == await log.head()


async def test_a_state_over_the_limit_is_too_large_and_one_at_the_limit_is_not(log: Log) -> None:
    with pytest.raises(EntryTooLargeError):
        await append(log, entry(state=b"x" * (MAX_STATE_BYTES + 1)))
    await append(log, entry(state=b"x" * MAX_STATE_BYTES))
    assert await log.head() == 1


async def test_a_halted_log_refuses_and_says_why(log: Log) -> None:
    await append(log, entry())
    log.halted = "some_alarm"
    with pytest.raises(LogHaltedError) as refused:
        await append(log, entry())
    assert refused.value.details == {"reason": "some_alarm"}
    assert await log.head() == 1


async def test_positions_are_the_numbers_from_one_on_whatever_was_refused(log: Log) -> None:
    stream = uuid4()
    for number in range(1, 30):
        wanted = [append(log, entry(stream, number)), append(log, entry(stream, number)), append(log, *some(2))]
        await answers(*wanted, log.append(Append(entries=some(3), within=mishap)))
    rows = await everything(log)
    assert [each.position for each in rows] == list(range(1, 29 * 3 + 1))
    assert [each.originator_version for each in rows if each.stream == stream] == list(range(1, 30))


async def test_a_follower_that_is_not_where_it_believes_is_stale(log: Log) -> None:
    def step(after: int | None, position: int) -> Append:
        return Append(entries=some(1), progress=Progress(upstream="referral", after=after, position=position))

    await log.append(step(0, 3))
    for after, position in ((0, 4), (2, 4), (4, 5), (None, 3), (None, 2)):
        with pytest.raises(StaleProgressError):
            await log.append(step(after, position))
    await log.append(step(3, 9))
    await log.append(step(None, 10))
    got = await answers(log.append(step(10, 11)), log.append(step(10, 12)))
    assert {type(each) for each in got} == {Appended, StaleProgressError}


async def test_when_postgresql_stops_callers_are_told_at_once_and_go_on_when_it_is_back(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    server = PostgresServer(tmp_path, secrets)
    await server.start()
    try:
        await migrate_database(server.dsn, secrets)
        async with opened(server.dsn, secrets) as log:
            await append(log, entry())
            await server.stop()
            command, asked, since = uuid4(), entry(), monotonic()
            with pytest.raises(StoreUnavailableError):
                await append(log, asked, command=command)
            with pytest.raises(StoreUnavailableError):
                await log.head()
            assert monotonic() - since < 1
            await server.start()
            assert (await append(log, asked, command=command)).first_position == 2
            assert ids(await everything(log))[1:] == [asked.id]
    finally:
        await server.stop()


async def test_when_postgresql_is_killed_everything_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    server = PostgresServer(tmp_path, secrets)
    await server.start()
    kept: dict[UUID, int] = {}
    try:
        await migrate_database(server.dsn, secrets)
        async with opened(server.dsn, secrets) as log:

            async def write() -> None:
                while True:
                    asked = entry()
                    kept[asked.id] = (await append(log, asked)).first_position

            writing = [asyncio.create_task(write()) for _ in range(10)]

            async def under_way() -> bool:
                return len(kept) > 200

            await eventually(under_way)
            os.kill(server.pid, signal.SIGQUIT)
            assert {type(each) for each in await answers(*writing)} == {StoreUnavailableError}
            await server.stop()
            await server.start()
            there = {each.id: each.position for each in await everything(log)}
            assert kept.items() <= there.items()
            assert sorted(there.values()) == list(range(1, len(there) + 1))
            assert (await append(log, entry())).first_position == len(there) + 1
    finally:
        await server.stop()
