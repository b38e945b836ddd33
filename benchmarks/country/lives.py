"""Plays cases through the real services by their own commands, from the flag to the closing, over three weeks."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx2
from fastapi import FastAPI

from benchmarks.cases import document, ids
from benchmarks.country.desks import DAY, HOUR, Act, Habits
from events.vocabulary import Agency, Role
from services.chassis.runtime.health import Health
from services.chassis.runtime.server import listen, served, url_of
from services.demo.clock import PlayedClock
from services.demo.one_case import API, consent_to
from services.demo.people import People, UnavailableError
from services.system import Installation

FIRST_DAY = date(2013, 6, 12)
"""The sample day's own date."""
AT_ONCE = 12
"""Commands on their way at the same time."""
REGISTERING = timedelta(minutes=3)
OPEN_REFERRALS = """
select referral_id, case_id, agency, shelter, state, version, since, asked_at, urgency from referral.referral
where state in ('blocked_consent', 'expired', 'declined', 'requested', 'acknowledged', 'info_requested', 'accepted',
  'scheduled', 'in_service', 'delivered')"""
DUE = "select exists (select from referral.timer where next_at <= $1)"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many cases a played day has, and how finely the three weeks after are played."""

    cases: int
    a_day: int
    hour: timedelta = HOUR
    days: int = 20

    def moments(self, start: datetime) -> Iterator[tuple[datetime, timedelta]]:
        """When people look at their desks, and how long until they look again: once in two days in the end."""
        arriving = start + DAY * -(-self.cases // self.a_day)
        end, now = start + DAY * self.days, start
        while now < end:
            pause = self.hour if now < arriving else 8 * self.hour if now < arriving + 3 * DAY else 2 * DAY
            now += pause
            yield now, pause


@dataclass
class Playing:
    """The programme while it is played."""

    people: People
    clock: PlayedClock
    database: asyncpg.Connection
    health: Sequence[Health]
    seed: int
    clients: Mapping[str, httpx2.AsyncClient]
    """Of each desk and each shelter."""
    refused: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    _tried: set[tuple[UUID, int]] = field(default_factory=set)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def play(self, pace: Pace, start: datetime, step: Callable[[str], None]) -> None:
        """Submits the cases when it is time, and lets everybody do what they are to do, until the last moment."""
        coming = sorted(submissions(pace, self.seed), key=lambda one: datetime.fromisoformat(one["occurred_at"]))
        for number, (now, pause) in enumerate(pace.moments(start)):
            self.clock.advance_to(now)
            ready = [one for one in coming if datetime.fromisoformat(one["occurred_at"]) + REGISTERING <= now]
            coming = coming[len(ready) :]
            async with asyncio.TaskGroup() as work:
                for one in ready:
                    work.create_task(self._submit(one))
            await self._level()
            while await self._answer(pause):
                await self._level()
            if number % 4 == 0:
                step(f"{now:%d %b %H:%M} · {self.taken:,} cases, {self.refused.total():,} steps refused")
        await self._level()

    async def _submit(self, submission: dict[str, Any]) -> None:
        answer = await self._post(submission["shelter"], f"{API}/submissions", submission)
        if answer.status_code != 201:
            raise RuntimeError(f"a submission was answered {answer.status_code}")
        self.taken += 1

    async def _answer(self, ahead: timedelta) -> int:
        """Lets everybody do what is due before they look again; returns how many steps that were."""
        now, done = self.clock(), len(self._tried)
        rows = await self.database.fetch(OPEN_REFERRALS)
        async with asyncio.TaskGroup() as work:
            for row in rows:
                referral = dict(row) | {"referral_id": UUID(int=row["referral_id"].int)}
                key = referral["referral_id"], row["version"]
                act = Habits.of(referral["referral_id"], self.seed).next_act(referral, now, ahead)
                if act is not None and key not in self._tried:
                    self._tried.add(key)
                    work.create_task(self._act(referral, act))
        return len(self._tried) - done

    async def _act(self, referral: Mapping[str, Any], act: Act) -> None:
        where = f"{API}/referrals/{referral['referral_id']}"
        who = referral["agency"] if act.by is Role.OFFICER else referral["shelter"]
        command = {"command_id": str(uuid5(referral["referral_id"], f"{act.step} of {referral['version']}"))}
        if act.step == "accept":
            await self._get(who, f"{where}/disclosure")
        if act.step == "consent":
            said = consent_to(referral["agency"]) | act.fields
            only_a_yes = {"fields", "how", "wording_version"} if said["decision"] == "refused" else set()
            body = command | {name: value for name, value in said.items() if name not in only_a_yes}
            answer = await self._post(who, f"{API}/cases/{referral['case_id']}/consents", body)
        else:
            body = command | {"expected_version": referral["version"]} | act.fields
            answer = await self._post(who, f"{where}/{act.step}", body)
        if not answer.is_success:
            self.refused[f"{act.step}: {answer.json()['code']}"] += 1

    async def _post(self, who: str, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        while True:
            async with self._gate:
                try:
                    return await self.clients[who].post(path, json=body)
                except (UnavailableError, httpx2.TransportError):
                    await asyncio.sleep(0.2)

    async def _get(self, who: str, path: str) -> None:
        async with self._gate:
            await self.clients[who].get(path)

    async def _level(self) -> None:
        """Waits until every event was handled by all who follow it, and nothing is due."""
        while True:
            values = [(await one.readiness()).values for one in self.health]
            behind = sum(value for each in values for name, value in each.items() if "behind" in name)
            if behind == 0 and not await self.database.fetchval(DUE, self.clock()):
                return
            await asyncio.sleep(0.05)


def submissions(pace: Pace, seed: int) -> list[dict[str, Any]]:
    """The day's submissions over and over, each under an id of its own, on as many days as they need."""
    found = []
    for number, submission in enumerate(ids(seed, pace.cases)):
        one = json.loads(document(number, submission))
        later = DAY * (number // pace.a_day)
        found.append(one | {"occurred_at": (datetime.fromisoformat(one["occurred_at"]) + later).isoformat()})
    return found


async def play(everything: Installation, pace: Pace, seed: int, step: Callable[[str], None]) -> dict[str, Any]:
    """Plays the cases on a running installation with a clock of its own."""
    start = datetime.fromisoformat(f"{FIRST_DAY}T00:00:00-06:00")
    clock = PlayedClock(start)
    app: FastAPI = everything.application(clock)
    listener = listen("127.0.0.1", 0)
    async with served(app, listener):
        people = People(everything, url_of(listener), clock)
        database = await asyncpg.connect(people.dsn)
        try:
            shelters = {one["shelter"] for one in submissions(pace, seed)}
            clients = {one.value: await people.signed_in(Role.OFFICER, one) for one in Agency}
            clients |= {one: await people.signed_in(Role.SHELTER_WORKER, one) for one in shelters}
            health = [Health(service) for service in app.state.services]
            playing = Playing(people, clock, database, health, seed, clients)
            await playing.play(pace, start, step)
        finally:
            await database.close()
            await people.close()
    return {"cases": playing.taken, "refused": dict(playing.refused)}
