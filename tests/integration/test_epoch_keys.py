"""Epoch keys are renewed while people work, and what the old ones wrapped opens with nothing any more."""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from events.vocabulary import BoxClass
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.errors import ErasedError
from services.chassis.operations.epochs import record_epochs
from services.chassis.operations.migrate import migrate_database
from services.chassis.operations.rotation import Rotation, bring_back_epochs, rotation_due
from services.chassis.private_files import write_private
from services.chassis.secrets.epoch_files import EpochFiles, stamp_of
from services.chassis.secrets.folder import EPOCHS_FILE, keys_folder
from services.chassis.secrets.installation import Secrets
from services.chassis.vault.epochs import AnotherKeyFileError, EpochKeys, KeysUnavailableError, decoded
from services.chassis.vault.keyring import Keyring
from services.system import Installation
from tests.support.system.logs import as_admin, database_of
from tests.support.system.system import HANG

BOTH = tuple(BoxClass)
TERM = timedelta(days=7)


@dataclass(frozen=True)
class Vault:
    dsn: str
    database: Database
    files: EpochFiles

    def epochs(self) -> EpochKeys:
        """As of a service that was started long ago: it learns of new epochs by its file."""

        def read() -> dict[BoxClass, dict[int, bytes]]:
            return {kind: decoded(epochs) for kind, epochs in self.files.keys().items()}

        path = self.files.folder / "intake" / EPOCHS_FILE
        return EpochKeys(read(), read=read, stamp=lambda: stamp_of(path))

    def keyring(self, epochs: EpochKeys | None = None) -> Keyring:
        keyring = Keyring(self.database, epochs or self.epochs(), system_clock)
        keyring.start()
        return keyring

    def rotation(self) -> Rotation:
        return Rotation(database=self.database, clock=system_clock, files=self.files)

    async def wrapped(self) -> dict[UUID, tuple[BoxClass, int, bytes]]:
        async with as_admin(self.dsn) as admin:
            rows = await admin.fetch("select id, class, epoch, wrapped from vault.key")
        return {UUID(int=row["id"].int): (BoxClass(row["class"]), row["epoch"], row["wrapped"]) for row in rows}

    def opened_by(self, epochs: EpochKeys, key: UUID, kind: BoxClass, epoch: int, wrapped: bytes) -> bool:
        try:
            epochs.unwrap(key, kind, epoch, wrapped)
        except KeysUnavailableError:
            return False
        return True


@pytest.fixture
async def vault(database: str, secrets: Secrets, installation: Installation, tmp_path: Path) -> AsyncIterator[Vault]:
    own = tmp_path / "keys"
    shutil.copytree(keys_folder(installation.settings.data, installation.settings.keys), own)
    connection = database_of(database, secrets)
    yield Vault(database, connection, EpochFiles(own, tmp_path / "copies"))
    await connection.close()


async def test_a_renewed_epoch_wraps_every_living_key_and_the_old_one_is_gone_from_the_files(vault: Vault) -> None:
    keyring = vault.keyring()
    people = [await keyring.obtain(uuid4(), BOTH) for _ in range(3)]
    before = await vault.wrapped()
    rotated = await vault.rotation().run()
    assert {(one.kind, one.epoch, one.wrapped_anew, one.destroyed) for one in rotated} == {
        (kind, 2, 3, (1,)) for kind in BOTH
    }
    wanted = {key.id: key.secret for keys in people for key in keys.values()}
    assert await keyring.load(wanted) == wanted, "a service that runs reads on without a restart"
    assert {epoch for _, epoch, _ in (await vault.wrapped()).values()} == {2}
    for service in ("intake", "referral"):
        held = json.loads((vault.files.folder / service / EPOCHS_FILE).read_text())
        assert {tuple(epochs) for epochs in held.values()} == {("2",)}
    now = EpochKeys({kind: decoded(epochs) for kind, epochs in vault.files.keys().items()})
    assert not any(vault.opened_by(now, key, *row) for key, row in before.items())
    await keyring.stop()


async def test_another_key_file_put_in_while_it_runs_loses_no_key_and_the_right_one_is_taken_again(
    vault: Vault,
) -> None:
    path = vault.files.folder / "intake" / EPOCHS_FILE
    epochs = vault.epochs()
    keyring, person = vault.keyring(epochs), uuid4()
    keys = [key.id for key in (await keyring.obtain(person, BOTH)).values()]
    known = await keyring.load(keys)
    right = path.read_text()
    other = base64.b64encode(bytes(32)).decode()
    write_private(path, json.dumps({kind: dict.fromkeys(each, other) for kind, each in json.loads(right).items()}))
    epochs.refresh(even_if_unchanged=True)
    for _ in range(2):
        with pytest.raises(AnotherKeyFileError):
            await keyring.load(keys)
    write_private(path, right)
    assert await keyring.load(keys) == known
    await keyring.stop()


async def test_keys_that_are_made_while_the_epoch_is_renewed_are_all_there_afterwards(vault: Vault) -> None:
    keyring, made = vault.keyring(), dict[UUID, bytes]()
    stop = asyncio.Event()

    async def people_arrive() -> None:
        while not stop.is_set():
            made.update({key.id: key.secret for key in (await keyring.obtain(uuid4(), BOTH)).values()})

    async with asyncio.timeout(HANG):
        arriving = [asyncio.create_task(people_arrive()) for _ in range(4)]
        for _ in range(3):
            await vault.rotation().run()
        stop.set()
        await asyncio.gather(*arriving)
    assert made
    assert await keyring.load(made) == made
    assert {epoch for _, epoch, _ in (await vault.wrapped()).values()} == {4}
    await keyring.stop()


async def test_a_rotation_that_was_interrupted_goes_on_and_makes_no_further_epoch(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = vault.keyring()
    key = (await keyring.obtain(uuid4(), BOTH))[BoxClass.IDENTITY]

    async def killed(*_: object) -> int:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Rotation, "_wrap_anew", killed)
        with pytest.raises(RuntimeError):
            await vault.rotation().run()
    assert await rotation_due(vault.database, timedelta(days=28), timedelta(0), system_clock())
    assert await keyring.load([key.id]) == {key.id: key.secret}
    newer = (await keyring.obtain(uuid4(), [BoxClass.IDENTITY]))[BoxClass.IDENTITY]
    assert {one.epoch for one in await vault.rotation().run()} <= {2, 3}
    assert await keyring.load([key.id, newer.id]) == {key.id: key.secret, newer.id: newer.secret}
    held = vault.files.keys()
    assert all(len(epochs) == 1 for epochs in held.values())
    await keyring.stop()


async def test_the_copy_of_a_destroyed_epoch_opens_an_older_dump_for_its_own_short_term_only(vault: Vault) -> None:
    keyring = vault.keyring()
    await keyring.obtain(uuid4(), BOTH)
    before = await vault.wrapped()
    started = system_clock()
    await vault.rotation().run()
    copies = {(one.kind, one.epoch): one for one in vault.files.copies()}
    assert set(copies) == {(kind, epoch) for kind in BOTH for epoch in (1, 2)}
    old = EpochKeys({kind: decoded({1: copies[kind, 1].key}) for kind in BOTH})
    assert all(vault.opened_by(old, key, *row) for key, row in before.items()), "the harness would notice"
    assert vault.files.destroy_copies(started, TERM) == []
    later = system_clock() + TERM + timedelta(seconds=1)
    paths = [copies[kind, 1].path for kind in BOTH]
    assert {(one.kind, one.epoch) for one in vault.files.destroy_copies(later, TERM)} == {(kind, 1) for kind in BOTH}
    assert not any(path.exists() for path in paths)
    assert {(one.kind, one.epoch) for one in vault.files.copies()} == {(kind, 2) for kind in BOTH}
    await keyring.stop()


async def test_a_restored_older_dump_gets_its_epoch_back_from_the_copies_and_says_what_has_none(vault: Vault) -> None:
    keyring = vault.keyring()
    keys = await keyring.obtain(uuid4(), BOTH)
    async with as_admin(vault.dsn) as admin:
        dump = [tuple(row) for row in await admin.fetch("select * from vault.key")]
        epochs = [tuple(row) for row in await admin.fetch("select * from vault.epoch")]
    await vault.rotation().run()
    async with as_admin(vault.dsn) as admin:
        await admin.execute("delete from vault.key; delete from vault.erased; delete from vault.epoch")
        await admin.copy_records_to_table("key", schema_name="vault", records=dump)
        await admin.copy_records_to_table("epoch", schema_name="vault", records=epochs)
    restarted = vault.keyring()
    with pytest.raises(KeysUnavailableError):
        await restarted.load([keys[BoxClass.IDENTITY].id])
    assert await bring_back_epochs(vault.database, vault.files, system_clock()) == []
    wanted = {key.id: key.secret for key in keys.values()}
    assert await restarted.load(wanted) == wanted
    vault.files.remove(dict.fromkeys(BOTH, (1,)), system_clock())
    vault.files.destroy_copies(system_clock() + TERM * 2, TERM)
    gone = await bring_back_epochs(vault.database, vault.files, system_clock())
    assert set(gone) == {(kind, 1) for kind in BOTH}
    await keyring.stop()
    await restarted.stop()


async def test_an_erased_person_gets_no_key_any_more(vault: Vault) -> None:
    keyring, person = vault.keyring(), uuid4()
    await keyring.obtain(person, BOTH)
    async with as_admin(vault.dsn) as admin:
        await admin.execute("delete from vault.key where subject = $1", person)
    with pytest.raises(ErasedError):
        await keyring.obtain(person, [BoxClass.SCREENING], generation=1)
    assert await vault.wrapped() == {}
    await keyring.stop()


async def test_erasures_make_a_rotation_due_once_their_batch_is_over(vault: Vault) -> None:
    keyring, person, month, pause = vault.keyring(), uuid4(), timedelta(days=28), timedelta(minutes=5)
    await keyring.obtain(person, BOTH)

    async def due(at: datetime) -> bool:
        return await rotation_due(vault.database, month, pause, at)

    assert not await due(system_clock())
    assert await due(system_clock() + month + timedelta(days=1))
    async with as_admin(vault.dsn) as admin:
        await admin.execute("delete from vault.key where subject = $1", person)
    assert not await due(system_clock())
    assert await due(system_clock() + pause + timedelta(seconds=10))
    await vault.rotation().run()
    assert not await due(system_clock() + pause + timedelta(seconds=10))
    await keyring.stop()


class TestAnotherInstallationsKeyFile:
    async def test_is_refused_by_a_migration_and_changes_nothing(self, vault: Vault, secrets: Secrets) -> None:
        other = Secrets.generate()
        with_others = secrets.model_copy(
            update={"services": {**secrets.services, "intake": _with_epochs(secrets, other, "intake")}}
        )
        async with as_admin(vault.dsn) as admin:
            before = await admin.fetch("select * from vault.epoch order by class")
        with pytest.raises(AnotherKeyFileError):
            await migrate_database(vault.dsn, with_others)
        async with as_admin(vault.dsn) as admin:
            assert await admin.fetch("select * from vault.epoch order by class") == before

    async def test_is_refused_before_a_password_is_changed_so_that_running_services_go_on(
        self, vault: Vault, secrets: Secrets
    ) -> None:
        with pytest.raises(AnotherKeyFileError):
            await migrate_database(vault.dsn, Secrets.generate())
        own = database_of(vault.dsn, secrets, "referral")
        async with own.reading() as connection:
            assert await connection.fetchval("select count(*) from event") == 0
        await own.close()

    async def test_of_one_service_alone_is_refused_when_all_start_together(
        self, installation: Installation, vault: Vault
    ) -> None:
        settings = installation.settings.model_copy(update={"keys": vault.files.folder})
        copied = replace(installation, settings=settings)
        assert await copied.checked_application()
        path = vault.files.folder / "referral" / EPOCHS_FILE
        other = base64.b64encode(bytes(32)).decode()
        written = {kind: dict.fromkeys(each, other) for kind, each in json.loads(path.read_text()).items()}
        write_private(path, json.dumps(written))
        other_secrets = Secrets.load(settings.data, settings.keys)
        with pytest.raises(AnotherKeyFileError):
            await replace(copied, secrets=other_secrets).checked_application()

    async def test_is_recognised_in_an_installation_from_before_there_were_check_values(self, vault: Vault) -> None:
        keyring = vault.keyring()
        await keyring.obtain(uuid4(), BOTH)
        async with as_admin(vault.dsn) as admin:
            await admin.execute("delete from vault.epoch")
        right = {kind: decoded(epochs) for kind, epochs in vault.files.keys().items()}
        wrong = {kind: {1: bytes(32)} for kind in BOTH}
        with pytest.raises(AnotherKeyFileError):
            await record_epochs(vault.database, wrong, system_clock())
        await record_epochs(vault.database, right, system_clock())
        await keyring.verify()
        await keyring.stop()


def _with_epochs(secrets: Secrets, other: Secrets, service: str) -> object:
    return secrets.of(service).model_copy(update={"epoch_keys": other.epoch_keys})
