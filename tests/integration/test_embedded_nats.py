"""The embedded NATS: encrypted files, a port that stays, no monitoring, and shelters that can be revoked alone."""

import json
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from services.chassis.messaging.broker import make_broker
from services.chassis.messaging.closing import close_for_good
from services.chassis.messaging.flushing import flush
from services.chassis.messaging.streams import ensure_streams
from services.chassis.names import SERVICES, Names, shelter_user
from services.chassis.own_system import default_keys
from services.chassis.secrets.installation import Secrets, write_installation
from services.chassis.secrets.live import LiveSecrets
from services.chassis.secrets.shelters import UnknownShelterError, admit, renew, revoke
from services.chassis.settings import Settings
from services.local import CannotStart, NatsServer, users_config
from services.local.nats_port import url_in
from services.rotation.files import SecretFiles
from tests.support.system.ports import free_port
from tests.support.system.system import HANG, eventually

NAMES = Names()
SHELTER, ANOTHER = "ALB-TAP-01", "ALB-IXT-01"
CANARY = b"CANARIO-7f3k"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    Secrets.load_or_create(folder)
    admit(folder, None, [SHELTER, ANOTHER])
    return folder


def server_on(data: Path, port: int | None = 0) -> NatsServer:
    return NatsServer(data, Secrets.load(data), port=port)


async def connected(url: str, user: str, password: str) -> Client:
    """A client; one that was refused leaves no socket open, which nats-py does not see to."""
    client = Client()
    try:
        await client.connect(
            url, user=user, password=password, allow_reconnect=False, error_cb=_ignore, inbox_prefix=NAMES.inbox(user)
        )
    except BaseException:
        await close_for_good(client)
        raise
    return client


async def write_canary(server: NatsServer, secrets: Secrets) -> None:
    admin = await connected(server.url, "admin", secrets.nats_admin)
    tokens = {service: secrets.of(service).stream_subject for service in SERVICES}
    await ensure_streams(admin.jetstream(), NAMES, tokens)
    await admin.jetstream().publish(NAMES.incoming(tokens["intake"], "intake.case_opened"), CANARY)
    await admin.close()


def without_cipher(configuration: str) -> str:
    return re.sub(r", cipher: .* }", " }", configuration)


def places_of(words: list[bytes], folder: Path) -> list[str]:
    return sorted(
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(word in file.read_bytes() for word in words)
    )


async def test_nothing_of_an_event_is_in_jetstreams_files_nor_any_secret_in_the_data(data: Path) -> None:
    secrets, server = Secrets.load(data), server_on(data)
    await server.start()
    await write_canary(server, secrets)
    secret = [
        word.encode() for word in (secrets.nats_admin, secrets.jetstream_key, secrets.of("intake").stream_subject)
    ]
    await server.stop()
    assert places_of([CANARY, b"case_opened", *secret], data) == []
    assert places_of(secret, default_keys(data)) != []


async def test_a_store_in_clear_of_an_earlier_version_is_encrypted_at_the_next_start(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, server = Secrets.load(data), server_on(data)
    as_it_is = server._configuration
    monkeypatch.setattr(server, "_configuration", lambda port: without_cipher(as_it_is(port)))
    keyless = "services.local.nats.users_config"
    monkeypatch.setattr(keyless, lambda *said: users_config(*said).replace("JETSTREAM_", "#"))
    await server.start()
    await write_canary(server, secrets)
    await server.stop()
    assert places_of([CANARY], data) != []
    monkeypatch.undo()
    await server.start()
    admin = await connected(server.url, "admin", secrets.nats_admin)
    assert (await admin.jetstream().get_msg("LOG_intake", 1)).data == CANARY
    await admin.close()
    await server.stop()
    assert places_of([CANARY], data) == []


async def test_the_port_stays_whatever_is_free_meanwhile(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_choice = free_port()
    monkeypatch.setattr("services.local.nats_port.FIRST_CHOICE", first_choice)
    for _ in range(2):
        server = server_on(data, None)
        await server.start()
        assert server.url == url_in(data) == f"nats://127.0.0.1:{first_choice}"
        await server.stop()
        monkeypatch.setattr("services.local.nats_port.FIRST_CHOICE", free_port())


async def test_where_the_first_choice_is_taken_another_port_is_chosen_and_kept(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr("services.local.nats_port.FIRST_CHOICE", other.getsockname()[1])
        server = server_on(data, None)
        await server.start()
        chosen = server.url
        await server.stop()
    again = server_on(data, None)
    await again.start()
    assert again.url == chosen
    await again.stop()


async def test_a_port_that_another_program_has_taken_is_said_and_never_exchanged(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {taken} of NATS is taken.*CANALIZA_NATS_PORT"):
            await server_on(data, taken).start()


async def test_only_its_port_for_clients_is_open_and_tells_nothing_without_a_password(data: Path) -> None:
    server = server_on(data)
    await server.start()
    ports = json.loads((server.folder / f"nats-server_{server.pid}.ports").read_text())
    assert {name: len(found) for name, found in ports.items()} == {"nats": 1}
    with pytest.raises(NatsError):
        await connected(server.url, "", "")
    await server.stop()


async def _ignore(_error: Exception) -> None: ...


async def refused(url: str, user: str, password: str) -> bool:
    """Whether NATS does not let somebody in."""
    try:
        await (await connected(url, user, password)).close()
    except (NatsError, OSError):
        return True
    return False


async def heard_by(listener: Client, subject: str, sender: Client) -> bytes:
    """What arrives: the connection is the one of before, with its subscription."""
    subscription = await listener.subscribe(subject)
    await flush(listener, within=int(HANG))
    await sender.publish(subject, b"receipt")
    return (await subscription.next_msg(timeout=HANG)).data


async def test_one_shelter_is_revoked_while_the_others_go_on_undisturbed(data: Path) -> None:
    server, before = server_on(data), Secrets.load(data)
    await server.start()
    users = {code: shelter_user(code) for code in (SHELTER, ANOTHER)}
    passwords = {code: str(before.shelter_nats[code]) for code in users}
    one, other = [await connected(server.url, users[code], passwords[code]) for code in users]
    intake = await connected(server.url, "intake", before.nats["intake"])
    revoke(data, None, SHELTER)
    assert server_on(data).renew_users(Secrets.load(data))  # another process: only the folder is known to it

    async def gone() -> bool:
        return one.is_closed and await refused(server.url, users[SHELTER], passwords[SHELTER])

    await eventually(gone)
    assert await heard_by(other, f"{NAMES.inbox(users[ANOTHER])}.x", intake) == b"receipt"
    await server.stop()
    await server.start()  # with what it was told at first: a restart brings nobody back
    assert await refused(server.url, users[SHELTER], passwords[SHELTER])
    assert not await refused(server.url, users[ANOTHER], passwords[ANOTHER])
    for client in (other, intake):
        await client.close()
    await server.stop()


async def test_a_new_password_ends_the_old_one_and_admits_a_revoked_shelter_again(data: Path) -> None:
    server = server_on(data)
    await server.start()
    old = str(Secrets.load(data).shelter_nats[SHELTER])
    revoke(data, None, SHELTER)
    new = renew(data, None, SHELTER)
    server.renew_users(Secrets.load(data))

    async def admitted() -> bool:
        return not await refused(server.url, shelter_user(SHELTER), new)

    await eventually(admitted)
    assert await refused(server.url, shelter_user(SHELTER), old)
    await server.stop()


def test_a_revoked_shelter_stays_so_and_one_that_left_the_directory_has_no_password(data: Path) -> None:
    revoke(data, None, SHELTER)
    kept = Secrets.load(data).shelter_nats[ANOTHER]
    assert admit(data, None, [SHELTER, ANOTHER]).shelter_nats == {SHELTER: None, ANOTHER: kept}
    assert admit(data, None, [SHELTER]).shelter_nats == {SHELTER: None}
    with pytest.raises(UnknownShelterError):
        renew(data, None, "ALB-XXX-99")


def test_no_two_shelters_share_a_password(data: Path) -> None:
    passwords = list(admit(data, None, ["A", "B", "C"]).shelter_nats.values())
    assert len(set(passwords)) == len(passwords) == 3
    assert urlsplit(f"nats://u:{passwords[0]}@h").password == passwords[0]


async def test_a_service_whose_password_changed_signs_in_again_by_itself(data: Path) -> None:
    server, keys = server_on(data), default_keys(data)
    await server.start()
    live = LiveSecrets.of(keys, "intake")
    broker = make_broker(server.url, names=NAMES, service="intake", password=lambda: live.now.all_of("nats"))
    client = await broker.connect()

    async def again() -> bool:
        assert not client.is_closed, "closed for good"
        return client.is_connected and client.stats["reconnects"] == 1

    files = SecretFiles(Settings(data=data), default_keys(data))
    files.replace_of("intake", {"nats": "otra-clave"})
    assert server.renew_users(Secrets.load(data))
    await eventually(again)
    await broker.stop()
    await server.stop()


async def test_the_key_of_the_files_is_renewed_at_the_next_start_and_the_former_one_opens_nothing(data: Path) -> None:
    before, server = Secrets.load(data), server_on(data)
    await server.start()
    await write_canary(server, before)
    await server.stop()
    SecretFiles(Settings(data=data), default_keys(data)).replace({"jetstream_key": Secrets.generate().jetstream_key})
    for _ in range(2):  # the second start has the new key alone
        server = server_on(data)
        await server.start()
        admin = await connected(server.url, "admin", before.nats_admin)
        assert (await admin.jetstream().get_msg("LOG_intake", 1)).data == CANARY
        await admin.close()
        await server.stop()
        assert not Secrets.load(data).former
    assert Secrets.load(data).jetstream_key != before.jetstream_key
    write_installation(
        default_keys(data), Secrets.load(data).model_copy(update={"jetstream_key": before.jetstream_key})
    )
    server = server_on(data)
    await server.start()
    admin = await connected(server.url, "admin", before.nats_admin)
    with pytest.raises(NotFoundError):
        await admin.jetstream().get_msg("LOG_intake", 1)
    await admin.close()
    await server.stop()
