"""A drill passes on a good backup, and notices each thing that would make a restore worthless."""

import json
import shutil
from base64 import b64encode
from pathlib import Path

import asyncpg
import pytest

from services.backups import latest
from services.backups.drilling import Drilled
from services.chassis.clock import system_clock
from tests.support.people.shelter_work import somebody
from tests.support.system.backups import Site, dsn_of
from tests.support.system.system import eventually

pytestmark = pytest.mark.faults

SEALED = (
    "select min(size) from (select max(size) as size from audit.checkpoint where log = any($1) group by log) as each"
)
ALTER = """
set session_replication_role = replica;
update intake.event set state = state || '\\x20'::bytea where position = 1;
"""


def failed(drilled: Drilled) -> set[str]:
    return {one.code for one in drilled.checks if not one.ok}


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """An installation with a case, sealed, whose first event and one row were altered between two backups."""
    site = Site(tmp_path_factory.mktemp("site"))
    async with site.at_work() as programme:
        await programme.flag(somebody())
        await programme.system.audited()
        dsn = dsn_of(programme.system.installation)
        connection = await asyncpg.connect(dsn)

        async def sealed() -> bool:
            return (await connection.fetchval(SEALED, ["intake", "referral"]) or 0) >= 1

        await eventually(sealed)
        await site.back_up(programme.system.installation)
        passed = await site.drill(running=dsn)
        assert failed(passed) == set()
        words = " ".join(one.es for one in passed.checks)
        assert "intake: 1 hechos, como se sellaron hasta 1, y el que está en marcha lo continúa" in words
        shutil.copytree(site.backups, site.disk / "good")
        await connection.execute(ALTER)
        await connection.execute("update referral.referral set urgency = 'U3'")
        await connection.close()
        await site.back_up(programme.system.installation)
    return site


async def test_an_event_and_a_row_that_were_altered_are_found_by_what_was_sealed_and_by_replaying(site: Site) -> None:
    assert failed(await site.drill()) == {"seals", "read_models"}


async def test_keys_that_do_not_open_the_backup_are_found(site: Site, tmp_path: Path) -> None:
    copies, good = tmp_path / "copies", tmp_path / "good"
    shutil.copytree(site.key_copies, copies)
    shutil.copytree(site.disk / "good", good)
    path = copies / "epochs" / "epoch-identity-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"key": b64encode(bytes(32)).decode()}))
    assert failed(await site.drill(source=good, keys_from=copies)) == {"keys"}


async def test_a_log_that_is_not_the_one_that_was_backed_up_is_found(site: Site, tmp_path: Path) -> None:
    lost = tmp_path / "good"
    shutil.copytree(site.disk / "good", lost)
    (folder,) = lost.glob("backup-*")
    said = json.loads((folder / "manifest.json").read_text())
    said["logs"]["intake"]["leaf"] = "00" * 32
    (folder / "manifest.json").write_text(json.dumps(said))
    assert failed(await site.drill(source=lost)) == {"positions"}


async def test_the_last_drill_that_passed_is_remembered_also_after_one_that_failed(site: Site, tmp_path: Path) -> None:
    good = tmp_path / "good"
    shutil.copytree(site.disk / "good", good)
    settings = site.settings.model_copy(update={"backups": good})
    before = latest(settings)
    assert before is not None
    assert before.drilled_at is not None
    (folder,) = good.glob("backup-*")
    (folder / "base.tar.gz").write_bytes(b"")
    with pytest.raises(Exception, match="damaged"):
        await site.drill(source=good, clock=system_clock)
    after = latest(settings)
    assert after is not None
    assert (after.drilled_at, after.drill_passed, before.drill_passed) == (before.drilled_at, False, True)


async def test_a_drill_leaves_nothing_behind_but_its_result(site: Site) -> None:
    assert {path.name.partition("-")[0] for path in site.backups.iterdir()} == {
        "backup",
        "wal",
        "erased.json",
        "drill.json",
    }
