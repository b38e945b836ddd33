"""The people of the demonstration: each uses the HTTP API with a token of their own."""

import asyncio
import ssl
import zlib
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx2

from events.vocabulary import Role
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.clock import Clock
from services.chassis.identity.tokens import create_token
from services.demo.mailbox import Mailbox
from services.system import Installation

UNANSWERED_ONE_IN = 6
"""One alert in so many is left unanswered, so that something stays pending."""
HTTP_TIMEOUT = 300
"""Seconds that an answer may take on a busy machine."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""It is served in clear on this machine: to read whom the machine trusts takes longer than most requests."""
PAUSE_FACTOR = 4
"""A pause is this many times as long as the request before it."""
READY = "/api/v1/operate/ready"
"""Where an operator reads what is followed by whom; here 503 is an answer: the system is not ready."""


class NotAsExpectedError(Exception):
    """A check of the demonstration failed; the message says which."""


class UnavailableError(NotAsExpectedError):
    """The system answered with a server error; the request may be repeated."""


def pause(shortest: float, begun: float) -> float:
    """Seconds to wait before the next poll: longer than the last one, which began at ``begun`` (monotonic).

    On a busy machine polling must not take the time of the services.
    """
    return max(shortest, PAUSE_FACTOR * (monotonic() - begun))


async def answered(response: httpx2.Response) -> None:
    """Refuses the answer to a failed request, which has no content to read.

    Raises:
        UnavailableError: the system answered with a server error.
    """
    request = response.request
    if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR and request.url.path != READY:
        raise UnavailableError(f"{request.method} {request.url.path} was answered {response.status_code}")


class People:
    """Clients of the API, each signed in as somebody."""

    def __init__(self, installation: Installation, url: str, clock: Clock) -> None:
        """``url``: the address of the system's API."""
        self._installation = installation
        self._url = url
        self._clock = clock
        self._stack = AsyncExitStack()

    async def signed_in(self, role: Role, org: str = EVERYWHERE) -> httpx2.AsyncClient:
        """A client with a new token."""
        assert self._installation.settings.postgres_dsn is not None  # noqa: S101 - installation() set it
        connection = await asyncpg.connect(self._installation.settings.postgres_dsn.get_secret_value())
        try:
            token = await create_token(connection, role=role, org=org, label="demo", at=self._clock())
        finally:
            await connection.close()
        return await self._client(token)

    @property
    def dsn(self) -> str:
        """The administrator's DSN, to read the logs directly."""
        assert self._installation.settings.postgres_dsn is not None  # noqa: S101 - installation() set it
        return self._installation.settings.postgres_dsn.get_secret_value()

    async def operator(self) -> httpx2.AsyncClient:
        """A client with this machine's operator token."""
        return await self._client(self._installation.secrets.operator_token)

    async def _client(self, token: str) -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(
            base_url=self._url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=HTTP_TIMEOUT,
            verify=NO_TLS,
            event_hooks={"response": [answered]},
        )
        return await self._stack.enter_async_context(client)

    async def close(self) -> None:
        """Closes every client."""
        await self._stack.aclose()


class DutyDesk:
    """One agency's duty desk: acknowledges most alerts, accepts many, declines a few, leaves some unanswered."""

    def __init__(self, officer: httpx2.AsyncClient, mailbox: Mailbox) -> None:
        """The officer answers an alert only after its e-mail has arrived: an alert answered earlier is never mailed."""
        self._officer = officer
        self._mailbox = mailbox
        self._seen = 0
        self._unread: list[dict[str, Any]] = []
        self._answering = asyncio.Lock()

    async def work(self) -> None:
        """Answers alerts until cancelled."""
        while True:
            begun = monotonic()
            await self.answer_alerts()
            await asyncio.sleep(pause(0.2, begun))

    async def answer_alerts(self) -> None:
        """Answers the alerts whose e-mails arrived since the last call."""
        async with self._answering:
            wanted: dict[str, str | int] = {"about": "referral", "after": self._seen, "limit": 500}
            answer = await self._officer.get("/api/v1/alerts", params=wanted)
            came = answer.json()["items"]
            self._unread += came
            self._seen = came[-1]["sequence"] if came else self._seen
            came = [alert for alert in self._unread if self._mailbox.names(alert["code"])]
            for alert in came:
                if alert["state"] == "pending":
                    await self._answer(alert["referral_id"])
                self._unread.remove(alert)

    async def _answer(self, referral: str) -> None:
        """Takes one step after the other; if something changed meanwhile the desk reads again, as its people would."""
        where = f"/api/v1/referrals/{referral}"
        while step := next_step(now := (await self._officer.get(where)).json()):
            name, fields = step
            command_id = uuid5(UUID(referral), f"{name} of {now['version']}")
            command = {"command_id": str(command_id), "expected_version": now["version"], **fields}
            answer = await self._officer.post(f"{where}/{name}", json=command)
            code = None if answer.is_success else answer.json()["code"]
            if code not in {None, "stale_version"}:
                raise NotAsExpectedError(f"a desk's step {name} was answered {answer.status_code} {code}")


def next_step(referral: dict[str, Any]) -> tuple[str, dict[str, str]] | None:
    """What a desk does next with a referral; ``None``: nothing, for now."""
    luck = zlib.crc32(UUID(referral["referral_id"]).bytes)
    if luck % UNANSWERED_ONE_IN == 0:
        return None
    if referral["state"] == "requested" or referral["unseen_change"]:
        return "acknowledge", {}
    if referral["state"] != "acknowledged" or luck % 4 == 1:
        return None
    return ("decline", {"reason": "no_capacity"}) if luck % 11 == 2 else ("accept", {})
