"""A backup restored beside the running original: the older copy finds out from the streams, and stops."""

import shutil
from pathlib import Path

import httpx2
import pytest

from events.vocabulary import Role
from services.backups import erased
from services.backups.keeping import complete
from services.backups.restoring import Restoring
from services.chassis.clock import system_clock
from services.chassis.runtime.server import listen, served, url_of
from services.system import installation
from tests.support.people.people import SHELTER, is_a_problem
from tests.support.people.shelter_work import somebody
from tests.support.system.backups import TERM, Site
from tests.support.system.system import System, eventually

pytestmark = pytest.mark.faults

FENCED = {"log_lost_its_end", "log_diverged_from_stream"}


async def test_the_older_of_two_installations_with_one_identity_takes_no_case_and_admits_nobody(tmp_path: Path) -> None:
    original, copy = Site(tmp_path / "original"), Site(tmp_path / "copy")
    async with original.at_work() as programme:
        await programme.flag(somebody())
        await programme.system.audited()
        made = await original.back_up(programme.system.installation)
        await programme.flag(somebody())
        await programme.system.signed_in(Role.AUDITOR, "*", "afterwards")
        audit, before = programme.system.service("audit").log, made.manifest.logs["audit"].position

        async def recorded() -> bool:
            return await audit.head() > before

        await eventually(recorded)
        shutil.copytree(made.folder, copy.backups / made.folder.name)
        shutil.copy(original.backups / erased.FILE, copy.backups)
        assert complete(copy.backups)
        nats_url = programme.system.installation.settings.nats_url
        settings = copy.settings.model_copy(update={"nats_url": nats_url})
        await Restoring(
            settings=settings,
            source=copy.backups,
            keys_from=original.key_copies,
            until=None,
            term=TERM,
            clock=system_clock,
        ).run()
        async with installation(settings) as everything:
            app = everything.application()
            listener = listen("127.0.0.1", 0)
            async with served(app, listener):
                system = System(everything, url_of(listener), list(app.state.services))
                try:
                    await _is_fenced(system)
                finally:
                    await system.close()
        await programme.flag(somebody())  # and the original goes on


async def _is_fenced(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    desk = await system.signed_in(Role.OFFICER, "UNICEF")

    async def halted() -> bool:
        return system.service("intake").log.halted in FENCED

    await eventually(halted)
    refused: httpx2.Response = await shelter.post("/api/v1/submissions", json=somebody())
    assert refused.status_code == 503

    async def nobody_is_admitted() -> bool:
        return (await desk.get("/api/v1/referrals")).status_code == 503

    await eventually(nobody_is_admitted)
    is_a_problem(await desk.get("/api/v1/referrals"), 503, "admission_closed")
