"""The place that a request comes from, as every limit of attempts counts it."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request

NOWHERE = "nowhere"
PREFIX = 64
"""Bits of an IPv6 address that name the network. A single household or server chooses the others freely, so that whole
addresses would be 2**64 places of one person (RFC 6177, RFC 8981)."""


def place_of(request: Request) -> str:
    """The sender's place: an IPv4 address, or the /64 network of an IPv6 address.

    Behind a proxy the server must be configured to trust it; no header alone is trusted. Throttles store a keyed digest
    of it; nothing else stores it.
    """
    return place_of_address(request.client.host if request.client is not None else NOWHERE)


def place_of_address(address: str) -> str:
    """The place of an address as the server wrote it; what is no address is a place of its own."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, PREFIX), strict=False))
