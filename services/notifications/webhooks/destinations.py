"""Validates webhook URLs: only public hosts by https, so that no subscriber can reach our own servers.

The name is resolved once for each message and the connection goes to the address that was validated, so that a name
that resolves differently the second time (DNS rebinding) gains nothing. Redirects are not followed.
"""

import ipaddress
import socket
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from services.chassis.errors import ServiceError
from services.chassis.own_threads import OwnThreads
from services.notifications.webhooks.networks import is_public

MAX_URL_LENGTH = 2000
HTTPS, FIRST_OF_USERS = 443, 1024
"""Ports of receivers: that of https, and those that a machine's users may open. Mail and the like are below."""
LOOKUP_SECONDS = 10.0


class WebhookAddressError(ServiceError):
    """The URL is not allowed for a webhook. It is not repeated."""

    code = "webhook_address"
    status = 422


@dataclass(frozen=True, slots=True)
class Destination:
    """A validated destination: the URL with an IP address for its host, the ``Host`` header and the TLS name."""

    url: str
    host: str
    server_name: str


def validate_url(url: str, *, private: bool) -> None:
    """Checks a webhook's URL without resolving it; ``private`` allows private addresses and local HTTP.

    Raises:
        WebhookAddressError: another scheme than https, a port of another service of the internet, a user, a fragment,
            an address that is not public, or a host that is written so that it hides where it leads.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookAddressError from None
    by_http = parts.scheme == "http" and private and host in ("127.0.0.1", "localhost", "::1")
    if (parts.scheme != "https" and not by_http) or not host or parts.username or parts.password or parts.fragment:
        raise WebhookAddressError
    if not (private or port in {None, HTTPS} or (port or 0) >= FIRST_OF_USERS):
        raise WebhookAddressError
    if len(url) > MAX_URL_LENGTH or not url.isascii() or any(not one.isprintable() or one == " " for one in url):
        raise WebhookAddressError
    if is_disguised(host) or (is_this_machine(host) and not private):
        raise WebhookAddressError
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    if not (private or is_public(str(literal))):
        raise WebhookAddressError


def is_disguised(host: str) -> bool:
    """Whether a host is percent-encoded, or an IPv4 address not as four numbers: ``127.1``, ``0x7f000001``.

    Libraries disagree on what such a host is, so that it could lead elsewhere than where it was looked at.
    """
    try:
        plain = socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return "%" in host
    return plain != host


def is_this_machine(host: str) -> bool:
    """Whether a name is ``localhost`` or one under it (RFC 6761, section 6.3)."""
    name = host.rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


async def resolve(url: str, lookups: OwnThreads, *, private: bool) -> Destination:
    """Checks a webhook's URL, resolves its host and checks the addresses.

    Raises:
        WebhookAddressError: the URL is not allowed, or one of its addresses is not public.
        OSError: the name cannot be resolved.
        TimeoutError: the name server did not answer in time.
    """
    validate_url(url, private=private)
    parts = urlsplit(url)
    name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    # Neither the loop's look-up nor its executor: uvloop and asyncio do those of the whole process on a few threads.
    look_up = partial(socket.getaddrinfo, name, port, type=socket.SOCK_STREAM)
    found = await lookups.run(look_up, seconds=LOOKUP_SECONDS)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not (private or all(is_public(address) for address in addresses)):
        raise WebhookAddressError
    bracketed = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    where = parts._replace(netloc=f"{bracketed}:{port}").geturl()
    return Destination(where, parts.netloc, name)
