"""Which addresses are on the public internet, and so may be a receiver's. Pure.

Python's ``is_global`` follows the registries of special addresses. Listed here is what it calls global and is nobody's
to choose: relays, forms of IPv6 that carry an IPv4 address, and the metadata services of clouds, which give the
machine's own credentials to whoever asks.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

NAT64: Final = ip_network("64:ff9b::/96")
"""Leads to the IPv4 address in its last 32 bits (RFC 6052): so a network without IPv4 reaches every receiver by it."""
ASSIGNED: Final = (ip_network("0.0.0.0/0"), ip_network("2000::/3"))
"""Where public addresses are assigned: of IPv6 an eighth, so none that means an IPv4 address or a single site."""
NOT_PUBLIC: Final = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890), of which some count as global
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "168.63.129.16/32",  # Azure's own services
        "100.100.100.200/32",  # Alibaba Cloud's metadata
        "2001::/23",  # IETF protocol assignments, Teredo (RFC 4380) among them
        "2002::/16",  # 6to4 (RFC 3056)
        "3fff::/20",  # examples (RFC 9637)
    )
)


def is_public(written: str) -> bool:
    """Whether an address, perhaps with a zone, is on the public internet."""
    address: IPv4Address | IPv6Address = ip_address(written.partition("%")[0])
    if address in NAT64:
        address = IPv4Address(int(address) & 0xFFFF_FFFF)
    if not address.is_global or address.is_multicast:
        return False
    return any(address in network for network in ASSIGNED) and not any(address in network for network in NOT_PUBLIC)
