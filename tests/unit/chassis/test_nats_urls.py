"""A cluster is given as a list of servers, and the client may end up at any of them."""

import pytest
from faststream.nats import NatsBroker
from pydantic import ValidationError

from services.chassis.messaging.broker import make_broker
from services.chassis.names import Names
from services.chassis.settings import Settings

THREE = "tls://10.0.0.1:4222, tls://10.0.0.2:4222,tls://10.0.0.3:4222"


def broker(url: str) -> NatsBroker:
    return make_broker(url, names=Names(), service="intake", password="geheim")  # noqa: S106 - of nobody


def test_every_server_of_the_list_is_known_to_the_client() -> None:
    wanted = [f"tls://10.0.0.{n}:4222" for n in (1, 2, 3)]
    assert Settings(nats_url=THREE).nats_urls == wanted
    assert broker(THREE)._connection_kwargs["servers"] == wanted


def test_one_server_is_a_list_of_one() -> None:
    assert Settings(nats_url="nats://127.0.0.1:4222").nats_urls == ["nats://127.0.0.1:4222"]
    assert Settings().nats_urls == []


@pytest.mark.parametrize(
    "url",
    [
        "nats://10.0.0.1:4222",
        "nats://127.0.0.1:4222,nats://10.0.0.2:4222",
        "tls://10.0.0.1:4222,nats://10.0.0.2:4222",
        "nats://10.0.0.1:4222,tls://10.0.0.2:4222",
        "tls://10.0.0.1:4222,10.0.0.2:4222",
        "tls://10.0.0.1:4222,",
        "tls://10.0.0.1:4222,,tls://10.0.0.2:4222",
        "ws://10.0.0.1:443",
        "nats://127.0.0.1@10.0.0.1:4222",
        "nats://10.0.0.1#127.0.0.1",
    ],
)
def test_one_server_off_this_machine_without_tls_is_enough_to_be_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="tls://"):
        Settings(nats_url=url)


def test_servers_on_this_machine_need_no_tls() -> None:
    assert len(Settings(nats_url="nats://127.0.0.1:4222,nats://localhost:4223,nats://[::1]:4224").nats_urls) == 3


def test_credentials_in_a_servers_url_replace_the_services_own() -> None:
    options = broker("nats://127.0.0.1:4222,nats://somebody:word@127.0.0.1:4223")._connection_kwargs
    assert "user" not in options
    assert broker("nats://127.0.0.1:4222")._connection_kwargs["user"] == "intake"
