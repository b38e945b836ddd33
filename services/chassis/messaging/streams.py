"""The JetStream copies of the logs: one stream for each log, without limits, from which nothing can be deleted.

A log's stream listens to a subject that only the log's owner knows, and stores under the public one what arrives there:
an answer that somebody has sent to the public subject is stored nowhere (ADR 0033).

And the streams of sealed submissions from shelters with an unreliable connection: one on each leaf node, and one on
the hub that copies it. The hub's has no subjects, so that no message can reach it in two ways.
"""

from collections.abc import Mapping

from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    ExternalStream,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
    StreamSource,
    SubjectTransform,
)
from nats.js.errors import NotFoundError

from services.chassis.names import SERVICES, Names, leaf_api

DUPLICATE_WINDOW = 0.1
"""Seconds, the least that JetStream takes: seals are message ids for the order's sake, not to be remembered."""
SEALED_MAX_AGE = 30 * 24 * 3600
"""Seconds that a sealed submission stays in a shelter's streams: no erasure reaches them there."""
LEAF_MAX_BYTES = 2**30
"""Bytes of a leaf node's stream. A full one refuses messages, so the shelter notices; it never drops the oldest."""


def stream_config(names: Names, service: str, token: str, *, replicas: int = 1) -> StreamConfig:
    """The configuration of a log's stream: the relay relies on every line of it. ``token``: its owner's secret."""
    incoming = names.incoming(token, f"{service}.>")
    return StreamConfig(
        name=names.stream(service),
        subjects=[incoming],
        subject_transform=SubjectTransform(src=incoming, dest=names.subjects(service)),
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
        allow_atomic=replicas > 1 or None,  # the relay's batches there are stored as a whole
        duplicate_window=DUPLICATE_WINDOW,
    )


async def ensure_stream(
    jetstream: JetStreamContext, names: Names, service: str, token: str, *, replicas: int = 1
) -> StreamInfo:
    """The state of a log's stream, which is created if it does not exist."""
    try:
        return await jetstream.stream_info(names.stream(service))
    except NotFoundError:
        return await jetstream.add_stream(stream_config(names, service, token, replicas=replicas))


async def ensure_streams(
    jetstream: JetStreamContext, names: Names, tokens: Mapping[str, str], *, replicas: int = 1
) -> None:
    """Creates the missing streams of all logs, and brings those of earlier versions up to date.

    Each listens to its owner's subject alone.

    For the administrator: a service cannot change a stream. ``tokens``: the owners' secrets by service.
    """
    for service in SERVICES:
        wanted = stream_config(names, service, tokens[service], replicas=replicas)
        found = (await ensure_stream(jetstream, names, service, tokens[service], replicas=replicas)).config
        changed = found.evolve(
            subjects=wanted.subjects,
            subject_transform=wanted.subject_transform,
            duplicate_window=wanted.duplicate_window,
            allow_atomic=wanted.allow_atomic or found.allow_atomic,
        )
        if changed != found:
            await jetstream.update_stream(changed)


def leaf_stream(names: Names, shelter: str) -> StreamConfig:
    """The configuration of the stream that a shelter's software creates on its own leaf node."""
    return StreamConfig(
        name=names.shelter_stream(shelter),
        subjects=[names.sealed(shelter)],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        max_bytes=LEAF_MAX_BYTES,
        max_age=SEALED_MAX_AGE,
        deny_delete=True,
        deny_purge=True,
    )


def sourced_stream(names: Names, shelter: str, *, replicas: int = 1) -> StreamConfig:
    """The configuration of the hub's copy of a shelter's stream."""
    name = names.shelter_stream(shelter)
    external = ExternalStream(api=leaf_api(shelter), deliver=names.leaf_delivery(shelter))
    return StreamConfig(
        name=name,
        sources=[StreamSource(name=name, external=external)],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=SEALED_MAX_AGE,
        deny_delete=True,
        deny_purge=True,
    )


async def ensure_sourced(jetstream: JetStreamContext, names: Names, shelter: str, *, replicas: int = 1) -> StreamInfo:
    """The hub's copy of a shelter's stream; created if it does not exist."""
    try:
        return await jetstream.stream_info(names.shelter_stream(shelter))
    except NotFoundError:
        return await jetstream.add_stream(sourced_stream(names, shelter, replicas=replicas))
