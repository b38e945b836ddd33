"""A fault of one caller, and an answer that was lost, never become another's."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest

from events.contract import Event, Recorded
from events.notifications import AlertAnswered
from events.vocabulary import Agency
from services.chassis.errors import (
    StaleProgressError,
    StoreUnavailableError,
)
from services.chassis.eventlog.append import Append, Appended, Progress
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.secrets.installation import Secrets
from tests.support.fakes.proxy import proxied
from tests.support.system.logs import A_DAY, answers, append, entry, everything, ids, opened, some


class Mishap(Exception):  # noqa: N818 - what happens to somebody
    """Something that nobody foresaw."""


async def mishap(_connection: asyncpg.Connection) -> None:
    raise Mishap


def fact(actor: str) -> LogEntry:
    """An entry that read models are told of: made from an event."""
    facts = UnitOfWork(None, lambda: A_DAY)  # type: ignore[arg-type]  # a new stream is not read
    stream = uuid4()
    facts.begin(stream)
    facts.record(stream, AlertAnswered(referral=stream, agency=Agency.ACNUR), case=None, actor=actor, cause=uuid4())
    return facts.entries[0]


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
            log.append(Append(entries=some(1), command=(command := uuid4()), in_transaction=mishap)),
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

        for in_transaction in (raises, waits):
            got = await answers(
                log.append(Append(entries=some(1), in_transaction=in_transaction)),
                *(append(log, each) for each in some(5)),
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


async def test_positions_are_the_numbers_from_one_on_whatever_was_refused(log: Log) -> None:
    stream = uuid4()
    for number in range(1, 30):
        wanted = [append(log, entry(stream, number)), append(log, entry(stream, number)), append(log, *some(2))]
        await answers(*wanted, log.append(Append(entries=some(3), in_transaction=mishap)))
    rows = await everything(log)
    assert [each.position for each in rows] == list(range(1, 29 * 3 + 1))
    assert [each.originator_version for each in rows if each.stream == stream] == list(range(1, 30))
