"""The streams: whether they are there, made as they must be, and copies of the logs."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.chassis.eventlog.log_reader import LogReader
from services.chassis.messaging.streams import stream_config
from services.chassis.names import SERVICES
from services.doctor.domain import Code, Found, Why, fails, holds, judged, unseen, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.doctor.nats_way import jetstream, signed_in
from services.doctor.reasons import CannotLookError

NOT_FOUND = 10059
NO_ROOM = 0.9
CODES = (Code.STREAM, Code.STREAM_FORM, Code.STREAM_COPIES, Code.STREAM_END)


async def streams(ground: Ground) -> list[Found]:
    """Each log's stream."""
    return [one for service in SERVICES for one in await _of(ground, service)]


async def _of(ground: Ground, service: str) -> list[Found]:
    name = ground.settings.names.stream(service)
    try:
        async with signed_in(ground, service) as client:
            said = await jetstream(client, f"STREAM.INFO.{name}")
    except CannotLookError as error:
        return [unseen(code, error.why, name) for code in CODES]
    if "error" in said:
        gone = said["error"].get("err_code") == NOT_FOUND
        first = fails(Code.STREAM, name) if gone else unseen(Code.STREAM, Why.OTHER, name)
        return [first, *(unseen(code, Why.OTHER, name) for code in CODES[1:])]
    return [
        holds(Code.STREAM, name),
        judged(Code.STREAM_FORM, _as_made(ground, service, said["config"]), name),
        _copies(ground, name, said),
        await _end(ground, service, name, said["state"]["last_seq"]),
    ]


def _as_made(ground: Ground, service: str, config: Mapping[str, Any]) -> bool:
    """Whether it listens to its owner's secret subject alone, and nothing can be taken out of it."""
    token = ground.of_services[service].stream_subject
    wanted = stream_config(ground.settings.names, service, token, replicas=ground.settings.replicas)
    return (
        config.get("subjects") == wanted.subjects
        and bool(config.get("deny_delete"))
        and bool(config.get("deny_purge"))
        and not any(config.get(limit, -1) > 0 for limit in ("max_msgs", "max_bytes", "max_age"))
    )


def _copies(ground: Ground, name: str, said: Mapping[str, Any]) -> Found:
    wanted, there = ground.settings.replicas, said["config"].get("num_replicas", 1)
    others = said.get("cluster", {}).get("replicas") or []
    behind = sum(1 for one in others if one.get("offline") or not one.get("current"))
    good = there == wanted and not behind
    return judged(Code.STREAM_COPIES, good, name, there=there - behind, wanted=wanted)


async def _end(ground: Ground, service: str, name: str, last: int) -> Found:
    """The sequence of the last message is the position of the log's last event."""
    try:
        head = await LogReader(ground.database(service)).head()
    except CannotLookError as error:
        return unseen(Code.STREAM_END, error.why, name)
    verdict = fails if last > head else warns if last < head else holds
    return verdict(Code.STREAM_END, name, last=last, head=head)


async def room(ground: Ground) -> list[Found]:
    """JetStream's space: what is stored, and what its account may store."""
    async with signed_in(ground) as client:
        said = await jetstream(client, "INFO")
    if "error" in said:
        return [fails(Code.STREAM_ROOM, megabytes="?", most="0")]
    used, most = said.get("storage", 0), said.get("limits", {}).get("max_storage", -1)
    values = {"megabytes": used >> 20, "most": "∞" if most < 0 else most >> 20}
    return [judged(Code.STREAM_ROOM, most < 0 or used < NO_ROOM * most, **values)]


LOOKS: Sequence[Look] = (Look(CODES, streams), Look((Code.STREAM_ROOM,), room))
