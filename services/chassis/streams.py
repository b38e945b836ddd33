"""The JetStream copies of the logs: one stream a log, without limits, nothing in it can be deleted.

And the streams in which shelters with a bad link send sealed submissions: one on each leaf node, and one on
the hub that copies it. The hub's has no subjects, so that no message can reach it in two ways.
"""

from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    ExternalStream,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
    StreamSource,
)
from nats.js.errors import NotFoundError

from services.chassis.names import SERVICES, Names, leaf_api

KEPT = 30 * 24 * 3600
"""Seconds that a sealed submission stays in a shelter's streams: no erasure reaches them there."""
LEAF_BYTES = 2**30
"""A leaf's stream that is full refuses, so that the shelter knows; it never drops the oldest."""


def stream_config(names: Names, service: str, *, replicas: int = 1) -> StreamConfig:
    """What a log's stream must be: the relay relies on every line of it."""
    return StreamConfig(
        name=names.stream(service),
        subjects=[names.subjects(service)],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_msgs=-1,
        max_bytes=-1,
        max_age=0,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
    )


async def ensure_stream(jetstream: JetStreamContext, names: Names, service: str, *, replicas: int = 1) -> bool:
    """Makes a log's stream if it does not exist. Returns whether it had to."""
    try:
        await jetstream.stream_info(names.stream(service))
    except NotFoundError:
        await jetstream.add_stream(stream_config(names, service, replicas=replicas))
        return True
    return False


async def ensure_streams(jetstream: JetStreamContext, names: Names, *, replicas: int = 1) -> list[str]:
    """Makes the streams of every log that is followed. Returns the new ones."""
    return [
        names.stream(service)
        for service in SERVICES
        if await ensure_stream(jetstream, names, service, replicas=replicas)
    ]


def leaf_stream(names: Names, shelter: str) -> StreamConfig:
    """What a shelter's software makes on its own leaf node."""
    return StreamConfig(
        name=names.shelter_stream(shelter),
        subjects=[names.sealed(shelter)],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        max_bytes=LEAF_BYTES,
        max_age=KEPT,
        deny_delete=True,
        deny_purge=True,
    )


def sourced_stream(names: Names, shelter: str, *, replicas: int = 1) -> StreamConfig:
    """The hub's copy of a shelter's stream."""
    name = names.shelter_stream(shelter)
    external = ExternalStream(api=leaf_api(shelter), deliver=names.leaf_delivery(shelter))
    return StreamConfig(
        name=name,
        sources=[StreamSource(name=name, external=external)],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=KEPT,
        deny_delete=True,
        deny_purge=True,
    )


async def ensure_sourced(jetstream: JetStreamContext, names: Names, shelter: str, *, replicas: int = 1) -> StreamInfo:
    """The hub's copy of a shelter's stream, made where it does not exist."""
    try:
        return await jetstream.stream_info(names.shelter_stream(shelter))
    except NotFoundError:
        return await jetstream.add_stream(sourced_stream(names, shelter, replicas=replicas))
