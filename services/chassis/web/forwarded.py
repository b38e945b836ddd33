"""Who sent a request that came through a reverse proxy, and how.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed only from the installation's own proxies: whoever else sends
them would choose the address that attempts are counted by. Of several hops the rightmost that is no proxy of ours
counts, which is the last that a proxy of ours has seen.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, cast

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from services.chassis.errors import TlsRequiredError
from services.chassis.web.problems import answer_to

HEALTH = "/health/"
"""Asked by the machine's own supervision, which has no certificate, and answers nothing about anybody."""


class Forwarded:
    """Takes sender and scheme from the installation's proxies; refuses plain HTTP from any other machine."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        """``proxies``: addresses or networks; none: no such header is believed."""
        self._app = app
        self._through_proxy = ProxyHeadersMiddleware(cast("Any", app), trusted_hosts=list(proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sender = scope["client"][0] if scope.get("client") else None
        if sender in self._through_proxy.trusted_hosts:
            await self._through_proxy(cast("Any", scope), cast("Any", receive), cast("Any", send))
        elif scope["scheme"] == "http" and not _is_here(sender) and not scope["path"].startswith(HEALTH):
            await answer_to(Request(scope), TlsRequiredError())(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_here(sender: str | None) -> bool:
    """Whether the sender is on this machine; one without an address came through a socket in a folder."""
    try:
        return sender is None or ip_address(sender).is_loopback
    except ValueError:
        return False
