"""Disks are gone: the backup, the archived WAL and the copy of the keys give everything back, and nobody erased."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from services.chassis.clock import system_clock
from tests.support.people.erasing import erase, in_the_vault
from tests.support.people.people import Programme, is_a_problem
from tests.support.people.shelter_work import opens, somebody
from tests.support.system.backups import Site, dsn_of

pytestmark = pytest.mark.faults


async def flag_until(programme: Programme, over: asyncio.Event) -> list[str]:
    """Cases that were acknowledged while something went on."""
    acknowledged: list[str] = []
    while not over.is_set() or len(acknowledged) < 3:
        answer = await programme.shelter.post("/api/v1/submissions", json=somebody() | {"submission_id": str(uuid4())})
        assert answer.status_code == 201
        acknowledged.append(answer.json()["case_id"])
    return acknowledged


async def test_after_the_loss_of_every_disk_all_acknowledged_cases_are_back_and_whoever_was_erased_is_not(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    async with site.at_work() as programme:
        everything = programme.system.installation
        erased, living = await programme.flag(somebody()), await programme.flag(somebody())
        over = asyncio.Event()
        writing = asyncio.create_task(flag_until(programme, over))
        made = await site.back_up(everything)
        over.set()
        during = await writing
        drilled = await site.drill(running=dsn_of(everything))
        assert [one for one in drilled.checks if not one.ok] == []
        before_the_erasure = system_clock()
        assert (await erase(programme.coordinator, erased)).status_code == 200
        afterwards = await programme.flag(somebody())
        await programme.system.audited()
    site.lose()
    restored, right = await site.restore()
    assert restored.backup == made.folder.name
    assert right.differing == {}
    async with site.at_work() as programme:
        for case in (living, *during, afterwards):
            assert (await opens(programme.shelter, case)).status_code == 200
        is_a_problem(await opens(programme.shelter, erased), 409, "erased")
    site.lose()
    restored, right = await site.restore(before_the_erasure)
    assert (restored.erased_again, right.differing) == (2, {})
    async with site.at_work() as programme:
        is_a_problem(await opens(programme.shelter, erased), 409, "erased")
        assert (await opens(programme.shelter, living)).status_code == 200
        assert (await opens(programme.shelter, afterwards)).status_code == 404
        assert await in_the_vault(programme, "select from vault.erased where subject is null") == []
