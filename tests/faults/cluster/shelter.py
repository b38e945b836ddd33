"""A shelter with a bad link: a real leaf node, wires to the hub that can be cut, and the shelter's own software."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from services.chassis.messaging.streams import leaf_stream
from services.chassis.names import Names, leaf_user
from services.intake.leaf_nodes.envelope import seal_for_transit
from tests.faults.cluster.forwarder import Forwarder
from tests.faults.cluster.nodes import DEPLOY, LEAF_PASSWORD, Cluster, Node
from tests.support.system.system import eventually

PASSWORD = "12e4-shelter"  # noqa: S105 - of a server that lives for one test


class Shelter:
    """What stands in a shelter. It knows its token and intake's public key, and nothing else of the system."""

    def __init__(self, code: str, folder: Path, hub: Cluster, *, public_key: str, token: str) -> None:
        self.code = code
        self.token = token
        self._public_key = public_key
        self._hub = hub
        self.wires = [Forwarder(node.leaves) for node in hub.nodes]
        config = folder / "leaf.conf"
        shutil.copy(DEPLOY / "leaf.conf", config)
        self.leaf = Node(f"leaf_{code}", folder, config, {})
        self._software: JetStreamContext | None = None

    @property
    def storage(self) -> Path:
        return self.leaf.folder / self.leaf.name

    async def start(self) -> None:
        password = f"{leaf_user(self.code)}:{LEAF_PASSWORD}{self.code}"
        for number, wire in enumerate(self.wires, 1):
            await wire.start()
            self.leaf.environment[f"HUB_{number}"] = f'"nats-leaf://{password}@127.0.0.1:{wire.port}"'
        self.leaf.environment |= {
            "SHELTER": json.dumps(self.code),
            "LEAF_LISTEN": f'"127.0.0.1:{self.leaf.port}"',
            "LEAF_STORE": json.dumps(str(self.storage)),
            "SHELTER_NATS_PASSWORD": json.dumps(PASSWORD),
        }
        self.leaf.start()

    def cut(self) -> None:
        for wire in self.wires:
            wire.cut()

    def mend(self) -> None:
        for wire in self.wires:
            wire.mend()

    async def stop(self) -> None:
        self.leaf.end()
        await asyncio.gather(*(wire.stop() for wire in self.wires))

    @asynccontextmanager
    async def software(self) -> AsyncIterator[None]:
        """The shelter's software, running: signed in to its own leaf, with its stream made."""
        client = await eventually(self._sign_in)
        try:
            self._software = client.jetstream()
            await self._software.add_stream(leaf_stream(Names(), self.code))
            yield
        finally:
            await client.close()

    async def _sign_in(self) -> Any:
        try:
            return await nats.connect(
                self.leaf.url,
                user="shelter",
                password=PASSWORD,
                inbox_prefix="_INBOX_shelter",
                allow_reconnect=False,
                error_cb=_ignore,
            )
        except (OSError, NatsError):
            return None

    def sealed(self, document: dict[str, Any]) -> bytes:
        return seal_for_transit(
            self._public_key,
            shelter=self.code,
            submission_id=UUID(document["submission_id"]),
            token=self.token,
            document=json.dumps(document).encode(),
        )

    async def publish(self, message: bytes) -> None:
        """Returns when the leaf has it on its disk."""
        assert self._software is not None
        await self._software.publish(Names().sealed(self.code), message)

    async def send(self, document: dict[str, Any]) -> None:
        await self.publish(self.sealed(document))


async def _ignore(_error: Exception) -> None: ...
