"""Sends messages to one webhook's receiver, which may do its worst: slow names, slow answers, large answers.

Nothing of it is shared with another webhook's receiver. A connection goes to an address, so a pool would use it for
every name there without looking at the certificate again; and whatever waits, waits in its own place. Of an answer
the status is read and no more, so that it cannot be large, compressed or endless.
"""

import asyncio
import ssl
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx2

from services.chassis.own_threads import OwnThreads
from services.notifications.webhooks.destinations import WebhookAddressError, resolve
from services.notifications.webhooks.signing import headers

SECONDS = 15.0
"""Seconds for one attempt: name, connection, message and status together."""


class Receiver:
    """The receiver of one webhook, while messages are sent to it."""

    def __init__(self, url: str, tls: ssl.SSLContext, *, lookups: OwnThreads, private: bool) -> None:
        """``tls`` says which certificates are trusted; ``lookups`` is this webhook's alone."""
        self._url = url
        self._lookups = lookups
        self._private = private
        self._client = httpx2.AsyncClient(
            verify=tls,
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=False,
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        """Opens nothing yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        await self._client.aclose()

    async def post(self, secret: str, message: str, body: bytes, at: datetime) -> str | None:
        """Sends one message, signed at a moment. Returns ``None`` if it was taken, otherwise the kind of failure."""
        try:
            async with asyncio.timeout(SECONDS):
                status = await self._status(secret, message, body, at)
        except WebhookAddressError:
            return "address"
        except TimeoutError:
            return "timeout"
        except (httpx2.HTTPError, OSError, ValueError) as error:
            return type(error).__name__
        if status == 410:
            return "gone"
        return None if 200 <= status < 300 else f"status_{status}"

    async def _status(self, secret: str, message: str, body: bytes, at: datetime) -> int:
        to = await resolve(self._url, self._lookups, private=self._private)
        sent = {
            "host": to.host,
            "content-type": "application/cloudevents+json",
            "accept-encoding": "identity",
            **headers(secret, message, at, body),
        }
        request = self._client.stream(
            "POST", to.url, content=body, headers=sent, extensions={"sni_hostname": to.server_name}
        )
        async with request as answer:
            return answer.status_code
