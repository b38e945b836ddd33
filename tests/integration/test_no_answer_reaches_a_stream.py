"""Whatever a NATS user asks, and wherever it wants the answer: no stream has a message more but by its owner.

NATS checks no permission on a reply subject, so every user is walked with every request that it may send and every
subject at which an answer could do harm.
"""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.chassis.messaging.flushing import flush
from services.chassis.messaging.streams import ensure_streams, stream_config
from services.chassis.names import SERVICES, UPSTREAMS, Names, shelter_user
from services.local import Servers, permissions
from services.local.permissions import shelter_permissions
from tests.support.system.local import sign_in
from tests.support.system.system import HANG

NAMES = Names()
SHELTERS = ("ALB-TAP-01", "ALB-IXT-01")
USERS = (*SERVICES, *map(shelter_user, SHELTERS))
EVENT = "case_opened"


def token(servers: Servers, service: str) -> str:
    return servers.secrets.of(service).stream_subject


def may_publish(servers: Servers, user: str) -> list[str]:
    """What a user may publish to, as its configuration says."""
    if user not in SERVICES:
        return list(shelter_permissions(user.removeprefix("shelter_"), NAMES)["publish"]["allow"])
    granted = permissions(user, NAMES, token(servers, user), shelters=SHELTERS)
    return list(granted["publish"]["allow"])


def requests_of(servers: Servers, user: str) -> list[tuple[str, bytes]]:
    """Every request that a user may send: each subject that it may publish to, the wildcards filled in.

    Its own secret subject is left out: what it publishes there is its own log.
    """
    found = []
    for subject in may_publish(servers, user):
        if user in SERVICES and token(servers, user) in subject:
            continue
        filled = subject.replace(">", f"walk_{user}")
        body = b"{}"
        if "CONSUMER.CREATE" in subject:
            stream = subject.split(".")[4]
            config = {"name": f"walk_{user}", "ack_policy": "none", "mem_storage": True}
            body = json.dumps({"stream_name": stream, "config": config}).encode()
        elif "MSG.GET" in subject:
            body = b'{"seq": 1}'
        elif "STREAM.INFO" in subject:
            body = b""
        found.append((filled, body))
    return sorted(found, key=lambda one: "CONSUMER.CREATE" not in one[0])  # there must be a consumer to read from


def places_for_an_answer() -> Iterable[str]:
    """Wherever an answer could do harm."""
    for service in SERVICES:
        yield NAMES.subject(f"{service}.{EVENT}")
        yield from (f"$JS.API.STREAM.{verb}.LOG_{service}" for verb in ("DELETE", "PURGE", "UPDATE", "LEADER.STEPDOWN"))
        yield f"{NAMES.inbox(service)}.elsewhere"
    for shelter in SHELTERS:
        yield NAMES.submit(shelter)
    yield NAMES.incoming("a-guess", f"intake.{EVENT}")
    yield f"in.{EVENT}"


@asynccontextmanager
async def intake_that_answers_anywhere(servers: Servers) -> AsyncIterator[None]:
    """Intake's user with a program that is not on its guard."""
    intake = await sign_in(servers, "intake", NAMES, [])

    async def answer(message: Msg) -> None:
        if message.reply:
            await intake.publish(message.reply, b'{"status": 401}')

    await intake.subscribe(NAMES.submit(), cb=answer)
    await flush(intake, within=int(HANG))
    yield
    await intake.close()


async def state(jetstream: JetStreamContext) -> dict[str, tuple[int, int, list[str]]]:
    """Each stream's end, its number of messages and what it listens to."""
    found = await jetstream.streams_info()
    return {
        str(one.config.name): (one.state.last_seq, one.state.messages, list(one.config.subjects or ())) for one in found
    }


async def walk(servers: Servers) -> None:
    """Sends every request of every user with every place for the answer; returns once all were dealt with."""
    async with intake_that_answers_anywhere(servers):
        for user in USERS:
            client = await sign_in(servers, user, NAMES, [])
            await dealt_with(servers, client, user)  # now it has consumers to read from
            for subject, body in requests_of(servers, user):
                for place in places_for_an_answer():
                    await client.publish(subject, body, reply=place)
            await flush(client, within=int(HANG))
            await dealt_with(servers, client, user)
            await client.close()


async def dealt_with(servers: Servers, client: Client, user: str) -> None:
    """JetStream and intake answer in the order of the requests: whoever has the last answer knows of the others."""
    for subject, body in requests_of(servers, user):
        if subject.startswith(("$JS.API.", NAMES.submit(""))):
            await client.request(subject, body, timeout=HANG)


@pytest.fixture
async def jetstream(servers: Servers) -> AsyncIterator[JetStreamContext]:
    """As the administrator. Every log has one entry in its stream."""
    admin = await sign_in(servers, "admin", NAMES, [])
    tokens = {service: token(servers, service) for service in SERVICES}
    await ensure_streams(admin.jetstream(), NAMES, tokens)
    for service in SERVICES:
        await admin.jetstream().publish(NAMES.incoming(tokens[service], f"{service}.{EVENT}"), b"{}")
    yield admin.jetstream()
    await admin.close()


async def test_no_user_can_have_an_answer_written_into_a_stream(servers: Servers, jetstream: JetStreamContext) -> None:
    before = await state(jetstream)
    assert {name: (last, count) for name, (last, count, _) in before.items()} == {
        NAMES.stream(service): (1, 1) for service in SERVICES
    }
    await walk(servers)
    assert await state(jetstream) == before


async def test_the_walk_notices_a_stream_that_listens_to_what_everybody_knows(
    servers: Servers, jetstream: JetStreamContext
) -> None:
    """The control: as it was before."""
    for service in SERVICES:
        known = stream_config(NAMES, service, token(servers, service)).evolve(
            subjects=[NAMES.subjects(service)], subject_transform=None
        )
        await jetstream.update_stream(known)
    before = await state(jetstream)
    await walk(servers)

    async def moved() -> set[str]:
        after = await state(jetstream)
        return {name for name, (last, _, _) in after.items() if last > before[name][0]}

    assert await moved() == {NAMES.stream(service) for service in SERVICES}


async def test_nobody_but_its_owner_is_told_what_a_stream_listens_to(
    servers: Servers, jetstream: JetStreamContext
) -> None:
    """Neither by an answer nor by a message of a stream."""
    assert len(await jetstream.streams_info()) == len(SERVICES)
    for user in USERS:
        heard: list[bytes] = []

        async def hear(message: Msg, heard: list[bytes] = heard) -> None:
            heard.append(f"{message.subject} {message.headers}".encode() + message.data)

        client = await sign_in(servers, user, NAMES, [])
        await client.subscribe(f"{NAMES.inbox(user)}.>", cb=hear)
        async with intake_that_answers_anywhere(servers):
            await dealt_with(servers, client, user)
            for subject, body in requests_of(servers, user):
                await client.publish(subject, body, reply=f"{NAMES.inbox(user)}.asked")
            await dealt_with(servers, client, user)
        await flush(client, within=int(HANG))
        await client.close()
        others = [token(servers, service) for service in SERVICES if service != user]
        assert heard
        assert not [word for word in others if any(word.encode() in each for each in heard)]


def test_every_service_may_follow_its_upstreams_and_is_told_nothing_more_of_them(servers: Servers) -> None:
    for service in SERVICES:
        asked = {subject for subject, _ in requests_of(servers, service) if subject.startswith("$JS.API.")}
        for upstream in UPSTREAMS[service]:
            verbs = {
                subject.split(f".{NAMES.stream(upstream)}")[0] for subject in asked if f"LOG_{upstream}" in subject
            }
            assert verbs == {"$JS.API.CONSUMER.CREATE"}
