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

from services.chassis.names import SERVICES, SHELTERS, Names
from services.local import (
    Servers,
    standalone_config,
)
from services.local.nats import _binary as nats_binary
from tests.harness.local import sign_in


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
