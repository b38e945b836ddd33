"""A backup that was killed, or had no room, is visibly none, and the next one clears it away."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.backups.at_work import alone
from services.backups.keeping import complete, latest_in
from services.backups.refusals import RefusedError
from services.chassis.operations.migrate import migrate_database
from services.chassis.private_files import private_folder
from services.chassis.secrets.installation import Secrets
from services.local import PostgresServer
from tests.faults.disk import NotPossibleHereError, small_disk
from tests.support.system.backups import Site, made_of
from tests.support.system.system import eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, str]]:
    site = Site(tmp_path_factory.mktemp("site"))
    private_folder(site.settings.data)
    secrets = Secrets.load_or_create(site.settings.data)
    postgres = PostgresServer(site.settings.data, secrets)
    await postgres.start()
    try:
        await migrate_database(postgres.dsn, secrets)
        yield site, postgres.dsn
    finally:
        await postgres.stop()


async def test_a_backup_that_is_killed_in_the_middle_is_none_and_the_next_one_clears_it_away(
    server: tuple[Site, str], tmp_path: Path
) -> None:
    site, dsn = server
    to = tmp_path / "backups"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
    environment["CANALIZA_DATA"] = str(site.settings.data)
    command = [sys.executable, "-c", "from services.cli import main; main()", "backup", "--to", str(to)]
    process = await asyncio.create_subprocess_exec(*command, env=environment, start_new_session=True)

    async def begun() -> bool:
        return bool(list(to.glob("unfinished-*/*")))

    await eventually(begun)
    os.killpg(process.pid, signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    assert complete(to) == []
    assert latest_in(to).made_at is None
    left = sorted(path.name for path in to.iterdir())
    assert len(left) == 1
    made = await made_of(site, dsn, to=to)
    assert made.removed == left
    assert complete(to) == [made.folder]
    assert latest_in(to).made_at == made.manifest.made_at


async def test_a_backup_that_finds_no_room_says_so_and_leaves_the_room_to_others(server: tuple[Site, str]) -> None:
    site, dsn = server
    try:
        with small_disk(3) as disk:
            with pytest.raises(RefusedError) as refused:
                await made_of(site, dsn, to=disk / "backups")
            assert "lleno" in refused.value.es
            assert list((disk / "backups").iterdir()) == []
    except NotPossibleHereError:
        pytest.skip("mounting is not allowed here")


async def test_only_so_many_backups_are_kept_the_newest_ones(server: tuple[Site, str], tmp_path: Path) -> None:
    site, dsn = server
    made = [await made_of(site, dsn, to=tmp_path / "backups", keys_to=None, keep=2) for _ in range(3)]
    assert complete(tmp_path / "backups") == [one.folder for one in made[1:]]
    assert made[-1].removed == [made[0].folder.name]


async def test_a_backup_does_not_write_over_a_list_of_the_erased_that_it_cannot_read(
    server: tuple[Site, str], tmp_path: Path
) -> None:
    site, dsn = server
    to = tmp_path / "backups"
    await made_of(site, dsn, to=to)
    (to / "erased.json").write_text("[{")
    with pytest.raises(RefusedError):
        await made_of(site, dsn, to=to)
    assert (to / "erased.json").read_text() == "[{"
    assert len(complete(to)) == 1


async def test_a_backup_beside_another_one_is_refused_and_takes_nothing_away(
    server: tuple[Site, str], tmp_path: Path
) -> None:
    site, dsn = server
    theirs = tmp_path / "backups" / "unfinished-20130612T000000000000Z"
    theirs.mkdir(parents=True)
    with alone(tmp_path / "backups"):
        with pytest.raises(RefusedError) as refused:
            await made_of(site, dsn, to=tmp_path / "backups")
        assert theirs.exists()
    assert "Otro respaldo" in refused.value.es
    assert (await made_of(site, dsn, to=tmp_path / "backups")).removed == [theirs.name]


async def test_what_a_killed_drill_left_is_cleared_away_and_a_running_one_is_not(
    server: tuple[Site, str], tmp_path: Path
) -> None:
    site, dsn = server
    dead, alive = (tmp_path / "backups" / name / "postgres" for name in ("drill-dead", "drill-alive"))
    for folder in (dead, alive):
        folder.mkdir(parents=True)
    with alone(alive.parent):
        made = await made_of(site, dsn, to=tmp_path / "backups")
    assert (made.removed, dead.parent.exists(), alive.exists()) == (["drill-dead"], False, True)
