"""What intake does for shelters with a leaf node: follows their streams and watches their links."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from services.chassis.foundation import Foundation, NotConfiguredError
from services.chassis.log import Log
from services.intake.commands import Intake
from services.intake.links import Links
from services.intake.refusals import Refusals
from services.intake.sealed import SealedSubmissions
from services.intake.shelter_stream import ShelterStream

Loop = Callable[[Client], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Leaves:
    """The loops that need NATS, and what readiness tells of them. Both are empty where no shelter has a leaf node."""

    loops: list[Loop]
    details: dict[str, Callable[[], Any]]


def follow_leaves(foundation: Foundation, log: Log, intake: Intake, refusals: Refusals) -> Leaves:
    """As the settings say.

    Raises:
        NotConfiguredError: there is no key to open what these shelters send.
    """
    settings, names, key = foundation.settings, foundation.names, foundation.secrets.transit_key
    shelters = settings.leaf_shelters
    if not shelters:
        return Leaves([], {})
    if key is None:
        raise NotConfiguredError("CANALIZA_LEAF_SHELTERS needs keys/transit.json: run canaliza migrate, which makes it")
    submissions = SealedSubmissions(
        intake=intake,
        refusals=refusals,
        tokens=foundation.tokens(),
        most_bytes=settings.max_body_bytes,
        private_key=key,
    )
    streams = [
        ShelterStream(shelter=shelter, names=names, replicas=settings.replicas, log=log, submissions=submissions)
        for shelter in shelters
    ]
    links = Links(shelters, names=names, patience=settings.leaf_silence)
    return Leaves([*(stream.run for stream in streams), links.watch], {"shelters": links.details})
