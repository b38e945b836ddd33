"""A key has one ledger; another key begins none beside it before an operator has given the old one up."""

import asyncio
from pathlib import Path

from events.vocabulary import Watched
from services.audit.ledger.domain import Inconsistency
from services.audit.ledger.keys import LOGS, LedgerKeys
from services.audit.ledger.queries import last_checkpoint, ledgers
from services.audit.ledger.scheduler import LedgerKeeper
from tests.support.builders.stored_ledger import KEYS, LOG, NOW, Ledger

OTHER = LedgerKeys("0123456789abcdef0123456789abcdef", b"\x09" * 32)


class Kept:
    """One audit process that seals, with what it alarmed of."""

    def __init__(self, ledger: Ledger, keys: LedgerKeys, folder: Path, *given_up: str) -> None:
        self.alarms: list[Watched] = []
        self.keeper = LedgerKeeper(
            database=ledger.database,
            clock=lambda: NOW,
            keys=keys,
            folder=folder,
            given_up=given_up,
            alarm=lambda watched, _number: self.alarms.append(watched),
            behind=60,
        )


async def test_another_key_begins_a_ledger_only_when_the_old_one_was_given_up(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.record(30)
    first = Kept(ledger, KEYS, tmp_path / "sealed")
    await first.keeper.turn()
    assert first.keeper.problems == {}

    stranger = Kept(ledger, OTHER, tmp_path / "another")
    for _ in range(2):
        await stranger.keeper.turn()
    assert stranger.keeper.problems == dict.fromkeys(LOGS, Inconsistency.ANOTHER_KEY)
    assert stranger.alarms == [Watched.LEDGER_INCONSISTENT] * len(LOGS), "counted again within a minute"

    heir = Kept(ledger, OTHER, tmp_path / "another", KEYS.id)
    await heir.keeper.turn()
    assert heir.keeper.problems == {}
    async with ledger.database.reading() as connection:
        assert await ledgers(connection) == [KEYS.id, OTHER.id]
        last = await last_checkpoint(connection, LOG)
        assert last is not None
        assert (last.size, last.root) == (30, await ledger.pure_root(30)), "gathered from the first event on"
        old = await last_checkpoint(connection, LOG, KEYS.id)
        assert old is not None
    again = Kept(ledger, KEYS, tmp_path / "sealed")
    await again.keeper.turn()
    assert set(again.keeper.problems) == set(LOGS), "a ledger that was given up went on"


async def test_two_processes_at_once_make_one_history(ledger: Ledger, tmp_path: Path) -> None:
    both = [Kept(ledger, KEYS, tmp_path / "sealed") for _ in range(2)]
    for count in (300, 1, 5000, 7):
        await ledger.record(count)
        await asyncio.gather(*(one.keeper.turn() for one in both))
    async with ledger.database.reading() as connection:
        last = await last_checkpoint(connection, LOG)
        checks = await both[0].keeper.flow(connection)
    assert last is not None
    assert (last.size, last.root) == (5308, await ledger.pure_root(5308))
    assert all(check.ok for check in checks)
    assert [one.keeper.problems for one in both] == [{}, {}]
    assert [one.alarms for one in both] == [[], []]
