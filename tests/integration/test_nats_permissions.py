"""On NATS a service does what is its own, and nobody else's."""

import asyncio
import json
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import nats
import nats.errors
import nats.js.errors
import pytest

from services.chassis.messaging.consumer import OrderedConsumer
from services.chassis.messaging.flushing import flush
from services.chassis.messaging.streams import ensure_streams
from services.chassis.names import SERVICES, Names, shelter_user
from services.chassis.secrets.installation import Secrets
from services.local import Servers, standalone_config, users_config
from services.local.nats import binary as nats_binary
from tests.support.system.local import sign_in
from tests.support.system.system import HANG, eventually

SHELTER, ANOTHER = "ALB-TAP-01", "ALB-IXT-01"


async def test_nats_refuses_whoever_does_not_know_a_password(servers: Servers) -> None:
    for credentials in ({}, {"user": "intake"}, {"user": "intake", "password": "wrong"}):
        assert "Authorization Violation" in await asyncio.to_thread(_greeted, servers.nats_url, credentials)


def _greeted(url: str, credentials: dict[str, str]) -> str:
    """What the server says to these credentials; the client would leave its socket open."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=HANG) as connection:
        words = connection.makefile("rw", newline="\r\n")
        with words:
            words.readline()
            words.write(f"CONNECT {json.dumps({'verbose': False, **credentials})}\r\nPING\r\n")
            words.flush()
            return words.readline()


def tokens(servers: Servers) -> dict[str, str]:
    return {service: servers.secrets.of(service).stream_subject for service in SERVICES}


@pytest.mark.parametrize("namespace", ["canaliza", "other"])
async def test_a_service_appends_to_its_own_log_and_follows_its_upstreams(servers: Servers, namespace: str) -> None:
    names, violations = Names(namespace), list[str]()
    admin = await sign_in(servers, "admin", names, violations)
    await ensure_streams(admin.jetstream(), names, tokens(servers))
    intake = await sign_in(servers, "intake", names, violations)
    incoming = names.incoming(tokens(servers)["intake"], "intake.case_opened")
    ack = await intake.jetstream().publish(incoming, b"x")
    assert (ack.stream, ack.seq) == (names.stream("intake"), 1)
    stored = await intake.jetstream().get_msg(names.stream("intake"), 1)
    assert (stored.data, stored.subject) == (b"x", names.subject("intake.case_opened"))
    referral = await sign_in(servers, "referral", names, violations)
    following = OrderedConsumer(
        referral, stream=names.stream("intake"), consumer="following", inbox=names.inbox("referral"), after=0
    )
    async with following:
        heard = await following.batch(1)
    assert [(message.data, message.subject) for message in heard] == [(b"x", names.subject("intake.case_opened"))]
    assert violations == []
    for client in (admin, intake, referral):
        await client.close()


async def test_a_service_is_denied_what_is_not_its_own(servers: Servers) -> None:
    names, violations = Names(), list[str]()
    admin = await sign_in(servers, "admin", names, [])
    await ensure_streams(admin.jetstream(), names, tokens(servers))
    await admin.jetstream().publish(names.incoming(tokens(servers)["referral"], "referral.requested"), b"x")
    notifications = await sign_in(servers, "notifications", names, violations)
    stream, theirs = notifications.jetstream(timeout=0.2), tokens(servers)["referral"]
    foreign = names.incoming(theirs, "referral.requested")
    own_in_theirs = Names("other").incoming(tokens(servers)["notifications"], "notifications.sent")
    attempts = {
        "canaliza.referral.requested": stream.publish("canaliza.referral.requested", b"forged"),
        "canaliza.notifications.sent": stream.publish("canaliza.notifications.sent", b"forged"),
        foreign: stream.publish(foreign, b"forged"),
        own_in_theirs: stream.publish(own_in_theirs, b"forged"),
        "STREAM.CREATE": stream.add_stream(name="MINE", subjects=["mine"]),
        "STREAM.UPDATE": stream.update_stream(name="LOG_notifications", subjects=["canaliza.referral.>"]),
        "STREAM.PURGE": stream.purge_stream("LOG_notifications"),
        "STREAM.DELETE": stream.delete_stream("LOG_notifications"),
        "STREAM.INFO.LOG_referral": stream.stream_info("LOG_referral"),
        "STREAM.LIST": stream.streams_info(),
        "STREAM.NAMES": stream.find_stream_name_by_subject("canaliza.>"),
        "MSG.DELETE": notifications.request("$JS.API.STREAM.MSG.DELETE.LOG_referral", b'{"seq": 1}', timeout=0.2),
        "MSG.GET.LOG_referral": stream.get_msg("LOG_referral", 1),
        "CONSUMER.MSG.NEXT.LOG_referral": notifications.request(
            "$JS.API.CONSUMER.MSG.NEXT.LOG_referral.x", timeout=0.2
        ),
        "canaliza.submit.ALB-TAP-01": notifications.request("canaliza.submit.ALB-TAP-01", timeout=0.2),
    }
    for denied, attempt in attempts.items():
        with pytest.raises((nats.errors.TimeoutError, nats.js.errors.NoStreamResponseError)):
            await attempt
        await denial(violations, denied)
    for subject in ("canaliza.>", "_INBOX.>", "_INBOX_intake.>", "$JS.EVENT.ADVISORY.>", ">"):
        await notifications.subscribe(subject, cb=_unheard)
        await denial(violations, f'subscription to "{subject}"')
    assert (await admin.jetstream().stream_info("LOG_referral")).state.messages == 1
    assert len(await admin.jetstream().streams_info()) == len(SERVICES)
    await admin.close()
    await notifications.close()


async def denial(violations: list[str], of: str) -> None:
    """The server has said so; the client hears it beside whatever it is doing, so give it a moment."""

    async def said_so() -> bool:
        return any(said.startswith("nats: permissions violation") and of.lower() in said for said in violations)

    await eventually(said_so)


async def _unheard(_message: object) -> None: ...


async def test_a_shelter_submits_for_itself_and_hears_only_its_own_answer(servers: Servers) -> None:
    names, violations, own, other = Names(), list[str](), shelter_user(SHELTER), shelter_user(ANOTHER)
    intake = await sign_in(servers, "intake", names, violations)
    shelter = await sign_in(servers, own, names, violations)
    submissions = await intake.subscribe(names.submit())
    await flush(intake, within=int(HANG))
    asked = asyncio.create_task(shelter.request(names.submit(SHELTER), b"case", timeout=HANG))
    await (await submissions.next_msg(timeout=HANG)).respond(b"receipt")
    assert (await asked).data == b"receipt"
    assert violations == []
    for subject in (names.submit(ANOTHER), "canaliza.intake.case_opened", "$JS.API.INFO", f"{names.inbox(other)}.x"):
        await shelter.publish(subject, b"forged")
        await denial(violations, f'publish to "{subject}"')
    for subject in (f"{names.inbox(other)}.>", "canaliza.>", names.submit(SHELTER), ">"):
        await shelter.subscribe(subject, cb=_unheard)
        await denial(violations, f'subscription to "{subject}"')
    await intake.close()
    await shelter.close()


async def test_intake_can_answer_at_a_shelters_inbox_and_nowhere_else(servers: Servers) -> None:
    """Also when somebody asks it to: it may not even try."""
    names, violations = Names(), list[str]()
    intake = await sign_in(servers, "intake", names, violations)
    shelter = await sign_in(servers, shelter_user(SHELTER), names, violations)
    submissions = await intake.subscribe(names.submit())
    await flush(intake, within=int(HANG))
    for elsewhere in ("canaliza.intake.case_opened", "$JS.API.STREAM.DELETE.LOG_audit", "_INBOX_audit.x", "any"):
        await shelter.publish(names.submit(SHELTER), b"{}", reply=elsewhere)
        await (await submissions.next_msg(timeout=HANG)).respond(b"answer")
        await denial(violations, f'publish to "{elsewhere}"')
    await intake.close()
    await shelter.close()


def test_the_configuration_for_a_server_of_its_own_is_accepted_by_nats(tmp_path: Path) -> None:
    (tmp_path / "nats.conf").write_text(standalone_config())
    (tmp_path / "tls.conf").write_text("")
    secrets = Secrets.generate().model_copy(update={"shelter_nats": {SHELTER: "12e4-x", ANOTHER: None}})
    (tmp_path / "users.conf").write_text(users_config(secrets))
    environment = {"NATS_LISTEN": '"127.0.0.1:4222"', "NATS_STORE": json.dumps(str(tmp_path / "store"))}
    checked = subprocess.run(
        [nats_binary(), "-t", "-c", tmp_path / "nats.conf"],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
