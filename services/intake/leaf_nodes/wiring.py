"""Builds the followers and the monitor for shelters with a leaf node."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from services.chassis.eventlog.log import Log
from services.chassis.runtime.bootstrap import NotConfiguredError, ServiceContext
from services.intake.leaf_nodes.commands import SealedSubmissionReceiver
from services.intake.leaf_nodes.follower import ShelterStream
from services.intake.leaf_nodes.monitor import LeafMonitor
from services.intake.submissions.commands import SubmissionCommands
from services.intake.submissions.rejections import RejectedSubmissions

Loop = Callable[[Client], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class LeafNodes:
    """The loops that need NATS, and their details for readiness. All are empty without leaf nodes."""

    loops: list[Loop]
    """Receive what shelters sent: one instance does."""
    loops_everywhere: list[Loop]
    """Look after the links, which each instance shows."""
    details: dict[str, Callable[[], Any]]


def follow_leaf_nodes(
    context: ServiceContext, log: Log, submissions: SubmissionCommands, rejected: RejectedSubmissions
) -> LeafNodes:
    """The leaf nodes of the shelters in the settings.

    Raises:
        NotConfiguredError: the key that opens their messages is missing.
    """
    settings, names, key = context.settings, context.names, context.secrets.transit_key
    shelters = settings.leaf_shelters
    if not shelters:
        return LeafNodes([], [], {})
    if key is None:
        raise NotConfiguredError("CANALIZA_LEAF_SHELTERS needs the transit_key of intake: bring its service.json back")
    sealed = SealedSubmissionReceiver(
        commands=submissions,
        rejected=rejected,
        tokens=context.tokens(),
        max_bytes=settings.max_body_bytes,
        private_keys=context.keys("transit_key"),
    )
    streams = [
        ShelterStream(shelter=shelter, names=names, replicas=settings.replicas, log=log, submissions=sealed)
        for shelter in shelters
    ]
    monitor = LeafMonitor(shelters, names=names, patience=settings.leaf_silence)
    return LeafNodes([stream.run for stream in streams], [monitor.watch], {"shelters": monitor.details})
