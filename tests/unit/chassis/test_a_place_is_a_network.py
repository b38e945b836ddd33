"""A place is what one person holds: an IPv4 address, or a whole /64 network of IPv6."""

import pytest

from services.chassis.web.places import place_of_address


def test_every_address_of_one_network_is_one_place() -> None:
    of_one = {place_of_address(f"2001:db8:7:1::{host:x}") for host in range(1, 2000)}
    assert of_one == {"2001:db8:7:1::/64"}
    assert place_of_address("2001:db8:7:2::1") not in of_one


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::2%wlan0", "fe80::/64"),
        ("nowhere", "nowhere"),
        ("", ""),
    ],
)
def test_an_address_of_the_old_kind_is_a_place_of_its_own_however_it_is_written(address: str, place: str) -> None:
    assert place_of_address(address) == place
