"""The JetStream copies of the logs: one stream a log, without limits, nothing in it can be deleted."""

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from services.chassis.names import SERVICES, Names


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
