"""The FastStream broker with safe defaults.

By default FastStream on NATS discards a message after one exception, subscribes to inboxes that a least-privilege
user may not read, and logs exception texts. Here every default is set; a test inspects every subscriber. Logs are
followed by ``services.chassis.replication.follower``, not by FastStream.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog
from faststream import AckPolicy
from faststream.nats import NatsBroker, NatsMessage
from faststream.security import SASLPlaintext
from nats.errors import Error as NatsError

from services.chassis.messaging import header_parser
from services.chassis.names import Names
from services.chassis.settings import server_urls

logger = structlog.get_logger(__name__)

ACK_POLICY = AckPolicy.NACK_ON_ERROR


def make_broker(url: str, *, names: Names, service: str, password: str | None) -> NatsBroker:
    """A broker that signs in as the service, reconnects without limit and logs no contents.

    ``url`` is one server or several of a cluster, separated by commas.
    """
    urls = server_urls(url)
    header_parser.install()
    security = None
    if password is not None and not has_credentials(urls):
        tls = any(each.startswith("tls://") for each in urls)
        security = SASLPlaintext(username=names.user(service), password=password, use_ssl=tls)
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


def has_credentials(urls: Sequence[str]) -> bool:
    """Whether a server's URL carries credentials; then the service's own are not used."""
    return any(urlsplit(each).username is not None for each in urls)


def request_options(names: Names, service: str) -> dict[str, Any]:
    """The options of every request subject: no acks (core NATS has none), and an inbox that the user may read."""
    return {"ack_policy": AckPolicy.MANUAL, "inbox_prefix": f"{names.inbox(service)}.".encode()}


async def raw_body(message: NatsMessage) -> bytes:
    """The body unchanged: each handler parses JSON itself, of either CloudEvents mode."""
    return bytes(message.body)


async def _report(error: Exception) -> None:
    """Logs the client's asynchronous errors: a denied permission is reported here and nowhere else."""
    denied = isinstance(error, NatsError) and "permissions violation" in str(error).lower()
    logger.warning("nats_permission_denied" if denied else "nats_error", error=type(error).__name__)
