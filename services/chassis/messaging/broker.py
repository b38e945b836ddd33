"""The FastStream broker with safe defaults.

By default FastStream on NATS discards a message after one exception, subscribes to inboxes that a least-privilege
user may not read, and logs exception texts. Here every default is set; a test inspects every subscriber. Logs are
followed by ``services.chassis.replication.follower``, not by FastStream.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import structlog
from faststream import AckPolicy
from faststream.nats import NatsBroker, NatsMessage
from faststream.security import SASLPlaintext
from nats.errors import Error as NatsError

from services.chassis.messaging import header_parser, reauthorization, tls_only
from services.chassis.names import Names
from services.chassis.settings import server_urls

logger = structlog.get_logger(__name__)

ACK_POLICY = AckPolicy.NACK_ON_ERROR


def make_broker(
    url: str, *, names: Names, service: str, password: Callable[[], Sequence[str]] | str | None
) -> NatsBroker:
    """A broker that signs in as the service, reconnects without limit and logs no contents.

    ``url`` is one server or several of a cluster, separated by commas. ``password``: as it is now, then those that a
    server may still want; they are asked for at every attempt to connect.
    """
    urls = server_urls(url)
    header_parser.install()
    harden()
    security = None
    if password is not None and not has_credentials(urls):
        tls = any(each.startswith("tls://") for each in urls)
        word: Any = _in_turn(password) if callable(password) else password  # the client asks a callable
        security = SASLPlaintext(username=names.user(service), password=word, use_ssl=tls)
    return NatsBroker(
        urls,
        security=security,
        name=f"canaliza-{service}",
        inbox_prefix=names.inbox(service),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        allow_reconnect=True,
        connect_timeout=2,
        ack_policy=ACK_POLICY,
        apply_types=True,
        decoder=raw_body,
        logger=None,
        error_cb=_report,
        pending_size=8 * 1024 * 1024,
        graceful_timeout=10.0,
    )


def harden() -> None:
    """Before any connection: a client that is let in by a new password goes on, and none speaks in clear by mistake."""
    reauthorization.install()
    tls_only.install()


def _in_turn(passwords: Callable[[], Sequence[str]]) -> Callable[[], str]:
    """The present password first; while it is renewed, the next attempt has the former one.

    Which of two a server wants is not to be told from its answer: nats-py hands on none at an attempt.
    """
    attempts = count()
    known: tuple[str, ...] = ()

    def word() -> str:
        nonlocal attempts, known
        found = tuple(passwords())
        if found != known:
            attempts, known = count(), found
        return found[next(attempts) % len(found)]

    return word


def has_credentials(urls: Sequence[str]) -> bool:
    """Whether a server's URL carries credentials; then the service's own are not used."""
    return any(urlsplit(each).username is not None for each in urls)


def request_options(names: Names, service: str) -> dict[str, Any]:
    """The options of every request subject: no acks (core NATS has none), and an inbox that the user may read."""
    return {"ack_policy": AckPolicy.MANUAL, "inbox_prefix": f"{names.inbox(service)}.".encode()}


async def raw_body(message: NatsMessage) -> bytes:
    """The body unchanged: each handler parses JSON itself, of either CloudEvents mode."""
    return bytes(message.body)


def is_refusal(error: BaseException) -> bool:
    """Whether NATS answered and refused user or password. The client has no class for that, only the server's words."""
    return "authorization violation" in str(error).lower()


async def _report(error: Exception) -> None:
    """Logs the client's asynchronous errors: a denied permission is reported here and nowhere else."""
    denied = isinstance(error, NatsError) and "permissions violation" in str(error).lower()
    if is_refusal(error):
        logger.error("nats_password_denied")
        return
    logger.warning("nats_permission_denied" if denied else "nats_error", error=type(error).__name__)
