"""NATS and PostgreSQL by TLS, with an authority of the test's own: a wrong name, an expired one, or none is refused."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, SSLError

import asyncpg
import pytest
from faststream.nats import NatsBroker

from services.chassis.messaging.broker import make_broker
from services.chassis.messaging.tls_only import NotByTlsError
from services.chassis.names import Names
from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.cli.faults import of_tls
from services.local import PostgresServer
from services.local.cluster import ADMIN
from services.local.nats import binary
from services.local.socket_folder import PORT
from services.system import administrator
from tests.support.fakes.certificates import Authority, Files
from tests.support.system.ports import free_port
from tests.support.system.servers import RunServers
from tests.support.system.system import HANG, eventually

HERE = "127.0.0.1"
WORD = "clave"
ELSEWHERE = "otra.example.org"
SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def nats_with(folder: Path, certificate: Files | None) -> AsyncIterator[int]:
    """A NATS server of one's own; its port."""
    port = free_port()
    tls = "" if certificate is None else f'tls {{ cert_file: "{certificate.cert}", key_file: "{certificate.key}" }}\n'
    users = f'authorization {{ users: [ {{ user: "intake", password: "{WORD}" }} ] }}\n'
    (folder / "nats.conf").write_text(f'listen: "{HERE}:{port}"\n{tls}{users}')
    server = await asyncio.create_subprocess_exec(binary(), "-c", folder / "nats.conf", stderr=subprocess.DEVNULL)

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection(HERE, port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(listens)
        yield port
    finally:
        server.terminate()
        await server.wait()


def broker_to(port: int) -> NatsBroker:
    return make_broker(f"tls://{HERE}:{port}", names=Names(), service="intake", password=WORD)


async def test_nats_is_reached_by_tls_with_its_name_checked(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    async with nats_with(tmp_path, authority.files(HERE)) as port:
        broker = broker_to(port)
        client = await broker.connect()
        assert client.is_connected
        await broker.stop()


@pytest.mark.parametrize(
    ("names", "expired", "refused"),
    [
        ((ELSEWHERE,), False, "otro nombre"),
        ((HERE,), True, "venció"),
        ((), False, "no habla TLS"),
    ],
    ids=["another's name", "expired", "no TLS at all"],
)
async def test_a_nats_server_that_may_be_anybody_is_told_no_password(
    tmp_path: Path,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    expired: bool,  # noqa: FBT001 - a parameter
    refused: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    certificate = authority.files(*names, expired=expired) if names else None
    async with nats_with(tmp_path, certificate) as port:
        settings = Settings(nats_url=f"tls://{HERE}:{port}")
        with pytest.raises((SSLError, NotByTlsError)) as raised:
            await administrator(settings, Secrets.generate()).__aenter__()
    assert refused in (of_tls(raised.value) or ("",))[0]


async def test_a_nats_server_of_an_unknown_authority_is_refused(tmp_path: Path, authority: Authority) -> None:
    async with nats_with(tmp_path, authority.files(HERE)) as port:
        with pytest.raises(SSLError):
            await administrator(Settings(nats_url=f"tls://{HERE}:{port}"), Secrets.generate()).__aenter__()


@asynccontextmanager
async def postgres_with(run: RunServers, secrets: Secrets, certificate: Files | None) -> AsyncIterator[str]:
    """PostgreSQL with TLS before it, for the wheel's own is built without; the administrator's address there.

    What stands before it answers a client's request for TLS as PostgreSQL does, and hands on what it hears.
    """
    socket = PostgresServer(run.data, secrets).socket_folder / f".s.PGSQL.{PORT}"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(8) == SSL_REQUEST
            writer.write(b"N" if certificate is None else b"S")
            await writer.drain()
            if certificate is not None:
                context = SSLContext(PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate.cert, certificate.key)
                await writer.start_tls(context)
                behind, before = await asyncio.open_unix_connection(str(socket))
                with closing(before):
                    await asyncio.gather(hand_on(reader, before), hand_on(behind, writer))

    async with await asyncio.start_server(answer, HERE, 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://{ADMIN}:{secrets.postgres_admin}@{HERE}:{port}/postgres?sslmode=verify-full"


async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def signs_in(dsn: str, authority: Authority) -> int:
    """The answer of a server that was let in on."""
    connection = await asyncpg.connect(f"{dsn}&sslrootcert={authority.ca}", timeout=HANG)
    try:
        return int(await connection.fetchval("select 7"))
    finally:
        await connection.close()


async def test_postgresql_is_reached_by_tls_with_its_name_and_its_authority_checked(
    run_servers: RunServers, secrets: Secrets, tmp_path: Path, authority: Authority
) -> None:
    async with postgres_with(run_servers, secrets, authority.files(HERE)) as dsn:
        assert await signs_in(dsn, authority) == 7
        with pytest.raises(SSLError):
            await signs_in(dsn, other_authority(tmp_path))


@pytest.mark.parametrize(("name", "expired"), [(ELSEWHERE, False), (HERE, True)], ids=["another's name", "expired"])
async def test_a_postgresql_that_may_be_anybody_is_told_no_password(
    run_servers: RunServers,
    secrets: Secrets,
    authority: Authority,
    name: str,
    expired: bool,  # noqa: FBT001 - a parameter
) -> None:
    async with postgres_with(run_servers, secrets, authority.files(name, expired=expired)) as dsn:
        with pytest.raises(SSLError) as raised:
            await signs_in(dsn, authority)
    assert "certificado" in (of_tls(raised.value) or ("",))[0]


async def test_a_postgresql_without_tls_is_not_spoken_to_in_clear(
    run_servers: RunServers, secrets: Secrets, authority: Authority
) -> None:
    async with postgres_with(run_servers, secrets, None) as dsn:
        with pytest.raises(OSError, match="SSL"):
            await signs_in(dsn, authority)


def other_authority(folder: Path) -> Authority:
    (folder / "other").mkdir()
    return Authority(folder / "other")
