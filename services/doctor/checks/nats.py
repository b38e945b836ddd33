"""NATS: whether each server is reached, which it is, and whether each user signs in."""

from collections.abc import Sequence

from services.chassis.moments import moment_of
from services.chassis.names import SERVICES
from services.doctor.domain import Code, Found, Why, fails, holds, judged, unseen, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.doctor.nats_way import NATS_PORT, greeting, jetstream, signed_in
from services.doctor.reasons import CannotLookError, host_and_port

OLDEST = (2, 12)
"""Streams that store a relay's batch as a whole, and the message schedules that came with them."""
SECOND = 1.0


async def reached(ground: Ground) -> list[Found]:
    """Each server: whether it answers, and its version."""
    if not ground.nats_urls:
        why = Why.NOT_RUNNING if ground.settings.nats_url is None and ground.secrets is not None else Why.NOT_SET
        return [fails(Code.NATS, "CANALIZA_NATS_URL", why=why), unseen(Code.NATS_VERSION, why)]
    return [one for url in ground.nats_urls for one in await _server(ground, url)]


async def _server(ground: Ground, url: str) -> list[Found]:
    place = ":".join(str(part) for part in host_and_port(url, NATS_PORT))
    try:
        said = await greeting(url)
    except CannotLookError as error:
        down = ground.settings.nats_url is None and error.why is Why.REFUSED
        why = Why.NOT_RUNNING if down else error.why
        return [fails(Code.NATS, place, why=why), unseen(Code.NATS_VERSION, why, place)]
    version = str(said.get("version", "?"))
    parts = tuple(int(part) for part in version.partition("-")[0].split(".")[:2] if part.isdigit())
    new_enough = parts >= OLDEST
    return [
        holds(Code.NATS, place, version=version),
        (holds if new_enough else warns)(Code.NATS_VERSION, place, version=version, oldest=".".join(map(str, OLDEST))),
    ]


async def users(ground: Ground) -> list[Found]:
    """Whether each service's user signs in with the password that is here."""
    found: list[Found] = []
    for service in SERVICES:
        user = ground.settings.names.user(service)
        try:
            async with signed_in(ground, service):
                found.append(holds(Code.NATS_USER, user))
        except CannotLookError as error:
            refused = error.why is Why.WRONG_PASSWORD
            if service not in ground.faults:
                found.append(fails(Code.NATS_USER, user) if refused else unseen(Code.NATS_USER, error.why, user))
    return found


async def clock(ground: Ground) -> list[Found]:
    """How far NATS' clock is from this machine's; JetStream's answers are dated."""
    service = next(iter(ground.of_services), None)
    if service is None:
        return [unseen(Code.NATS_CLOCK, Why.NO_KEYS_HERE)]
    async with signed_in(ground, service) as client:
        before = ground.clock()
        said = await jetstream(client, f"STREAM.INFO.{ground.settings.names.stream(service)}")
        after = ground.clock()
    if "ts" not in said:
        return [unseen(Code.NATS_CLOCK, Why.OTHER)]
    there = moment_of(said["ts"])
    apart = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    return [judged(Code.NATS_CLOCK, apart < SECOND, seconds=f"{apart:.1f}")]


LOOKS: Sequence[Look] = (
    Look((Code.NATS, Code.NATS_VERSION), reached),
    Look((Code.NATS_USER,), users),
    Look((Code.NATS_CLOCK,), clock),
)
