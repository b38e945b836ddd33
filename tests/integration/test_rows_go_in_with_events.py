"""Rows that an append takes along are there with its events or not at all, and one that was there is its own affair."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from events.vocabulary import BoxClass
from services.chassis.errors import VersionConflictError
from services.chassis.eventlog.append import Append, Appended
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.side_rows import RowsExistError
from services.chassis.vault.keyring import INSERT
from tests.support.system.logs import A_DAY, answers, append, as_admin, entry, everything, ids, some

EPOCH, CHECK = 99, b"c" * 32


@pytest.fixture(autouse=True)
async def _an_epoch(database: str) -> None:
    async with as_admin(database) as admin:
        made = "insert into vault.epoch (class, epoch, check_value, created_at) values ($1, $2, $3, $4)"
        await admin.execute(made, BoxClass.SCREENING.value, EPOCH, CHECK, A_DAY)


def a_row(key: UUID) -> tuple[Any, ...]:
    return (key, uuid4(), BoxClass.SCREENING.value, EPOCH, b"wrapped", A_DAY, CHECK)


def taking(*keys: UUID, **request: Any) -> Append:
    return Append(entries=some(1), side_rows={INSERT: [a_row(key) for key in keys]}, **request)


async def in_the_vault(dsn: str) -> set[UUID]:
    async with as_admin(dsn) as admin:
        return {UUID(int=row["id"].int) for row in await admin.fetch("select id from vault.key")}


async def put_in_the_vault(dsn: str, key: UUID) -> None:
    async with as_admin(dsn) as admin:
        await admin.execute(INSERT, *([value] for value in a_row(key)))


async def test_rows_of_many_are_committed_with_their_events(log: Log, database: str) -> None:
    keys = [uuid4() for _ in range(30)]
    got = await answers(*(log.append(taking(*keys[n : n + 3])) for n in range(0, 30, 3)), append(log, entry()))
    assert {type(each) for each in got} == {Appended}
    async with as_admin(database) as admin:
        written = "select xmin::text from intake.event union select xmin::text from vault.key"
        assert len(await admin.fetch(written)) == 1
    assert await in_the_vault(database) == set(keys)


async def test_a_command_that_is_known_writes_no_row(log: Log, database: str) -> None:
    command, first, again = (uuid4() for _ in range(3))
    await log.append(taking(first, command=command))
    neighbour = taking(uuid4())
    got = await answers(log.append(taking(again, command=command)), log.append(neighbour))
    assert [each.repeated for each in got] == [True, False]
    assert again not in await in_the_vault(database)


async def test_a_conflict_writes_no_row(log: Log, database: str) -> None:
    stream, key = uuid4(), uuid4()
    await append(log, entry(stream))
    conflict = Append(entries=[entry(stream)], side_rows={INSERT: [a_row(key)]})
    got = await answers(log.append(conflict), append(log, entry()))
    assert isinstance(got[0], VersionConflictError)
    assert await in_the_vault(database) == set()


async def test_a_row_that_was_there_refuses_its_own_request_and_stays_as_it_was(log: Log, database: str) -> None:
    there, free = uuid4(), uuid4()
    await put_in_the_vault(database, there)
    neighbours = [taking(uuid4()) for _ in range(20)]
    told: list[int] = []
    log.listen(lambda committed: told.append(len(committed)))
    got = await answers(
        *(log.append(each) for each in neighbours[:10]),
        log.append(taking(free, there)),
        log.append(taking(there)),
        *(log.append(each) for each in neighbours[10:]),
    )
    assert [type(each) for each in got[10:12]] == [RowsExistError] * 2
    assert [each.first_position for each in (*got[:10], *got[12:])] == list(range(1, 21))
    assert ids(await everything(log)) == [each.entries[0].id for each in neighbours]
    assert await in_the_vault(database) == {there} | {row[0] for each in neighbours for row in each.side_rows[INSERT]}
    async with as_admin(database) as admin:
        assert await admin.fetchval("select count(distinct xmin::text) from intake.event") == 1
    assert len(told) == 1
    assert isinstance(await log.append(taking(free)), Appended)


async def test_of_two_that_bring_the_same_row_the_first_is_appended(log: Log, database: str) -> None:
    key = uuid4()
    got = await answers(log.append(taking(key)), log.append(taking(uuid4(), key)), log.append(taking(uuid4())))
    assert [type(each) for each in got] == [Appended, RowsExistError, Appended]
    assert len(await in_the_vault(database)) == 2


async def test_a_command_refused_for_its_row_may_be_sent_again_without_it(log: Log, database: str) -> None:
    there, command = uuid4(), uuid4()
    await put_in_the_vault(database, there)
    got = await answers(*(log.append(taking(there, command=command)) for _ in range(3)))
    assert [type(each) for each in got] == [RowsExistError] * 3
    assert not (await log.append(Append(entries=some(1), command=command))).repeated
