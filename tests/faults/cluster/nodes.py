"""Real nats-servers on this machine, started with the files of deploy/nats, and the wires between them."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from services.chassis.names import SERVICES, Names, leaf_user
from services.chassis.secrets.installation import Secrets
from services.local import users_config
from services.local.nats import binary
from services.local.nats_config import password_variable
from tests.faults.cluster.forwarder import Forwarder
from tests.support.system.ports import free_port
from tests.support.system.system import eventually

DEPLOY = Path(__file__).parents[3] / "deploy" / "nats"
ROUTES_PASSWORD = "12e4-routes"  # noqa: S105 - of servers that live for one test
LEAF_PASSWORD = "12e4-"  # noqa: S105 - likewise; the shelter's code follows
NOBODY = '"127.0.0.1:9"'
"""Advertised for routes: nodes must reach each other through the wires they are given and no other way."""


class Node:
    """One nats-server that can be killed, paused and started again on the same folder."""

    def __init__(self, name: str, folder: Path, config: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.folder = folder
        self._config = config
        self.port, self.monitor, self.routes, self.leaves = (free_port() for _ in range(4))
        self.environment = {
            "NATS_NAME": json.dumps(name),
            "NATS_LISTEN": f'"127.0.0.1:{self.port}"',
            "NATS_MONITOR": f'"127.0.0.1:{self.monitor}"',
            "NATS_STORE": json.dumps(str(folder / name)),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def said(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        with self.said.open("ab") as log:
            self._process = subprocess.Popen(
                [binary(), "-c", self._config],
                env={"PATH": os.environ["PATH"], **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def healthy(self) -> bool:
        """Up, and its JetStream has caught up with the cluster's."""
        try:
            async with httpx2.AsyncClient(timeout=2) as client:
                return (await client.get(f"http://127.0.0.1:{self.monitor}/healthz")).status_code == 200
        except httpx2.TransportError:
            assert self._process is not None
            assert self._process.poll() is None, self.said.read_text()
            return False

    def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


class Cluster:
    """Three nodes; each reaches each other one over a wire of its own."""

    def __init__(self, folder: Path, secrets: Secrets, leaves: Sequence[str] = ()) -> None:
        self.secrets = secrets
        self.leaves = tuple(leaves)
        self.wires: dict[tuple[str, str], Forwarder] = {}
        shutil.copy(DEPLOY / "cluster.conf", folder)
        (folder / "users.conf").write_text(users_config(secrets, leaves=leaves))
        (folder / "tls.conf").write_text("")
        passwords = {password_variable(leaf_user(code)): json.dumps(LEAF_PASSWORD + code) for code in leaves}
        self.nodes = [Node(f"n{n}", folder, folder / "cluster.conf", passwords) for n in (1, 2, 3)]

    @property
    def url(self) -> str:
        """All three, as CANALIZA_NATS_URL takes them."""
        return ",".join(node.url for node in self.nodes)

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def node_at(self, netloc: str) -> Node:
        return next(node for node in self.nodes if node.url.endswith(netloc))

    async def start(self) -> None:
        for node in self.nodes:
            routes = []
            for other in self.nodes:
                wire = self.wires[node.name, other.name] = Forwarder(other.routes)
                await wire.start()
                routes.append(f'"nats-route://routes:{ROUTES_PASSWORD}@127.0.0.1:{wire.port}"')
            node.environment |= {
                "NATS_ROUTES_LISTEN": f'"127.0.0.1:{node.routes}"',
                "NATS_LEAVES_LISTEN": f'"127.0.0.1:{node.leaves}"',
                "NATS_ROUTES_ADVERTISE": NOBODY,
                "NATS_ROUTES_PASSWORD": json.dumps(ROUTES_PASSWORD),
                **{f"NATS_ROUTE_{n}": route for n, route in enumerate(routes, 1)},
            }
        for node in self.nodes:
            node.start()
        await self.healed()

    async def healed(self) -> None:
        """Every node is up and has caught up."""
        for node in self.nodes:
            await eventually(node.healthy)
        await eventually(self.has_every_peer)

    async def has_every_peer(self) -> bool:
        """The leader of the cluster counts both others as present: until then no stream of three copies has a place."""
        async with httpx2.AsyncClient(timeout=2) as client:
            for node in self.nodes:
                try:
                    found = (await client.get(f"http://127.0.0.1:{node.monitor}/jsz")).json().get("meta_cluster", {})
                except httpx2.TransportError:
                    return False
                peers = found.get("replicas") or ()
                if found.get("leader") == node.name:
                    return len(peers) == 2 and all(peer["current"] and not peer.get("offline") for peer in peers)
        return False

    async def has_all_leaves(self) -> bool:
        """Every shelter's leaf node is connected to one of the nodes."""
        async with httpx2.AsyncClient(timeout=2) as client:
            answers = [(await client.get(f"http://127.0.0.1:{node.monitor}/leafz")).json() for node in self.nodes]
        return sum(int(answer["leafnodes"]) for answer in answers) == len(self.leaves)

    def isolate(self, name: str) -> None:
        """Cuts a node off from the others. Its clients still reach it."""
        for ends, wire in self.wires.items():
            if name in ends:
                wire.cut()

    def rejoin(self) -> None:
        for wire in self.wires.values():
            wire.mend()

    async def stop(self) -> None:
        for node in self.nodes:
            node.end()
        await asyncio.gather(*(wire.stop() for wire in self.wires.values()))

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[Client]:
        async def ignore(_error: Exception) -> None: ...

        client = await nats.connect(
            [node.url for node in self.nodes],
            user="admin",
            password=self.secrets.nats["admin"],
            error_cb=ignore,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,
            connect_timeout=1,
        )
        try:
            yield client
        finally:
            await client.close()

    async def leader(self, stream: str) -> Node:
        """The node that leads a stream, once there is one."""
        async with self.administrator() as client:

            async def known() -> str | None:
                try:
                    info = await client.jetstream().stream_info(stream)
                except (APIError, NatsError, TimeoutError):
                    return None  # it is not made yet, or nobody leads
                return info.cluster.leader if info.cluster else None

            return self.node(str(await eventually(known)))

    async def caught_up(self) -> bool:
        """Every stream has three copies, and none is behind."""
        async with self.administrator() as client:
            for service in SERVICES:
                try:
                    info = await client.jetstream().stream_info(Names().stream(service))
                except (APIError, NatsError, TimeoutError):
                    return False
                replicas = info.cluster.replicas if info.cluster else None
                if not replicas or len(replicas) != 2:
                    return False
                if any(not replica.current or replica.offline or replica.lag for replica in replicas):
                    return False
        return True
