"""A data folder of PostgreSQL 16 is the next start's own, whatever interrupts it, and nothing of it is lost."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.chassis.secrets.installation import Secrets
from services.local import CannotStart, PostgresServer, local_servers, upgrading
from services.local.census import census
from services.local.cluster import VERSION, version_of
from tests.support.system.earlier_installations import OF_THEN, Earlier, left_by
from tests.support.system.local import at_work_in
from tests.support.system.system import eventually

pytestmark = pytest.mark.slow

START = """
import asyncio, sys
from pathlib import Path
from services.local import local_servers
async def start():
    async with local_servers(Path(sys.argv[1])):
        pass
asyncio.run(start())
"""


@pytest.fixture
async def earlier(tmp_path: Path) -> AsyncIterator[Earlier]:
    found = await left_by("previous", tmp_path / "there")
    yield found
    assert at_work_in(found.data) == []


async def counted(earlier: Earlier) -> dict[str, str]:
    server = await earlier.server()
    try:
        return await census(server.dsn)
    finally:
        await server.stop()


async def opened(data: Path) -> dict[str, str]:
    """Starts this program's servers on the folder, and counts what is there."""
    async with local_servers(data, durable=False) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        try:
            assert await connection.fetchval("show server_version_num") >= "180000"
            assert await connection.fetchval("show data_checksums") == "on"
            assert await connection.fetchval("show io_method") == "sync"
            assert await connection.fetchval("select count(*) from pg_stats where schemaname = 'referral'")
        finally:
            await connection.close()
        return await census(servers.postgres_dsn)


def clusters(data: Path) -> list[str]:
    return sorted(path.name for path in data.iterdir() if path.name.startswith("postgres") and path.is_dir())


@pytest.mark.faults
async def test_a_cluster_that_nobody_shut_down_is_recovered_and_upgraded_with_every_row(earlier: Earlier) -> None:
    before = await counted(earlier)
    assert before["intake.event"].split()[0] == "24"
    server = await earlier.server()
    os.kill(server.pid, signal.SIGQUIT)  # as after a failure of the machine: its log must be replayed first
    await server.stop()
    assert await opened(earlier.data) == before
    assert clusters(earlier.data) == ["postgres"]
    assert await opened(earlier.data) == before  # and the next start finds nothing to do


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("postgres.next/PG_VERSION", id="the new cluster is being made", marks=pytest.mark.faults),
        pytest.param("postgres.upgrade/passwords", id="it is being copied"),
        pytest.param("postgres.next/pg_upgrade_output.d", id="half of it was copied", marks=pytest.mark.faults),
    ],
)
async def test_a_start_that_was_killed_meanwhile_is_begun_again_by_the_next(earlier: Earlier, moment: str) -> None:
    before = await counted(earlier)
    starting = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", START, str(earlier.data)])

    async def come() -> bool:
        assert starting.poll() is None, "it was too quick for this test"
        return (earlier.data / moment).exists()

    await eventually(come)
    starting.kill()
    starting.wait()
    assert await opened(earlier.data) == before
    assert clusters(earlier.data) == ["postgres"]


@pytest.mark.faults
async def test_the_old_cluster_stays_until_the_copy_holds_the_same(
    earlier: Earlier, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await counted(earlier)

    async def lossy(dsn: str, *, analyse: bool = False) -> dict[str, str]:
        if analyse:  # the copy
            connection = await asyncpg.connect(dsn)
            await connection.execute("alter table referral.event disable trigger all")
            await connection.execute("update referral.event set topic = topic || 'x' where position = 7")
            await connection.close()
        return await census(dsn, analyse=analyse)

    monkeypatch.setattr(upgrading, "census", lossy)
    with pytest.raises(CannotStart, match="does not hold what it holds"):
        await opened(earlier.data)
    assert await counted(earlier) == before


def test_a_change_of_names_that_was_interrupted_is_finished(tmp_path: Path) -> None:
    def cluster(name: str, version: int) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "PG_VERSION").write_text(f"{version}\n")

    upgrade = upgrading.Upgrade(tmp_path, lambda *_: pytest.fail("no server"), VERSION, "", log=tmp_path / "log")
    cluster("postgres.before", OF_THEN)  # the old one has left its place, and the copy is not in it yet
    cluster("postgres.next", VERSION)
    upgrade.go_on()
    assert clusters(tmp_path) == ["postgres"]
    assert version_of(tmp_path / "postgres") == VERSION
    cluster("postgres.before", OF_THEN)  # both have moved, and the old one was not removed
    cluster("postgres.next", VERSION)
    upgrade.go_on()
    assert clusters(tmp_path) == ["postgres"]


async def test_what_a_start_cannot_upgrade_it_refuses_in_words_and_leaves_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    server = PostgresServer(tmp_path, Secrets.load_or_create(tmp_path))
    for version, said in (("19", "a newer program's"), ("15", "from 16 on"), ("nonsense", "not a whole")):
        (folder / "PG_VERSION").write_text(f"{version}\n")
        with pytest.raises(CannotStart, match=said):
            await server.start()
    (folder / "PG_VERSION").write_text(f"{OF_THEN}\n")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(CannotStart, match=r"1 MB are free\. Nothing was changed"):
        await server.start()
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]
