"""The stages of a country: played, copied, measured. What is there already is not made again."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import SecretStr

from benchmarks.country import measures
from benchmarks.country.copies import DAYS, Copying, sets_of
from benchmarks.country.lives import FIRST_DAY, Pace, play
from benchmarks.country.templates import templates
from benchmarks.ground import Ground, Place
from events.vocabulary import BoxClass
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.settings import Settings
from services.demo.mailbox import open_mailbox
from services.demo.shelter_contacts import write_contacts
from services.local import local_servers
from services.programme.directory_file import shelters
from services.system import prepare

NAMESPACE = "country"
PLAYED = "played.json"
MIDNIGHT = "T00:00:00-06:00"
MEASURES: dict[str, Callable[[measures.Wanted], Awaitable[Any]]] = {
    "reading": measures.reading,
    "read_models": measures.read_models,
    "pages": measures.pages,
    "moments": measures.moments,
    "disk": measures.disk,
    "ledger": measures.ledger,
    "starting": measures.starting,
    "append": measures.writing,
}
"""What can be measured; the last two add to the logs."""

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Country:
    """How many cases, made how."""

    cases: int
    pace: Pace
    seed: int
    folder: Path
    """Where everything is; it may be used again."""
    days: int = DAYS
    times: int = 40
    """How often each page is asked for."""

    async def play(self, step: Step) -> None:
        """Plays the lives, unless they were played."""
        marker = self.folder / PLAYED
        if marker.exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        with open_mailbox() as mailbox:
            async with self.servers(durable=False) as ground:
                settings = Settings(
                    data=self.folder / "data",
                    postgres_dsn=SecretStr(ground.servers.postgres_dsn),
                    nats_url=ground.servers.nats_url,
                    mail_url=SecretStr(mailbox.url),
                    contacts=write_contacts(self.folder),
                )
                played = await play(await prepare(settings, ground.servers.secrets), self.pace, self.seed, step)
        marker.write_text(json.dumps(played), encoding="utf-8")

    async def copy(self, step: Step) -> dict[str, Any]:
        """Copies them over two years, from the day where an earlier run ended."""
        async with self.servers(durable=False) as ground:
            place = await self.place(ground)
            settings = ground.settings(Place(ground.servers.postgres_dsn, "canaliza"))
            context = ServiceContext.of(settings, "intake", secrets=ground.servers.secrets.of("intake"))
            keyring = context.keyring(BoxClass.IDENTITY, BoxClass.SCREENING)
            try:
                played = await templates(ground.servers.postgres_dsn, keyring)
            finally:
                await context.database.close()
            sets = sets_of(self.cases, played.cases, self.days)
            copying = Copying(
                of=played,
                sets=sets,
                first=date.fromordinal(FIRST_DAY.toordinal() - self.days),
                played_first=datetime.fromisoformat(f"{FIRST_DAY}{MIDNIGHT}"),
                seed=self.seed,
                keyring=keyring,
                days=self.days,
            )
            await copying.run(place.dsn, step)
            return {"played": played.cases, "cases": played.cases * len(sets), "boxes_unopened": played.unopened}

    async def measure(self, step: Step, only: Collection[str]) -> dict[str, Any]:
        """Measures these things, in this order, on a PostgreSQL that keeps what it acknowledges."""
        found = dict[str, Any]()
        async with self.servers(durable=True) as ground:
            place = await self.place(ground)
            for name, measure in MEASURES.items():
                if name in only:
                    found[name] = await measure(measures.Wanted(ground, place, step, self.times, self.seed))
        return found

    @asynccontextmanager
    async def servers(self, *, durable: bool) -> AsyncIterator[Ground]:
        """Both servers on this folder."""
        data = self.folder / "data"
        namespaces = ("canaliza", NAMESPACE)
        async with local_servers(data, namespaces=namespaces, shelters=shelters(), durable=durable) as servers:
            yield Ground(servers, self.folder)

    async def place(self, ground: Ground) -> Place:
        """The database and namespace of the copies, made if they are not there."""
        place = Place(ground.servers.postgres_dsn.replace("/canaliza?", f"/{NAMESPACE}?"), NAMESPACE)
        connection = await asyncpg.connect(ground.servers.postgres_dsn, database="postgres")
        try:
            if not await connection.fetchval("select true from pg_database where datname = $1", NAMESPACE):
                await connection.execute(f"create database {NAMESPACE}")
        finally:
            await connection.close()
        await prepare(ground.settings(place), ground.servers.secrets)
        return place
