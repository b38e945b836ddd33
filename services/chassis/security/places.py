"""Keyed digests of network addresses, which are stored and logged instead of the addresses."""

import hashlib
import hmac
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

UNKNOWN = "-"
"""The address of a sender that has none, such as a unix socket's."""
_NEIGHBOURS = 64
"""Leading bits of an IPv6 address that one subscriber's devices share (RFC 6177)."""


def network_of(address: str) -> str:
    """The part of an address that tells one subscriber from another: IPv4 whole, IPv6 its /64.

    An IPv4 address in an IPv6 one (``::ffff:a.b.c.d``) is the IPv4 address. What is no address stays as it is.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> (128 - _NEIGHBOURS) << (128 - _NEIGHBOURS))}/{_NEIGHBOURS}"
    return str(found)


@lru_cache(4096)
def place_of(key: bytes, address: str) -> str:
    """The digest of an address's network: 32 hex digits. Nobody without the key can find the address by trying all."""
    return hmac.digest(key, b"security place\x00" + network_of(address).encode(), hashlib.sha256)[:16].hex()
