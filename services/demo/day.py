"""Plays the 12th of June 2013: 120 submissions of 14 shelters, eight agencies' desks, one clock."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from time import monotonic
from typing import Any, TypeVar

import httpx2
from rich.console import Console
from rich.live import Live

from events.vocabulary import Agency, Role
from services.chassis.names import SERVICES
from services.demo.clock import PlayedClock
from services.demo.live_view import LiveView
from services.demo.mailbox import Mailbox
from services.demo.people import READY, DutyDesk, NotAsExpectedError, People, UnavailableError, pause

T = TypeVar("T")

GIVE_UP_SECONDS = 300.0
"""Real seconds after which a wait fails: far longer than a busy machine takes."""
WORKING_SERVICES = ("referral", "notifications")
"""The services that must have handled one submission before the next; the others may be behind."""
REGISTERING = timedelta(minutes=3)
"""Time between an event and its submission."""


def sample(name: str) -> list[dict[str, Any]]:
    """The documents of a JSON-lines file of this package."""
    text = (files("services.demo") / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def submissions() -> list[dict[str, Any]]:
    """The day's submissions in the order of ``occurred_at``."""
    return sorted(sample("day-2013-06-12.jsonl"), key=lambda one: datetime.fromisoformat(one["occurred_at"]))


@dataclass
class Day:
    """The day while it is played, and its result."""

    people: People
    clock: PlayedClock
    mailbox: Mailbox
    console: Console
    pace: float
    """Seconds between two submissions."""
    cases: dict[str, str] = field(default_factory=dict)
    view: LiveView | None = None

    async def play(self) -> LiveView:
        """Each shelter sends its submissions while the desks answer."""
        day = submissions()
        self.view = LiveView(self.clock(), len(day))
        operator = await self.people.operator()
        shelters = {one: await self.people.signed_in(Role.SHELTER_WORKER, one) for one in {s["shelter"] for s in day}}
        desks = [DutyDesk(await self.people.signed_in(Role.OFFICER, one), self.mailbox) for one in Agency]
        work = [asyncio.create_task(desk.work()) for desk in desks]
        with Live(self.view, console=self.console, refresh_per_second=8) as live:
            drawing = asyncio.create_task(self._draw(operator, live))
            try:
                for submission in day:
                    await until(partial(self.level, operator, WORKING_SERVICES), "the services fell behind the day")
                    self.clock.advance_to(datetime.fromisoformat(submission["occurred_at"]) + REGISTERING)
                    await self._send(shelters[submission["shelter"]], submission)
                    await asyncio.sleep(self.pace)
                await self._settle(operator, desks)
            finally:
                for task in (*work, drawing):
                    task.cancel()
                await asyncio.gather(*work, drawing, return_exceptions=True)
                await self._look(operator)
                live.update(self.view, refresh=True)
        return self.view

    async def _send(self, shelter: httpx2.AsyncClient, submission: dict[str, Any]) -> None:
        assert self.view is not None  # noqa: S101 - play() made it
        answer = await shelter.post("/api/v1/submissions", json=submission)
        expect(answer.status_code == 201, f"a submission was answered {answer.status_code}")
        self.cases[submission["submission_id"]] = answer.json()["case_id"]
        self.view.taken += 1

    async def _draw(self, operator: httpx2.AsyncClient, live: Live) -> None:
        while True:
            begun = monotonic()
            await self._look(operator)
            live.refresh()
            await asyncio.sleep(pause(0.3, begun))

    async def _look(self, operator: httpx2.AsyncClient) -> None:
        assert self.view is not None  # noqa: S101 - play() made it
        self.view.referrals = await everything(operator, "/api/v1/referrals")
        self.view.alerts = await every_alert(operator, about="referral")
        self.view.mails = len({mail.message_id for mail in self.mailbox.mails})
        self.view.now = self.clock()

    async def level(self, operator: httpx2.AsyncClient, services: Collection[str] = SERVICES) -> bool:
        """Whether these services have handled every event of the services they follow."""
        answer = (await operator.get(READY)).json()
        if "services" not in answer:  # its database is away for a moment: nobody is recognised
            return False
        checks = [check for service in services for check in answer["services"][service].items()]
        return not any(value for key, value in checks if "behind" in key)

    async def caught_up(self) -> None:
        """Waits until everything due at the played time is done; only then may the clock be set forward.

        Raises:
            NotAsExpectedError: the system does not catch up.
        """
        operator = await self.people.operator()
        coordinator = await self.people.signed_in(Role.PROGRAMME_COORDINATOR)

        async def nothing_due() -> bool:
            silence = (await coordinator.get("/api/v1/silence")).json()
            due = (one["at"] for one in (*silence["runs_out_next"], *silence["falling_silent"]))
            now = self.clock()
            return all(datetime.fromisoformat(at) > now for at in due) and await self.level(operator)

        await until(nothing_due, "the system does not catch up with the played time")

    async def _settle(self, operator: httpx2.AsyncClient, desks: list[DutyDesk]) -> None:
        """Waits until every case is assessed, every sent referral alerted, and every alert mailed and read."""

        async def settled() -> bool:
            level = await self.level(operator)
            await self._look(operator)
            assert self.view is not None  # noqa: S101 - play() made it
            sent = [one for one in self.view.referrals if one["state"] != "blocked_consent"]
            mailed = all(self.mailbox.names(alert["code"]) for alert in self.view.alerts)
            return level and len(sent) == len(self.view.alerts) and mailed

        await until(settled, "the day did not come to rest")
        for desk in desks:
            await desk.answer_alerts()
        await until(settled, "the answers did not come to rest")


async def everything(client: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
    """The items of every page of a list."""
    items: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 500}
    while True:
        page = (await client.get(path, params=params)).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


async def every_alert(client: httpx2.AsyncClient, **which: str) -> list[dict[str, Any]]:
    """All alerts that the client may see, oldest first."""
    items: list[dict[str, Any]] = []
    while True:
        after = items[-1]["sequence"] if items else 0
        answer = await client.get("/api/v1/alerts", params={"after": after, "limit": 500, **which})
        if not (page := answer.json()["items"]):
            return items
        items += page


async def until(look: Callable[[], Awaitable[T]], otherwise: str) -> T:
    """Polls until the result is truthy and returns it; requests that fail on a busy machine are repeated.

    Raises:
        NotAsExpectedError: with ``otherwise``, after ``GIVE_UP_SECONDS``.
    """
    deadline = monotonic() + GIVE_UP_SECONDS
    while True:
        begun = monotonic()
        with suppress(httpx2.TransportError, UnavailableError):
            if found := await look():
                return found
        expect(monotonic() < deadline, otherwise)
        await asyncio.sleep(pause(0.05, begun))


def first(items: Iterable[T], otherwise: str) -> T:
    """The first item.

    Raises:
        NotAsExpectedError: with ``otherwise``, if there is none.
    """
    for item in items:
        return item
    raise NotAsExpectedError(otherwise)


def expect(holds: object, otherwise: str) -> None:
    """Checks a condition.

    Raises:
        NotAsExpectedError: with ``otherwise``, if it is false.
    """
    if not holds:
        raise NotAsExpectedError(otherwise)
