"""An installation of its own that is backed up, lost and restored."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from events.vocabulary import Role
from services.backups.drilling import Drill, Drilled
from services.backups.making import Made, Making
from services.backups.putting_right import PutRight, put_right
from services.backups.restoring import Restored, Restoring
from services.chassis.clock import Clock, system_clock
from services.chassis.settings import Settings
from services.intake.erasures.policy import retention_policy
from services.system import Installation, installation
from services.upkeep import epoch_files
from tests.support.people.people import SHELTER, Programme
from tests.support.system.system import running

TERM = retention_policy().epoch_keys.copies


@dataclass(frozen=True)
class Site:
    """The folders of one installation, each as if on a disk of its own."""

    disk: Path

    @property
    def settings(self) -> Settings:
        return Settings(data=self.disk / "data", backups=self.backups, port=0, nats_port=0)

    @property
    def backups(self) -> Path:
        return self.disk / "backups"

    @property
    def key_copies(self) -> Path:
        return self.disk / "key-copies"

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Programme]:
        """Everything runs, and somebody in a shelter and the coordinator are signed in."""
        async with installation(self.settings) as everything, running(everything) as system:
            worker = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
            yield Programme(system, worker, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))

    async def back_up(self, everything: Installation, **changes: Any) -> Made:
        return await made_of(self, dsn_of(everything), **changes)

    def lose(self, *folders: str) -> None:
        """The disks with these folders are gone."""
        for folder in folders or ("data", "data-keys", "data-keys-backup"):
            shutil.rmtree(self.disk / folder, ignore_errors=True)

    async def restore(self, until: datetime | None = None, **changes: Any) -> tuple[Restored, PutRight]:
        """What ``canaliza restore`` does."""
        said: dict[str, Any] = {"source": self.backups, "keys_from": self.key_copies, "clock": system_clock}
        restored = await Restoring(settings=self.settings, until=until, term=TERM, **said | changes).run()
        async with installation(self.settings) as everything:
            return restored, await put_right(everything)

    async def drill(self, *, running: str | None = None, clock: Clock = system_clock, **changes: Any) -> Drilled:
        said: dict[str, Any] = {"source": self.backups, "keys_from": self.key_copies}
        drill = Drill(settings=self.settings, running=running, term=TERM, clock=clock, **said | changes)
        return await drill.run()


def dsn_of(everything: Installation) -> str:
    assert everything.settings.postgres_dsn is not None
    return everything.settings.postgres_dsn.get_secret_value()


async def made_of(site: Site, dsn: str, **changes: Any) -> Made:
    """A backup of whatever server has this DSN."""
    settings = site.settings
    said: dict[str, Any] = {"to": site.backups, "keys_to": site.key_copies, "keep": 7, "clock": system_clock}
    own = epoch_files(settings)
    return await Making(dsn=dsn, settings=settings, own=own, term=TERM, **said | changes).run()
