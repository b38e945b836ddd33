"""Logs are gathered and sealed; what was sealed and was changed since is never signed again."""

import asyncpg
import pytest

from services.audit.ledger import commands, projections
from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.domain import Inconsistency, InconsistentLedgerError
from services.audit.ledger.notes import Note
from services.audit.ledger.proving import NotProvenError, consistency, inclusion, proof_of_event
from services.audit.ledger.queries import checkpoints, leaf_hashes
from services.audit.ledger.sealed_file import SealedFile
from services.chassis.eventlog.append import Append
from services.chassis.operations.migrate import OWNER
from tests.support.builders.stored_ledger import KEYS, LOG, Ledger, cut_back
from tests.support.system.database_roles import As, not_refused
from tests.support.system.logs import as_admin


async def test_it_grows_and_every_checkpoint_continues_the_last(ledger: Ledger) -> None:
    sealer, sealed = ledger.sealer(), []
    for count in (1, 3, 252, 1, 600, 5000):
        checkpoint = await ledger.grows(count, sealer)
        assert checkpoint is not None
        sealed.append(checkpoint)
    assert await sealer.seal() is None, "nothing new, and signed again"
    assert [one.size for one in sealed] == [1, 4, 256, 257, 857, 5857]
    for one in sealed:
        assert one.root == await ledger.pure_root(one.size)
    async with ledger.database.reading() as connection:
        stored = await checkpoints(connection, LOG, limit=10)
        for kept_there in stored:
            said = opened(Note.parse(kept_there.note.encode()), KEYS.signer(LOG).verifier)
            assert (said.size, said.root) == (kept_there.size, kept_there.root)
        assert [one.size for one in stored] == [5857, 857, 257, 256, 4, 1]
        entries = await ledger.log.entries(after=250, limit=520)
        assert await leaf_hashes(connection, LOG, 251, 520) == [one.leaf_hash() for one in entries]
        assert len(await leaf_hashes(connection, LOG, 5850, 100)) == 8
        for position, size in ((1, None), (256, 256), (4097, 5857), (857, 1000)):
            proven = await inclusion(connection, LOG, position, size)
            assert proven.leaf == (await ledger.log.entries(after=position - 1, limit=1))[0].leaf_hash()
        assert (await consistency(connection, LOG, 257, 5857)).second_root == sealed[-1].root
        proof = await proof_of_event(connection, LOG, 300)
        assert proof.verified(KEYS.signer(LOG).verifier) == sealed[-1]
        assert proof.entry == (await ledger.log.entries(after=299, limit=1))[0].leaf()
    kept = await ledger.sealer().file.read()
    assert kept is not None
    assert str(kept) == stored[0].note


async def test_another_process_goes_on_where_the_first_ended(ledger: Ledger) -> None:
    first, second = ledger.sealer(), ledger.sealer()
    await ledger.grows(300, first)
    await ledger.grows(300, second)
    last = await ledger.grows(300, first)
    assert last is not None
    assert (last.size, last.root) == (900, await ledger.pure_root(900))
    assert await second.seal() is None


class Refused:
    """A change by the database's owner, and why nothing more is signed."""

    def __init__(self, reason: Inconsistency, *statements: str) -> None:
        self.reason, self.statements = reason, statements


CHANGES = {
    "a leaf, and what it leads to, rewritten": Refused(
        Inconsistency.NOT_CONTINUED,
        "update audit.tile set hashes = sha256('x') || substr(hashes, 33) where level = 0 and number = 1",
        "update audit.tile set hashes = substr(hashes, 1, 32) || sha256('y') where level = 1",
    ),
    "a tile gone": Refused(Inconsistency.TILES_CHANGED, "delete from audit.tile where level = 1"),
    "the last leaves rewritten": Refused(
        Inconsistency.NOT_CONTINUED,
        "update audit.tile set hashes = sha256('x') || substr(hashes, 33) where level = 0 and number = 2",
    ),
    "the checkpoints gone and the tiles rewritten": Refused(
        Inconsistency.NOT_CONTINUED,
        "delete from audit.checkpoint",
        "update audit.tile set hashes = sha256('x') || substr(hashes, 33) where level = 0 and number = 2",
    ),
    "a checkpoint with another root": Refused(
        Inconsistency.OTHER_ROOT, "update audit.checkpoint set root = sha256('x')"
    ),
    "a checkpoint of another key": Refused(
        Inconsistency.ANOTHER_KEY, "update audit.checkpoint set note = replace(note, '—', '— x')"
    ),
    "an event that is not gathered yet taken out": Refused(
        Inconsistency.HOLE, "delete from audit.event where position = 602"
    ),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_what_the_databases_owner_changes_is_found_and_nothing_more_is_signed(ledger: Ledger, what: str) -> None:
    await ledger.grows(600)
    await ledger.record(5)
    async with ledger.as_owner() as owner:
        for statement in CHANGES[what].statements:
            await owner.execute(statement)
    before = (await ledger.sealer().file.read(),)
    with pytest.raises(InconsistentLedgerError) as found:
        await ledger.grows(0)
    assert found.value.found is CHANGES[what].reason
    assert (await ledger.sealer().file.read(),) == before


async def test_an_event_that_was_changed_is_not_proven(ledger: Ledger) -> None:
    await ledger.grows(9)
    async with ledger.as_owner() as owner:
        await owner.execute("update audit.event set state = 'otro' where position = 4")
    async with ledger.database.reading() as connection:
        with pytest.raises(NotProvenError):
            await proof_of_event(connection, LOG, 4)
        assert await proof_of_event(connection, LOG, 5)


async def test_an_older_backup_signs_nothing_smaller_and_goes_on_with_the_same_events(ledger: Ledger) -> None:
    await ledger.grows(100)
    await ledger.record(100)
    lost = await ledger.log.entries(after=100, limit=100)
    sealer = ledger.sealer()
    await ledger.gathered(sealer)
    last = await sealer.seal()
    assert last is not None
    await cut_back(ledger, 100)
    await ledger.log.append(Append(entries=lost[:50]))
    restored = ledger.sealer()
    await ledger.gathered(restored)
    assert await restored.seal() is None, "smaller than what was sealed"
    await ledger.log.append(Append(entries=lost[50:]))
    await ledger.gathered(restored)
    assert await restored.seal() == last
    assert await ledger.grows(1, restored) is not None


async def test_an_older_backup_that_goes_on_otherwise_is_never_sealed(ledger: Ledger) -> None:
    await ledger.grows(100)
    await ledger.grows(100)
    await cut_back(ledger, 100)
    for count in (100, 60):
        with pytest.raises(InconsistentLedgerError):
            await ledger.grows(count)


class CrashedError(Exception):
    """The process ended here."""


@pytest.mark.parametrize(
    "where",
    ["alone_with", "tree_size", "last_checkpoint", "tiles", "add_checkpoint", "before the file", "after the file"],
)
async def test_a_crash_at_any_step_never_leaves_two_roots_for_one_size(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await ledger.grows(40)
    await ledger.record(30)
    sealer = ledger.sealer()
    await ledger.gathered(sealer)
    crash(monkeypatch, where)
    with pytest.raises(CrashedError):
        await sealer.seal()
    monkeypatch.undo()
    expected = Checkpoint(KEYS.origin(LOG), 70, await ledger.pure_root(70))
    kept = await ledger.sealer().file.read()
    assert kept is not None
    assert Checkpoint.parse(kept.text).size == (70 if where in {"add_checkpoint", "after the file"} else 40)
    assert await ledger.sealer().seal() == expected
    after = await ledger.sealer().file.read()
    assert after is not None
    assert Checkpoint.parse(after.text) == expected
    async with ledger.database.reading() as connection:
        assert [one.size for one in await checkpoints(connection, LOG, limit=9)] == [70, 40]


def crash(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    async def crashed(*_: object, **__: object) -> None:
        raise CrashedError

    if where == "before the file":
        monkeypatch.setattr(SealedFile, "advance", crashed)
    elif where == "after the file":
        advance = SealedFile.advance

        async def then_crashed(self: SealedFile, note: Note, *, after: Note | None) -> None:
            await advance(self, note, after=after)
            raise CrashedError

        monkeypatch.setattr(SealedFile, "advance", then_crashed)
    else:
        monkeypatch.setattr(projections if hasattr(projections, where) else commands, where, crashed)


async def test_a_file_that_cannot_be_written_or_read_stops_the_signing(ledger: Ledger) -> None:
    await ledger.grows(5)
    path = ledger.sealer().file.path
    before = path.read_text()
    path.write_text(before.replace("\n5\n", "\n6\n"))
    with pytest.raises(InconsistentLedgerError, match="unreadable"):
        await ledger.grows(5)
    path.write_text(before)
    ledger.folder.rename(ledger.folder.with_name("elsewhere"))
    ledger.folder.write_text("no folder")
    with pytest.raises(InconsistentLedgerError, match="cannot_keep"):
        await ledger.grows(5)


A_CHECKPOINT = "select audit.add_checkpoint('{id}', 'audit', {size}, sha256('x'), '', now())"
LEAVES_OF_NOBODY = "select audit.add_leaves('{id}', 'audit', {after}, {leaves}, array[]::bytea[])"


async def test_the_services_role_can_only_let_it_grow(ledger: Ledger, signed_in: As) -> None:
    await ledger.grows(300)
    statements = [
        statement
        for table in ("ledger", "tree", "tile", "checkpoint")
        for statement in (
            f"delete from audit.{table}",
            f"truncate audit.{table} cascade",
            f"insert into audit.{table} select * from audit.{table}",
        )
    ]
    statements += [
        "update audit.tile set hashes = sha256('x')",
        "update audit.tree set size = 0",
        "update audit.checkpoint set root = sha256('x')",
        "update audit.ledger set id = id",
    ]
    async with signed_in("audit") as connection:
        assert await not_refused(connection, statements) == []
        assert not await connection.fetchval(LEAVES_OF_NOBODY.format(id=KEYS.id, after=299, leaves="sha256('x')"))
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(LEAVES_OF_NOBODY.format(id=KEYS.id, after=300, leaves="'\\x00'::bytea"))
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(A_CHECKPOINT.format(id=KEYS.id, size=301))
        assert not await connection.fetchval(A_CHECKPOINT.format(id=KEYS.id, size=300))
    for service in ("intake", "referral", "notifications"):
        async with signed_in(service) as connection:
            reaching = ["select * from audit.tile", "select audit.begin_ledger('x', now())"]
            assert await not_refused(connection, reaching) == []


async def test_the_owner_is_stopped_by_the_triggers_unless_it_takes_them_away(ledger: Ledger) -> None:
    await ledger.grows(300)
    statements = [
        "update audit.tile set hashes = sha256('x')",
        "update audit.tile set hashes = substr(hashes, 1, 32)",
        "delete from audit.tile",
        "update audit.tree set size = size - 1",
        "delete from audit.checkpoint",
        "update audit.checkpoint set note = ''",
        "truncate audit.cosignature, audit.checkpoint, audit.tile, audit.tree, audit.ledger",
    ]
    async with as_admin(ledger.dsn) as admin, admin.transaction():
        await admin.execute(f"set local role {OWNER}")
        assert await not_refused(admin, statements) == []
