"""Somebody has got hold of one shelter's leaf node: the harm ends at that shelter's own stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.chassis.messaging.flushing import flush
from services.chassis.names import leaf_user
from services.chassis.secrets.installation import Secrets
from tests.faults.cluster.nodes import LEAF_PASSWORD, Cluster, Node
from tests.support.system.ports import free_port
from tests.support.system.system import HANG, eventually

OWN, OTHER = "ALB-TAP-01", "ALB-IXT-01"

CONFIG = """
server_name: {name}
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
jetstream {{ store_dir: {store}, domain: {domain} }}
leafnodes {{ reconnect: "1s", remotes: [ {{ urls: [{hub}] }} ] }}
"""


@pytest.fixture
async def hub(tmp_path: Path, secrets: Secrets) -> AsyncIterator[Cluster]:
    cluster = Cluster(tmp_path, secrets, leaves=(OWN, OTHER))
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()


@asynccontextmanager
async def leaf(hub: Cluster, folder: Path, *, user: str, password: str, domain: str) -> AsyncIterator[Node]:
    """A leaf node on which everything is allowed, that signs in to the hub as it likes."""
    config, monitor = folder / "foreign.conf", free_port()
    node = Node("foreign", folder, config, {})
    node.monitor = monitor
    at = f"nats-leaf://{user}:{password}@127.0.0.1:{hub.nodes[0].leaves}"
    config.write_text(
        CONFIG.format(
            name="foreign",
            port=node.port,
            monitor=monitor,
            store=json.dumps(str(folder / "foreign")),
            domain=json.dumps(domain),
            hub=json.dumps(at),
        )
    )
    node.start()
    try:
        await eventually(node.healthy)
        yield node
    finally:
        node.end()


async def heard_of(hub: Cluster) -> list[str]:
    """What the hub may send to the leaf nodes that are connected to it."""
    async with httpx2.AsyncClient(timeout=2) as client:
        answer = (await client.get(f"http://127.0.0.1:{hub.nodes[0].monitor}/leafz?subs=1")).json()
    return [subject for each in answer.get("leafs", []) for subject in each.get("subscriptions_list", [])]


async def received(client: Client, *subjects: str) -> list[str]:
    """A list that fills with the subjects of what arrives."""
    arrived: list[str] = []

    async def note(message: Msg) -> None:
        arrived.append(message.subject)

    for subject in subjects:
        await client.subscribe(subject, cb=note)
    await flush(client, within=int(HANG))
    return arrived


@pytest.mark.faults
async def test_what_it_publishes_reaches_its_own_stream_and_nothing_else(hub: Cluster, tmp_path: Path) -> None:
    user, password = leaf_user(OWN), LEAF_PASSWORD + OWN
    forged = ["canaliza.intake.case_opened", f"canaliza.submit.{OWN}", f"canaliza.leaf.{OTHER}.S.x", "$JS.API.INFO"]
    own = f"canaliza.leaf.{OWN}.S.x"
    async with leaf(hub, tmp_path, user=user, password=password, domain=OWN) as node, hub.administrator() as admin:
        arrived = await received(admin, "canaliza.>", "$JS.API.INFO")
        foreign = await nats.connect(node.url)

        async def reaches() -> bool:
            for subject in (*forged, own):
                await foreign.publish(subject, b"forged")
            await flush(foreign, within=int(HANG))
            await asyncio.sleep(0.05)
            return len(arrived) > 5

        await eventually(reaches)
        await foreign.close()
    assert set(arrived) == {own}


@pytest.mark.faults
async def test_it_cannot_answer_for_another_shelter(hub: Cluster, tmp_path: Path) -> None:
    user, password = leaf_user(OWN), LEAF_PASSWORD + OWN
    async with leaf(hub, tmp_path, user=user, password=password, domain=OWN):

        async def offered() -> bool:
            return f"$JS.{OWN}.API.CONSUMER.>" in await heard_of(hub)

        await eventually(offered)
    (tmp_path / "again").mkdir()
    async with leaf(hub, tmp_path / "again", user=user, password=password, domain=OTHER) as node:
        foreign = await nats.connect(node.url)
        allowed = f"$JS.FC.SHELTER_{OWN}.last"
        await foreign.subscribe(allowed)

        async def told_everything() -> bool:
            return allowed in await heard_of(hub)  # what it wished to hear before this was told before this

        await eventually(told_everything)
        await foreign.close()
        assert not any(OTHER in subject for subject in await heard_of(hub))


@pytest.mark.faults
async def test_a_leaf_node_signs_in_as_a_leaf_and_a_client_as_a_client(hub: Cluster, tmp_path: Path) -> None:
    word = hub.secrets.nats["intake"]
    async with leaf(hub, tmp_path, user="intake", password=word, domain=OWN) as node:

        async def refused() -> bool:
            return "Authorization Violation" in node.said.read_text()

        await eventually(refused)
        assert await heard_of(hub) == []
    assert "Authorization Violation" in await greeted(hub.nodes[0], leaf_user(OWN), LEAF_PASSWORD + OWN)
    assert "PONG" in await greeted(hub.nodes[0], "intake", word)


async def greeted(node: Node, user: str, password: str) -> str:
    """What a node answers to a client that signs in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    try:
        await reader.readline()
        connect = {"user": user, "pass": password, "verbose": False, "pedantic": False}
        writer.write(f"CONNECT {json.dumps(connect)}\r\nPING\r\n".encode())
        return (await reader.readline()).decode()
    finally:
        writer.close()
        await writer.wait_closed()
