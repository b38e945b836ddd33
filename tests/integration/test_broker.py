"""FastStream's defaults lose messages and hang without a word: no service may be left with one of them."""

import asyncio
import gc
import logging
import re
import warnings

import nats
import pytest
import structlog
from faststream import AckPolicy
from faststream.nats.subscriber.usecases.core_subscriber import ConcurrentCoreSubscriber, CoreSubscriber
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy as JetStreamAckPolicy

from services.chassis.messaging.broker import make_broker
from services.chassis.names import SERVICES, UPSTREAMS, Names, shelter_user
from services.system import Installation
from tests.support.system.logs import signed_in
from tests.support.system.system import HANG, System, eventually

CANARY = "CANARIO-4q9z"


@pytest.mark.parametrize("service", SERVICES)
async def test_no_subscriber_rejects_a_message_for_ever_after_one_exception(
    installation: Installation, service: str
) -> None:
    for subscriber in installation.service(service).broker.subscribers:
        assert subscriber.ack_policy in {AckPolicy.MANUAL, AckPolicy.NACK_ON_ERROR}


async def test_a_subscriber_that_says_nothing_gets_the_safe_policy() -> None:
    broker = make_broker("nats://127.0.0.1:1", names=Names(), service="intake", password="x")  # noqa: S106
    assert broker.subscriber("anything").ack_policy is AckPolicy.NACK_ON_ERROR


@pytest.mark.parametrize("service", SERVICES)
async def test_faststream_makes_no_jetstream_consumer(installation: Installation, service: str) -> None:
    for subscriber in installation.service(service).broker.subscribers:
        assert type(subscriber) in {CoreSubscriber, ConcurrentCoreSubscriber}


async def test_intake_answers_one_subject_and_the_others_none(installation: Installation) -> None:
    subjects = {
        service: [each.subject.broker_address for each in installation.service(service).broker.subscribers]  # type: ignore[attr-defined]
        for service in SERVICES
    }
    names = installation.settings.names
    assert subjects == {service: [names.submit()] if service == "intake" else [] for service in SERVICES}


async def test_a_password_that_nats_refuses_is_said_to_be_that(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    """The client tries again for ever, as with a server that is away, and says neither."""
    names, url = installation.settings.names, installation.settings.nats_url
    assert url is not None
    broker = make_broker(url, names=names, service="intake", password="another")  # noqa: S106
    starting = asyncio.create_task(broker.start())

    async def said() -> bool:
        return any("nats_password_denied" in str(one.msg) for one in caplog.records)

    try:
        await eventually(said)
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await broker.stop()
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            del starting, broker
            gc.collect()  # nats-py leaves the connection of an attempt that was refused to the collector


async def test_every_connection_hears_its_answers_where_it_may(system: System) -> None:
    names = system.installation.settings.names
    for service in system.services:

        async def attached(name: str = service.name) -> bool:
            return system.service(name).connected

        await eventually(attached)
        assert service.client is not None
        assert service.client.new_inbox().startswith(f"{names.inbox(service.name)}.")
        assert service.client.options["max_reconnect_attempts"] == -1


async def test_every_consumer_is_a_followers_and_acknowledges_nothing(system: System) -> None:
    settings, secrets = system.installation.settings, system.installation.secrets
    names = settings.names
    assert settings.nats_url is not None

    async def all_follow() -> bool:
        return all(each.followers and all(f.following for f in each.followers) for each in system.services)

    await eventually(all_follow)
    async with signed_in(settings.nats_url, secrets, names, "admin") as admin:
        for upstream in SERVICES:
            consumers = await admin.jetstream().consumers_info(names.stream(upstream))
            users = {names.user(service) for service in SERVICES if upstream in UPSTREAMS[service]}
            assert {re.sub(r"_[0-9a-f]{32}$", "", each.name) for each in consumers} == users
            assert {each.config.ack_policy for each in consumers} <= {JetStreamAckPolicy.NONE}
            assert {each.config.durable_name for each in consumers} <= {None}


async def test_nothing_of_a_body_or_of_a_token_is_logged(
    system: System, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = system.installation.settings
    names = settings.names
    client = await nats.connect(
        settings.nats_url or "",
        user=names.user(shelter_user("ALB-IXT-01")),
        password=system.installation.secrets.shelter_nats["ALB-IXT-01"],
        inbox_prefix=names.inbox(shelter_user("ALB-IXT-01")).encode(),
    )

    async def attached() -> bool:
        return system.service("intake").connected

    await eventually(attached)
    said: list[str] = []
    with structlog.testing.capture_logs() as ours:
        for body in (CANARY.encode(), b'{"worker": "%s"}' % CANARY.encode(), b"\xff" + CANARY.encode()):
            for headers in (None, {"Authorization": f"Bearer {CANARY}"}, {"content-type": "application/json"}):
                try:
                    answer = await client.request(names.submit("ALB-IXT-01"), body, timeout=HANG, headers=headers)
                except NatsTimeoutError:
                    pytest.fail("no answer")
                said.append(answer.data.decode())
    await client.close()
    out, err = capfd.readouterr()
    everything = [caplog.text, str(ours), out, err, *said]
    assert len(said) == 9
    assert not any(CANARY in each for each in everything)
