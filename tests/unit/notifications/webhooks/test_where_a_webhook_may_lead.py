"""A webhook leads to the public internet, and to no network of ours, however its address is written."""

import socket
from typing import Any

import pytest

from services.chassis.own_threads import OwnThreads
from services.notifications.webhooks.destinations import WebhookAddressError, resolve, validate_url
from services.notifications.webhooks.networks import is_public

REFUSED = [
    "http://example.org/", "ftp://example.org", "https://", "https://127.0.0.1/", "https://10.1.2.3/x", "https://[::1]/",
    "https://169.254.169.254/latest/meta-data", "https://192.168.0.1", "https://[fd00::1]/", "https://0.0.0.0/",
    "https://user:canario@example.org/", "https://example.org/#x", "https://[::ffff:10.0.0.1]/", "https://224.0.0.1/",
    "https://100.64.0.1/", "https://example.org:99999/", "https://exa mple.org/", "https://ejemplo.mx/\n",
    "//x", "javascript:1", "https://example.org:0/", "https://example.org:25/", "https://example.org:22/",
    "https://example.org:80/", "https://example.org:587/", "https://[64:ff9b::a00:1]/", "https://[fec0::1]/",
    # as only resolvers read them, or as nobody writes a host
    "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0X7F.1/", "https://0177.0.0.1/",
    "https://017700000001/", "https://0x7f.0.0.1:8443/", "https://127.1./", "https://127.0.0.1./", "https://0/",
    "https://134744072/", "https://8.8.2056/", "https://0x8080808/", "https://8.8.8.8./", "https://[2606:4700::1%25eth0]/",
    "https://localhost/", "https://LOCALHOST:8443/", "https://localhost./", "https://a.localhost/", "https://a.localhost./",
    "https://%6c%6f%63%61%6c%68%6f%73%74/", "https://%6cocalhost/", "https://ejemplo%2emx/", "https://127.0.0%2e1/",
]  # fmt: skip

NOT_PUBLIC = [
    # this machine, this network
    "0.0.0.1", "0.1.2.3", "127.0.0.1", "127.1.2.3", "::", "::1",
    # private networks, those of providers, link-local, site-local
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.254", "169.254.0.1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "feff::1",
    # clouds' own services
    "169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254",
    # protocol assignments, examples, benchmarks, relays, multicast, reserved, broadcast
    "192.0.0.1", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1",
    "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "ff02::1", "ff0e::1", "2001:db8::1",
    "100::1", "2001::1", "2001:10::1", "2001:20::1", "5f00::1", "3fff::1",
    # IPv6 that carries an IPv4 address
    "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "::10.0.0.1", "::8.8.8.8", "::127.0.0.1",
    "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::c000:c0", "64:ff9b::a83f:8110",
    "64:ff9b:1::808:808", "2002:a00:1::1", "2002:808:808::1", "2001:0:808:808::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_webhook_to_our_own_networks_is_refused(url: str) -> None:
    with pytest.raises(WebhookAddressError) as refused:
        validate_url(url, private=False)
    assert "canario" not in str(refused.value.__dict__)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://example.org:443/x?y=1",
        "https://example.org:8443/",
        "https://8.8.8.8/",
        "https://127.1.example.org/",
        "https://localhost.example.org/",
        "https://mylocalhost.mx/",
        "https://[2606:4700::1]/",
    ],
)
def test_a_webhook_to_the_public_internet_is_allowed(url: str) -> None:
    validate_url(url, private=False)


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_an_address_that_is_not_public_is_refused_written_out_or_behind_a_name(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_public(address)
    written = f"[{address.partition('%')[0]}]" if ":" in address else address
    with pytest.raises(WebhookAddressError):
        validate_url(f"https://{written}/hook", private=False)
    for answers in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        monkeypatch.setattr(socket, "getaddrinfo", _answering(answers))
        with pytest.raises(WebhookAddressError):
            await resolve("https://example.org/hook", OwnThreads("test", 1), private=False)


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_is_connected_to_by_the_names_own_certificate(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answering([address]))
    found = await resolve("https://example.org/hook", OwnThreads("test", 1), private=False)
    written = f"[{address}]" if ":" in address else address
    assert (found.url, found.server_name) == (f"https://{written}:443/hook", "example.org")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1.", "0x7f000001", "2130706433", "127.1"])
async def test_a_name_that_leads_into_our_own_networks_is_refused_when_it_is_resolved(name: str) -> None:
    with pytest.raises((WebhookAddressError, OSError)):
        await resolve(f"https://{name}/hook", OwnThreads("test", 1), private=False)


async def test_development_may_send_to_this_machine_by_plain_http() -> None:
    found = await resolve("http://127.0.0.1:8099/hook?x=1", OwnThreads("test", 1), private=True)
    assert (found.url, found.host) == ("http://127.0.0.1:8099/hook?x=1", "127.0.0.1:8099")
    validate_url("https://localhost:8099/hook", private=True)
    for url in ("http://example.org/", "https://127.1/", "https://%6cocalhost/"):
        with pytest.raises(WebhookAddressError):
            validate_url(url, private=True)


def _answering(addresses: list[str]) -> Any:
    def getaddrinfo(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return getaddrinfo
