"""Where a webhook may lead: to a public host by https, or nowhere. Else whoever subscribes could reach our own servers.

The name is resolved once for each message and the connection goes to the very address that was looked at: a name that
answers differently the second time reaches nothing. Redirects are not followed.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.chassis.errors import ServiceError

MOST = 2000


class WebhookAddressError(ServiceError):
    """The address is none that a webhook may have. It is not repeated."""

    code = "webhook_address"
    status = 422
    es = "La dirección debe ser https, de un servidor público y sin usuario ni contraseña."
    en = "The address must be https, of a public server, without user or password."


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: the address that was looked at, and the name that it is asked by."""

    url: str
    host: str
    server_name: str


def checked(url: str, *, private: bool) -> None:
    """Does nothing if the address could be a webhook's.

    Raises:
        WebhookAddressError: another scheme, a user in it, an address of our own networks.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookAddressError from None
    by_http = parts.scheme == "http" and private and host in ("127.0.0.1", "localhost", "::1")
    if (parts.scheme != "https" and not by_http) or not host or parts.username or parts.password or parts.fragment:
        raise WebhookAddressError
    if len(url) > MOST or not url.isascii() or any(not one.isprintable() or one == " " for one in url):
        raise WebhookAddressError
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    if not (private or _public(str(literal))):
        raise WebhookAddressError


async def resolved(url: str, *, private: bool) -> Destination:
    """Where to connect.

    Raises:
        WebhookAddressError: it leads to an address that it may not.
        OSError: the name cannot be resolved.
    """
    checked(url, private=private)
    parts = urlsplit(url)
    name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not (private or all(_public(address) for address in addresses)):
        raise WebhookAddressError
    bracketed = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    where = parts._replace(netloc=f"{bracketed}:{port}").geturl()
    return Destination(where, parts.netloc, name)


def _public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (mapped is None or mapped.is_global)
