"""Plays the 12th of June 2013: 120 submissions of 14 shelters, eight agencies' desks, one clock."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from time import monotonic
from typing import Any, TypeVar

import httpx2
from rich.console import Console
from rich.live import Live

from events.vocabulary import Agency, Role
from services.demo.clock import PlayedClock
from services.demo.mailbox import Mailbox
from services.demo.people import DutyDesk, People
from services.demo.picture import Picture

T = TypeVar("T")

PATIENCE = 30.0
REGISTERING = timedelta(minutes=3)
"""From what happened to the moment it is sent."""


class NotAsExpectedError(Exception):
    """The demonstration checks itself: this is what it found."""


def sample(name: str) -> list[dict[str, Any]]:
    """A JSON-lines file that comes with the program."""
    text = (files("services.demo") / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def submissions() -> list[dict[str, Any]]:
    """The day, in the order in which it happened."""
    return sorted(sample("day-2013-06-12.jsonl"), key=lambda one: datetime.fromisoformat(one["occurred_at"]))


@dataclass
class Day:
    """The day as it is played; afterwards, what came of it."""

    people: People
    clock: PlayedClock
    mailbox: Mailbox
    console: Console
    pace: float
    """Seconds between two submissions."""
    cases: dict[str, str] = field(default_factory=dict)
    picture: Picture | None = None

    async def play(self) -> Picture:
        """Every submission is sent by its own shelter; desks answer meanwhile."""
        day = submissions()
        self.picture = Picture(self.clock(), len(day))
        operator = await self.people.operator()
        shelters = {one: await self.people.signed_in(Role.SHELTER_WORKER, one) for one in {s["shelter"] for s in day}}
        desks = [DutyDesk(await self.people.signed_in(Role.OFFICER, one), self.mailbox) for one in Agency]
        work = [asyncio.create_task(desk.work()) for desk in desks]
        with Live(self.picture, console=self.console, refresh_per_second=8) as live:
            drawing = asyncio.create_task(self._draw(operator, live))
            try:
                for submission in day:
                    self.clock.advance_to(datetime.fromisoformat(submission["occurred_at"]) + REGISTERING)
                    await self._send(shelters[submission["shelter"]], submission)
                    await asyncio.sleep(self.pace)
                await self._settle(operator, desks)
            finally:
                for task in (*work, drawing):
                    task.cancel()
                await asyncio.gather(*work, drawing, return_exceptions=True)
                await self._look(operator)
                live.update(self.picture, refresh=True)
        return self.picture

    async def _send(self, shelter: httpx2.AsyncClient, submission: dict[str, Any]) -> None:
        assert self.picture is not None  # noqa: S101 - play() made it
        answer = await shelter.post("/api/v1/submissions", json=submission)
        expect(answer.status_code == 201, f"a submission was answered {answer.status_code}")
        self.cases[submission["submission_id"]] = answer.json()["case_id"]
        self.picture.taken += 1

    async def _draw(self, operator: httpx2.AsyncClient, live: Live) -> None:
        while True:
            await self._look(operator)
            live.refresh()
            await asyncio.sleep(0.3)

    async def _look(self, operator: httpx2.AsyncClient) -> None:
        assert self.picture is not None  # noqa: S101 - play() made it
        self.picture.referrals = await everything(operator, "/api/v1/referrals")
        self.picture.alerts = (await operator.get("/api/v1/alerts", params={"limit": 500})).json()["items"]
        self.picture.mails = len({mail.message_id for mail in self.mailbox.mails})
        self.picture.now = self.clock()

    async def _settle(self, operator: httpx2.AsyncClient, desks: list[DutyDesk]) -> None:
        """Until every case was assessed, every referral sent was alerted, and every alert mailed and read."""

        async def settled() -> bool:
            ready = (await operator.get("/health/ready")).json()["services"]
            behind = sum(value for checks in ready.values() for key, value in checks.items() if "behind" in key)
            await self._look(operator)
            assert self.picture is not None  # noqa: S101 - play() made it
            sent = [one for one in self.picture.referrals if one["state"] != "blocked_consent"]
            return behind == 0 and len(sent) == len(self.picture.alerts) == self.picture.mails

        await until(settled, "the day did not come to rest")
        for desk in desks:
            await desk.answer_alerts()
        await until(settled, "the answers did not come to rest")


async def everything(client: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
    """All the pages of a list."""
    items: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 500}
    while True:
        page = (await client.get(path, params=params)).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


async def until(look: Callable[[], Awaitable[T]], otherwise: str) -> T:
    """Looks again until something is there.

    Raises:
        NotAsExpectedError: it did not come in time.
    """
    deadline = monotonic() + PATIENCE
    while not (found := await look()):
        expect(monotonic() < deadline, otherwise)
        await asyncio.sleep(0.05)
    return found


def expect(holds: object, otherwise: str) -> None:
    """Says what is not as it should be.

    Raises:
        NotAsExpectedError: it does not hold.
    """
    if not holds:
        raise NotAsExpectedError(otherwise)
