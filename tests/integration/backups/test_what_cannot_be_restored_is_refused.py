"""What cannot be restored is refused before anything is written, and says what is wrong by name."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from events.vocabulary import BoxClass
from services.backups.checking import choose
from services.backups.keeping import complete, latest_in
from services.backups.refusals import DamagedBackupError, RefusedError
from services.backups.wal import segments
from services.chassis.clock import system_clock
from services.chassis.operations.migrate import migrate_database
from services.chassis.private_files import private_folder
from services.chassis.secrets.folder import keys_folder
from services.chassis.secrets.installation import Secrets
from services.intake.erasures.policy import retention_policy
from services.local import PostgresServer
from services.upkeep import epoch_files, rotate_keys
from tests.support.system.backups import Site, made_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def original(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """An empty installation with one backup and three segments of WAL after it. There is no NATS anywhere."""
    site = Site(tmp_path_factory.mktemp("site"))
    private_folder(site.settings.data)
    secrets = Secrets.load_or_create(site.settings.data)
    server = PostgresServer(site.settings.data, secrets, archive=site.settings.archive)
    await server.start()
    try:
        await migrate_database(server.dsn, secrets)
        await made_of(site, server.dsn)
        connection = await asyncpg.connect(server.dsn)
        for _ in range(3):
            await connection.execute("create table public.anything (); drop table public.anything")
            await connection.fetchval("select pg_switch_wal()")
        await connection.close()
    finally:
        await server.stop()
    return site


@pytest.fixture
def site(original: Site, tmp_path: Path) -> Site:
    """A copy of its backups and keys; the data are gone."""
    found = Site(tmp_path)
    shutil.copytree(original.backups, found.backups)
    shutil.copytree(original.key_copies, found.key_copies)
    return found


async def is_refused(site: Site, *named: str, **changes: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        await site.restore(**changes)
    for name in named:
        assert name in refused.value.es
    assert not (site.settings.data / "postgres").exists()
    assert not list(site.settings.data.glob("postgres*"))


def change(site: Site, **said: Any) -> None:
    (folder,) = complete(site.backups)
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))


async def test_a_damaged_byte_is_found_and_named(site: Site) -> None:
    (folder,) = complete(site.backups)
    path = folder / "base.tar.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedBackupError):
        choose(site.backups, None)
    await is_refused(site, "base.tar.gz")


async def test_a_folder_without_a_manifest_is_no_backup(site: Site) -> None:
    (folder,) = complete(site.backups)
    (folder / "manifest.json").unlink()
    assert latest_in(site.backups).made_at is None
    await is_refused(site, "no hay un respaldo completo")


async def test_a_missing_segment_is_named_and_what_is_before_it_can_be_restored(site: Site) -> None:
    there = segments(site.backups / "wal")
    lost = there[-2]
    (site.backups / "wal" / f"{lost.name}.gz").unlink()
    await is_refused(site, lost.name)
    assert choose(site.backups, None, as_far_as_it_goes=True).archive is not None


async def test_a_backup_of_another_postgresql_or_a_newer_program_is_refused_and_an_older_one_is_not(site: Site) -> None:
    (folder,) = complete(site.backups)
    applied = json.loads((folder / "manifest.json").read_text())["migrations"]
    change(site, migrations=applied | {"intake": applied["intake"][:-1]})
    assert choose(site.backups, None).folder == folder
    change(site, migrations=applied | {"intake": [*applied["intake"], "9999_of_tomorrow.sql"]})
    await is_refused(site, "más nuevo")
    change(site, migrations=applied, postgres=16)
    await is_refused(site, "PostgreSQL 16")


@pytest.mark.parametrize("written", ["", "[{}]", '{"id": 1}'])
async def test_a_list_of_the_erased_that_cannot_be_read_is_not_taken_for_an_empty_one(site: Site, written: str) -> None:
    (site.backups / "erased.json").write_text(written)
    await is_refused(site, "erased.json", "suprimida")


async def test_a_list_of_the_erased_that_others_can_change_is_refused(site: Site) -> None:
    (site.backups / "erased.json").chmod(0o666)
    await is_refused(site, "erased.json", "suprimidos")


async def test_a_backup_that_was_brought_without_the_list_of_the_erased_is_refused(site: Site) -> None:
    (site.backups / "erased.json").unlink()
    await is_refused(site, "erased.json", "suprimidos")


async def test_a_moment_before_the_backup_is_refused(site: Site) -> None:
    await is_refused(site, "no hay un respaldo completo", until=system_clock() - timedelta(days=1))


async def test_data_that_are_there_are_not_written_over(site: Site) -> None:
    (site.settings.data / "postgres").mkdir(parents=True)
    with pytest.raises(RefusedError) as refused:
        await site.restore()
    assert "no está vacía (postgres)" in refused.value.es


async def test_without_keys_it_says_where_it_looked_and_with_anothers_that_they_do_not_open_it(site: Site) -> None:
    await is_refused(site, "--keys-from", keys_from=None)
    Secrets.load_or_create(site.settings.data)
    await is_refused(site, "otra instalación", "identity 1", "screening 1")


@pytest.mark.faults
async def test_a_copy_of_keys_older_than_the_last_rotation_says_which_epochs_are_lost_and_can_be_gone_on_with(
    site: Site,
) -> None:
    site_with_new_epoch = site
    restored, _ = await site_with_new_epoch.restore()
    assert restored.lost == []
    settings = site.settings
    secrets = Secrets.load(settings.data)
    shutil.copytree(site.key_copies, site.disk / "old-copies")
    server = PostgresServer(settings.data, secrets, archive=settings.archive)
    await server.start()
    try:
        await rotate_keys(server.dsn, settings, retention_policy())
        await made_of(site, server.dsn)
    finally:
        await server.stop()
    site.lose()
    await is_refused(site, "identity 2", "screening 2", keys_from=site.disk / "old-copies")
    restored, right = await site.restore(keys_from=site.disk / "old-copies", although_keys_are_lost=True)
    assert [(one.kind, one.epoch) for one in restored.lost] == [(BoxClass.IDENTITY, 2), (BoxClass.SCREENING, 2)]
    assert right.differing == {}
    newest = {kind: max(epochs) for kind, epochs in epoch_files(settings).keys().items()}
    assert newest == {BoxClass.IDENTITY: 3, BoxClass.SCREENING: 3}
    assert keys_folder(settings.data, None).exists()
