"""A place is a keyed digest of what tells one subscriber from another."""

import pytest

from services.chassis.security.places import network_of, place_of

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("-", "-"),
    ],
)
def test_an_ipv6_subscriber_is_one_place_however_many_addresses_it_uses(address: str, network: str) -> None:
    assert network_of(address) == network


def test_equal_places_are_equal_and_nobody_finds_the_address_without_the_key() -> None:
    assert place_of(KEY, "2001:db8::1") == place_of(KEY, "2001:db8::2")
    assert place_of(KEY, "192.0.2.7") != place_of(KEY, "192.0.2.8")
    assert place_of(KEY, "192.0.2.7") != place_of(OTHER_KEY, "192.0.2.7")
    assert len(place_of(KEY, "192.0.2.7")) == 32
