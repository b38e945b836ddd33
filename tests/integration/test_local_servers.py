import asyncio
import errno
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import nats
import nats.errors
import nats.js.errors
import pytest
from nats.aio.client import Client

from services.chassis.names import SERVICES, SHELTERS, Names
from services.chassis.secrets import Secrets, UnsafeSecrets
from services.local import (
    AlreadyRunning,
    CannotStart,
    NatsServer,
    PostgresServer,
    Servers,
    local_servers,
    processes,
    standalone_config,
)
from services.local.cluster import binary as postgres_binary
from services.local.nats import _binary as nats_binary

ROOT = Path(__file__).parents[2]
NOBODY = 65534

PARENT = """
import asyncio, sys
from pathlib import Path
from services.local import local_servers

async def main():
    async with local_servers(Path(sys.argv[1])) as servers:
        print(servers.postgres_pid, servers.nats_pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@contextmanager
def parent(data: Path) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """Another program that runs the servers, in a process group of its own as a shell would start it."""
    command = [sys.executable, "-c", PARENT, str(data)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, process_group=0) as process:
        try:
            assert process.stdout is not None
            postgres, nats_server = map(int, process.stdout.readline().split())
            yield process, postgres, nats_server
        finally:
            process.kill()


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with local_servers(tmp_path / "data", namespaces=("canaliza", "other")) as running:
        yield running


def alive(pid: int) -> bool:
    """Neither gone nor a zombie that nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def at_work_in(data: Path) -> list[str]:
    """The names of all processes whose working directory is in the data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(data.resolve()):
                found.append((process / "cmdline").read_bytes().split(b"\0")[0].decode())
    return found


async def sign_in(servers: Servers, service: str, names: Names, violations: list[str]) -> Client:
    async def remember(error: Exception) -> None:
        violations.append(str(error).lower())

    return await nats.connect(
        servers.nats_url,
        user="admin" if service == "admin" else names.user(service),
        password=servers.secrets.nats[service],
        inbox_prefix=names.inbox(service),
        error_cb=remember,
        allow_reconnect=False,
    )


async def test_both_servers_answer_and_nothing_is_left_when_they_stop(tmp_path: Path) -> None:
    async with local_servers(tmp_path) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        assert await connection.fetchval("SELECT current_database() || ' ' || current_user") == (
            "canaliza canaliza_admin"
        )
        for setting in ("fsync", "synchronous_commit", "data_checksums"):
            assert await connection.fetchval("SELECT current_setting($1)", setting) == "on"
        await connection.close()
        client = await sign_in(servers, "admin", Names(), [])
        await client.jetstream().add_stream(name="LOG_intake", subjects=["canaliza.intake.>"])
        await client.close()
        folder = PostgresServer(tmp_path, servers.secrets).socket_folder
        assert folder.exists()
    assert not alive(servers.postgres_pid)
    assert not alive(servers.nats_pid)
    assert at_work_in(tmp_path) == []
    assert not folder.exists()


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    async with local_servers(tmp_path) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
        await connection.close()
        client = await sign_in(servers, "admin", Names(), [])
        await client.jetstream().add_stream(name="LOG_intake", subjects=["canaliza.intake.>"])
        await client.jetstream().publish("canaliza.intake.case_opened", b"x")
        await client.close()
    async with local_servers(tmp_path) as again:
        assert again.secrets == servers.secrets
        connection = await asyncpg.connect(again.postgres_dsn)
        assert await connection.fetchval("SELECT id FROM kept") == 7
        await connection.close()
        client = await sign_in(again, "admin", Names(), [])
        assert (await client.jetstream().stream_info("LOG_intake")).state.last_seq == 1
        await client.close()


async def test_one_server_can_be_stopped_and_started_while_the_other_runs(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    server = NatsServer(tmp_path, secrets)
    await server.start()
    url, monitor, pid = server.url, server.monitor_url, server.pid
    assert server.storage.is_dir()
    with pytest.raises(AlreadyRunning, match=str(pid)):
        await NatsServer(tmp_path, secrets).start()
    await server.stop()
    assert not alive(pid)
    await server.start()
    assert (server.url, server.monitor_url) == (url, monitor)
    await server.stop()
    await server.stop()
    assert at_work_in(tmp_path) == []


async def test_everything_on_disk_is_the_owners_alone(servers: Servers, tmp_path: Path) -> None:
    socket_folder = PostgresServer(tmp_path / "data", servers.secrets).socket_folder
    for top in (tmp_path / "data", socket_folder):
        for path in (top, *top.rglob("*")):
            with suppress(FileNotFoundError):
                assert not path.lstat().st_mode & 0o077, path
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    words = [
        secrets.postgres_admin,
        secrets.operator_token,
        *secrets.postgres.values(),
        *secrets.nats.values(),
    ]
    shown = f"{secrets!r} {secrets} {Servers('dsn-word', 'n', 'm', secrets, 1, 2)}"
    assert not [word for word in [*words, *secrets.epoch_keys.values(), "dsn-word"] if word in shown]


def test_keys_and_passwords_are_kept_apart_and_made_once(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    assert Secrets.load_or_create(tmp_path) == secrets
    assert all(key not in (tmp_path / "secrets.json").read_text() for key in secrets.epoch_keys.values())
    (tmp_path / "secrets.json").unlink()
    assert Secrets.load_or_create(tmp_path).epoch_keys == secrets.epoch_keys
    (tmp_path / "keys" / "keys.json").unlink()
    with pytest.raises(UnsafeSecrets, match="backup"):
        Secrets.load_or_create(tmp_path)


@pytest.mark.parametrize("file", ["secrets.json", "keys/keys.json"])
def test_secrets_within_others_reach_are_refused(tmp_path: Path, file: str) -> None:
    Secrets.load_or_create(tmp_path)
    (tmp_path / file).chmod(0o640)
    with pytest.raises(UnsafeSecrets, match="open to other users"):
        Secrets.load(tmp_path)
    (tmp_path / file).chmod(0o600)
    if os.geteuid() == 0:
        os.chown(tmp_path / file, NOBODY, NOBODY)
        with pytest.raises(UnsafeSecrets, match=f"belongs to user {NOBODY}"):
            Secrets.load(tmp_path)


def test_damaged_secrets_are_refused_without_being_shown(tmp_path: Path) -> None:
    secrets = Secrets.load_or_create(tmp_path)
    file = tmp_path / "secrets.json"
    file.write_text(file.read_text().replace("czl_", "xxx_"))
    with pytest.raises(UnsafeSecrets) as refused:
        Secrets.load(tmp_path)
    assert secrets.operator_token[4:] not in str(refused.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_of_the_machine_cannot_reach_postgresql(servers: Servers, tmp_path: Path) -> None:
    path = PostgresServer(tmp_path / "data", servers.secrets).socket_folder / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(str(path))
    assert _connecting_as_nobody(path) == errno.EACCES


def _connecting_as_nobody(path: Path) -> int:
    """The error number; in a fork, since another user may not be able to start this interpreter."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            code = socket.socket(socket.AF_UNIX).connect_ex(str(path))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def test_postgresql_listens_on_no_network(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres_dsn)
    assert await connection.fetchval("SHOW listen_addresses") == ""
    await connection.close()


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_postgresql_refuses_a_wrong_password(servers: Servers, password: str) -> None:
    with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
        await asyncpg.connect(servers.postgres_dsn.replace(servers.secrets.postgres_admin, password))


async def test_what_postgresql_refuses_is_not_logged(servers: Servers, tmp_path: Path) -> None:
    connection = await asyncpg.connect(servers.postgres_dsn)
    await connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
    for _ in range(2):
        with suppress(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO people VALUES ($1)", "CANARY-YESENIA")
    with suppress(asyncpg.PostgresError):
        await connection.execute("SELECT 'CANARY-YESENIA'::uuid")
    await connection.close()
    assert "CANARY" not in (tmp_path / "data" / "postgres.log").read_text()


async def test_nats_refuses_whoever_does_not_know_a_password(servers: Servers) -> None:
    for credentials in ({}, {"user": "intake"}, {"user": "intake", "password": "wrong"}):
        assert "Authorization Violation" in await asyncio.to_thread(_greeted, servers.nats_url, credentials)


def _greeted(url: str, credentials: dict[str, str]) -> str:
    """What the server says to these credentials; the client would leave its socket open."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        words = connection.makefile("rw", newline="\r\n")
        with words:
            words.readline()
            words.write(f"CONNECT {json.dumps({'verbose': False, **credentials})}\r\nPING\r\n")
            words.flush()
            return words.readline()


@pytest.mark.parametrize("namespace", ["canaliza", "other"])
async def test_a_service_appends_to_its_own_log_and_reads_its_upstreams(servers: Servers, namespace: str) -> None:
    names, violations = Names(namespace), list[str]()
    admin = await sign_in(servers, "admin", names, violations)
    for service in SERVICES:
        await admin.jetstream().add_stream(name=names.stream(service), subjects=[names.subjects(service)])
    intake = await sign_in(servers, "intake", names, violations)
    ack = await intake.jetstream().publish(names.subject("intake.case_opened"), b"x")
    assert (ack.stream, ack.seq) == (names.stream("intake"), 1)
    assert (await intake.jetstream().get_last_msg(names.stream("intake"), names.subjects("intake"))).data == b"x"
    referral = await sign_in(servers, "referral", names, violations)
    following = await referral.jetstream().pull_subscribe_bind(
        (
            await referral.jetstream().add_consumer(
                names.stream("intake"), name="following", ack_policy=nats.js.api.AckPolicy.NONE
            )
        ).name,
        names.stream("intake"),
    )
    assert [message.data for message in await following.fetch(1, timeout=5)] == [b"x"]
    assert violations == []
    for client in (admin, intake, referral):
        await client.close()


async def test_a_service_is_denied_what_is_not_its_own(servers: Servers) -> None:
    names, violations = Names(), list[str]()
    admin = await sign_in(servers, "admin", names, [])
    for service in SERVICES:
        await admin.jetstream().add_stream(name=names.stream(service), subjects=[names.subjects(service)])
    await admin.jetstream().publish("canaliza.referral.requested", b"x")
    notifications = await sign_in(servers, "notifications", names, violations)
    stream, others = notifications.jetstream(timeout=0.2), Names("other")
    attempts = {
        "canaliza.referral.requested": stream.publish("canaliza.referral.requested", b"forged"),
        others.subject("notifications.sent"): stream.publish(others.subject("notifications.sent"), b"forged"),
        "STREAM.CREATE": stream.add_stream(name="MINE", subjects=["mine"]),
        "STREAM.UPDATE": stream.update_stream(name="LOG_notifications", subjects=["canaliza.referral.>"]),
        "STREAM.PURGE": stream.purge_stream("LOG_notifications"),
        "STREAM.DELETE": stream.delete_stream("LOG_notifications"),
        "MSG.DELETE": notifications.request("$JS.API.STREAM.MSG.DELETE.LOG_referral", b'{"seq": 1}', timeout=0.2),
        "MSG.GET.LOG_intake": stream.get_msg("LOG_intake", 1),
        "canaliza.submit.ALB-TAP-01": notifications.request("canaliza.submit.ALB-TAP-01", timeout=0.2),
    }
    for denied, attempt in attempts.items():
        with pytest.raises((nats.errors.TimeoutError, nats.js.errors.NoStreamResponseError)):
            await attempt
        await denial(violations, denied)
    for subject in ("canaliza.>", "_INBOX.>", "_INBOX_intake.>", ">"):
        await notifications.subscribe(subject, cb=_unheard)
        await denial(violations, f'subscription to "{subject}"')
    assert (await admin.jetstream().stream_info("LOG_referral")).state.messages == 1
    assert len(await admin.jetstream().streams_info()) == len(SERVICES)
    await admin.close()
    await notifications.close()


async def denial(violations: list[str], of: str) -> None:
    """The server has said so; the client hears it beside whatever it is doing, so give it a moment."""
    for _ in range(500):
        if any(said.startswith("nats: permissions violation") and of.lower() in said for said in violations):
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{of} was not denied: {violations}")


async def _unheard(_message: object) -> None: ...


async def test_a_shelter_submits_and_hears_only_its_answer(servers: Servers) -> None:
    names, violations = Names(), list[str]()
    intake = await sign_in(servers, "intake", names, violations)
    shelter = await sign_in(servers, SHELTERS, names, violations)
    submissions = await intake.subscribe(names.submit())
    await intake.flush()
    asked = asyncio.create_task(shelter.request(names.submit("ALB-TAP-01"), b"case", timeout=5))
    await (await submissions.next_msg(timeout=5)).respond(b"receipt")
    assert (await asked).data == b"receipt"
    assert violations == []
    await shelter.publish("canaliza.intake.case_opened", b"forged")
    await denial(violations, "canaliza.intake.case_opened")
    await intake.close()
    await shelter.close()


def test_the_configuration_for_a_server_of_its_own_is_accepted_by_nats(tmp_path: Path) -> None:
    config = tmp_path / "nats.conf"
    config.write_text(standalone_config())
    passwords = {f"{user.upper()}_NATS_PASSWORD": '"12e4-x"' for user in ("admin", *SERVICES, SHELTERS)}
    checked = subprocess.run(
        [nats_binary(), "-t", "-c", config], env=passwords, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


async def test_a_second_start_is_refused_while_the_first_lives(servers: Servers, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        async with local_servers(tmp_path / "data"):
            pass
    assert alive(servers.postgres_pid)
    assert alive(servers.nats_pid)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_parent_that_is_told_to_end_leaves_nothing(tmp_path: Path, by: signal.Signals) -> None:
    with parent(tmp_path) as (process, postgres, nats_server):
        os.killpg(process.pid, by)
        process.communicate(timeout=30)
        assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: -2}[by]
        assert not alive(postgres)
        assert not alive(nats_server)
    assert at_work_in(tmp_path) == []


def test_an_impatient_second_ctrl_c_leaves_nothing_either(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, _, _):
        for _ in range(2):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.02)
        process.communicate(timeout=30)
    assert at_work_in(tmp_path) == []


def test_a_parent_that_is_told_to_end_while_starting_leaves_nothing(tmp_path: Path) -> None:
    for wait in (0.4, 0.6, 0.8, 1.0):
        command = [sys.executable, "-c", PARENT, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=-3, stderr=-3) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=wait)
            process.terminate()
            process.wait(timeout=30)
        assert at_work_in(tmp_path) == []


async def test_after_a_kill_of_the_parent_the_next_start_leaves_one_of_each(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, postgres, nats_server):
        process.kill()
        process.communicate(timeout=10)
    assert alive(postgres)
    assert alive(nats_server)
    async with local_servers(tmp_path) as servers:
        assert not alive(postgres)
        assert not alive(nats_server)
        names = [Path(name).name for name in at_work_in(tmp_path)]
        assert names.count("postgres") == names.count("nats-server") == 1
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.close()
    assert at_work_in(tmp_path) == []


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


async def test_a_stranger_whose_number_stands_in_a_pid_file_is_left_alone(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    async with local_servers(tmp_path):
        pass
    for file in ("postgres/postmaster.pid", "nats/nats.pid"):
        (tmp_path / file).write_text(f"{stranger.pid}\n{tmp_path / 'postgres'}\n1\n5432\n\n\n")
    async with local_servers(tmp_path) as servers:
        assert alive(servers.postgres_pid)
    assert stranger.poll() is None


async def test_after_a_crash_of_both_servers_the_next_start_works(tmp_path: Path) -> None:
    with parent(tmp_path) as (process, postgres, nats_server):
        for pid in (process.pid, postgres, nats_server):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=10)
    async with local_servers(tmp_path) as servers:
        assert alive(servers.postgres_pid)


async def test_when_one_server_fails_to_start_the_other_is_stopped(tmp_path: Path) -> None:
    async with local_servers(tmp_path):
        pass
    (tmp_path / "postgres" / "pg_hba.conf").write_text("nonsense\n")
    with pytest.raises(CannotStart, match="pg_hba"):
        async with local_servers(tmp_path):
            pass
    assert at_work_in(tmp_path) == []


async def test_a_database_made_with_other_secrets_is_said_to_be_so(tmp_path: Path) -> None:
    async with local_servers(tmp_path):
        pass
    (tmp_path / "secrets.json").unlink()
    with pytest.raises(CannotStart, match="other secrets"):
        async with local_servers(tmp_path):
            pass
    assert at_work_in(tmp_path) == []


async def test_a_long_data_path_works(tmp_path: Path) -> None:
    async with local_servers(tmp_path / ("ñandú " * 15) / ("x" * 120)) as servers:
        connection = await asyncpg.connect(servers.postgres_dsn)
        await connection.close()


async def test_a_socket_folder_that_is_not_private_is_refused(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path, Secrets.load_or_create(tmp_path))
    server.socket_folder.mkdir(mode=0o755)
    try:
        with pytest.raises(CannotStart, match="not a private folder of ours"):
            await server.start()
    finally:
        server.socket_folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
async def test_without_user_namespaces_root_is_told_what_another_user_cannot_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "user_namespaces_allowed", lambda: False)
    with pytest.raises(CannotStart, match=r"cannot reach .* ordinary user"):
        async with local_servers(tmp_path / "data"):
            pass


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that other users may pass through; the parents of tmp_path are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
async def test_without_user_namespaces_root_runs_postgresql_as_another_user(
    passable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not all(folder.stat().st_mode & 0o001 for folder in postgres_binary("postgres").parents):
        pytest.skip("the programs are where another user cannot reach them")
    monkeypatch.setattr(processes, "user_namespaces_allowed", lambda: False)
    for _ in range(2):
        async with local_servers(passable / "data") as servers:
            assert owner(servers.postgres_pid) == NOBODY
    assert at_work_in(passable) == []
