"""Whatever a receiver does, a message costs a limited time and nearly no memory, and goes to its own name only."""

import asyncio
import socket
import ssl
import threading
import tracemalloc
import zlib
from asyncio import StreamWriter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.chassis.own_threads import OwnThreads
from services.notifications.webhooks import receiver as receiver_module
from services.notifications.webhooks.receiver import Receiver
from tests.support.fakes.certificates import Authority, Files
from tests.support.fakes.tls_receivers import drips_its_content, drips_its_head, receiving, says_nothing, takes
from tests.support.system.system import HANG

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SECRET = "whsec_" + "A" * 43 + "="
MIB = 1_048_576


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def own(authority: Authority) -> Files:
    return authority.files("a.test")


@pytest.fixture
def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.ca)


@pytest.fixture(autouse=True)
def _every_name_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def here(host: Any, *rest: Any, **named: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".test") else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", here)


def to(name: str, port: int, trusting: ssl.SSLContext, lookups: OwnThreads | None = None) -> Receiver:
    lookups = lookups or OwnThreads("test", 1)
    return Receiver(f"https://{name}:{port}/hook", trusting, lookups=lookups, private=True)


async def test_a_message_is_sent_to_the_name_of_the_certificate_and_to_no_other_at_that_address(
    own: Files, trusting: ssl.SSLContext
) -> None:
    async with (
        receiving(own, takes) as there,
        to("a.test", there.port, trusting) as a,
        to("b.test", there.port, trusting) as b,
    ):
        assert await b.post(SECRET, "1", b"{}", NOW) == "ConnectError"
        for number in range(3):
            assert await a.post(SECRET, str(number), b"{}", NOW) is None
            assert await b.post(SECRET, str(number), b"{}", NOW) == "ConnectError"
    hosts = {line for head in there.heads for line in head.lower().split(b"\r\n") if line.startswith(b"host:")}
    assert hosts == {f"host: a.test:{there.port}".encode()}


async def test_a_client_that_keeps_connections_sends_to_a_name_that_has_no_certificate(
    own: Files, trusting: ssl.SSLContext
) -> None:
    """A control: a pool goes by the address, and looks at no certificate again."""
    async with receiving(own, takes) as there, httpx2.AsyncClient(verify=trusting, timeout=HANG) as pooled:
        for name in ("a.test", "b.test"):
            answer = await pooled.post(f"https://127.0.0.1:{there.port}/", extensions={"sni_hostname": name})
            assert answer.status_code == 200


@pytest.mark.parametrize("worst", [drips_its_head, says_nothing])
async def test_an_answer_that_does_not_come_is_waited_for_so_long_and_its_connection_is_closed(
    worst: Any, own: Files, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver_module, "SECONDS", 1.0)
    async with receiving(own, worst) as there, to("a.test", there.port, trusting) as receiver:
        async with asyncio.timeout(HANG):
            assert await receiver.post(SECRET, "1", b"{}", NOW) in {"timeout", "RemoteProtocolError"}
        assert not receiver._client._transport._pool.connections  # type: ignore[attr-defined]  # httpx2's own


async def test_the_status_is_all_that_is_read_of_an_answer(
    own: Files, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver_module, "SECONDS", 3600.0)  # nothing ends it but its own end
    async with receiving(own, drips_its_content) as there, to("a.test", there.port, trusting) as receiver:
        async with asyncio.timeout(HANG):
            assert await receiver.post(SECRET, "1", b"{}", NOW) is None


async def test_a_compressed_answer_costs_no_memory(own: Files, trusting: ssl.SSLContext) -> None:
    packing = zlib.compressobj(wbits=31)
    bomb = b"".join(packing.compress(bytes(MIB)) for _ in range(256)) + packing.flush()

    async def explodes(writer: StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        await writer.drain()

    tracemalloc.start()
    async with receiving(own, explodes) as there, to("a.test", there.port, trusting) as receiver:
        for _ in range(3):
            assert await receiver.post(SECRET, "1", b"{}", NOW) is None
        assert all(b"accept-encoding: identity" in head.lower() for head in there.heads)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 * MIB


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name server that does not answer for ``slow.test``."""
    before, answered = socket.getaddrinfo, threading.Event()

    def slow(host: Any, *rest: Any, **named: Any) -> Any:
        if host == "slow.test":
            answered.wait(60)
        return before(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield
    answered.set()


@pytest.mark.usefixtures("hanging")
async def test_a_name_that_is_not_resolved_has_one_thread_however_often_it_is_tried_and_stops_no_other(
    own: Files, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver_module, "SECONDS", 0.3)
    theirs = OwnThreads("slow-name", 1)
    async with receiving(own, takes) as there:
        for _ in range(5):
            async with to("slow.test", there.port, trusting, theirs) as slow:
                assert await slow.post(SECRET, "1", b"{}", NOW) == "timeout"
        assert sum(thread.name == "slow-name" for thread in threading.enumerate()) == 1
        monkeypatch.setattr(receiver_module, "SECONDS", 15.0)
        async with to("a.test", there.port, trusting) as quick:
            assert await quick.post(SECRET, "1", b"{}", NOW) is None
