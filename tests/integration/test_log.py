"""The log answers each caller by itself: a conflict, a repeat or a stale follower never becomes another's."""

from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest

from events.contract import MAX_STATE_BYTES
from services.chassis.errors import (
    EntryTooLargeError,
    LogHaltedError,
    StaleProgressError,
    VersionConflictError,
)
from services.chassis.eventlog.append import Append, Appended, Progress
from services.chassis.eventlog.log import Log
from services.chassis.secrets.installation import Secrets
from tests.support.system.logs import answers, append, as_admin, entry, everything, ids, opened, some


async def transactions(dsn: str) -> int:
    async with as_admin(dsn) as admin:
        count: int = await admin.fetchval("select count(distinct xmin::text) from intake.event")
        return count


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
            await log.append(Append(entries=some(1), command=command, in_transaction=run))
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
