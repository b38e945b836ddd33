"""Who takes part in the demonstration, each with a token of their own, over HTTP like anybody else."""

import asyncio
import zlib
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx2

from events.vocabulary import Role
from services.chassis.access import EVERYWHERE
from services.chassis.clock import Clock
from services.chassis.tokens import create_token
from services.demo.mailbox import Mailbox
from services.system import Ground

SILENT_ONE_IN = 6
"""So that something stays pending: one desk in so many does not answer an alert."""


class People:
    """Signs people in and out."""

    def __init__(self, ground: Ground, url: str, clock: Clock) -> None:
        """People of this system."""
        self._ground = ground
        self._url = url
        self._clock = clock
        self._stack = AsyncExitStack()

    async def signed_in(self, role: Role, org: str = EVERYWHERE) -> httpx2.AsyncClient:
        """Somebody new."""
        assert self._ground.settings.postgres_dsn is not None  # noqa: S101 - a ground has servers
        connection = await asyncpg.connect(self._ground.settings.postgres_dsn.get_secret_value())
        try:
            token = await create_token(connection, role=role, org=org, label="demo", at=self._clock())
        finally:
            await connection.close()
        client = httpx2.AsyncClient(base_url=self._url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        return await self._stack.enter_async_context(client)

    @property
    def dsn(self) -> str:
        """The way to the database, for whoever reads the logs themselves."""
        assert self._ground.settings.postgres_dsn is not None  # noqa: S101 - a ground has servers
        return self._ground.settings.postgres_dsn.get_secret_value()

    async def operator(self) -> httpx2.AsyncClient:
        """Whoever sits at this machine."""
        headers = {"Authorization": f"Bearer {self._ground.secrets.operator_token}"}
        client = httpx2.AsyncClient(base_url=self._url, headers=headers, timeout=30)
        return await self._stack.enter_async_context(client)

    async def close(self) -> None:
        """Everybody leaves."""
        await self._stack.aclose()


class DutyDesk:
    """One agency's desk: reads its mail, acknowledges most alerts, accepts many, declines a few, and misses some."""

    def __init__(self, officer: httpx2.AsyncClient, mailbox: Mailbox) -> None:
        """The officer on duty, who acts on a mail: whatever is answered before its mail left is never mailed."""
        self._officer = officer
        self._mailbox = mailbox
        self._seen = 0
        self._unread: list[dict[str, Any]] = []

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            await self.answer_alerts()
            await asyncio.sleep(0.2)

    async def answer_alerts(self) -> None:
        """Answers what came by mail since."""
        answer = await self._officer.get("/api/v1/alerts", params={"after": self._seen, "limit": 500})
        self._unread += answer.json()["items"]
        self._seen = max([self._seen, *(alert["sequence"] for alert in self._unread)])
        came = [alert for alert in self._unread if self._mailbox.names(alert["code"])]
        self._unread = [alert for alert in self._unread if alert not in came]
        for alert in came:
            if alert["state"] == "pending":
                await self._answer(alert["referral_id"])

    async def _answer(self, referral: str) -> None:
        luck = zlib.crc32(UUID(referral).bytes)
        if luck % SILENT_ONE_IN == 0:
            return
        found = (await self._officer.get(f"/api/v1/referrals/{referral}")).json()
        version = await self._step(referral, "acknowledge", found["version"])
        if luck % 4 == 1:
            return
        if luck % 11 == 2:
            await self._step(referral, "decline", version, reason="no_capacity")
        else:
            await self._step(referral, "accept", version)

    async def _step(self, referral: str, step: str, version: int, **says: Any) -> int:
        order = {"command_id": str(uuid5(UUID(referral), step)), "expected_version": version, **says}
        answer = await self._officer.post(f"/api/v1/referrals/{referral}/{step}", json=order)
        answer.raise_for_status()
        return int(answer.json()["version"])
