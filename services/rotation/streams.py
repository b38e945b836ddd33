"""Renews the secrets of the logs' streams: the subject that each listens to, and the key that seals its messages.

The stream is made anew with them and the service's relay fills it from its log, sealed with the new key: nothing that
the former key could have sealed is left, and nobody who knows the former subject reaches the stream.
"""

import base64
import secrets
from collections.abc import Sequence

from services.chassis.names import SERVICES
from services.chassis.secrets.installation import Secrets
from services.rotation.nats_server import reload_users
from services.rotation.renewal import NotOursError, Place, Step
from services.upkeep import remake_stream

FIELDS = ("stream_subject", "stream_key")


def steps(place: Place) -> Sequence[Step]:
    """Of every service."""

    async def written() -> None:
        for service in SERVICES:
            if "stream_key" not in place.files.of(service).former:  # a killed renewal has written it
                key = base64.b64encode(secrets.token_bytes(32)).decode()
                place.files.replace_of(service, {"stream_subject": secrets.token_urlsafe(32), "stream_key": key})

    async def remade() -> None:
        found: Secrets = place.files.secrets()
        for service in SERVICES:
            plan = await remake_stream(place.settings, found, service)
            if plan.missing:
                raise NotOursError(
                    f"El flujo de {service} tiene hechos que su bitácora no tiene: primero canaliza repair.",
                    f"The stream of {service} has events that its log lacks: canaliza repair comes first.",
                )

    async def dropped() -> None:
        for service in SERVICES:
            place.files.drop_of(service, FIELDS)

    return [("written", written), ("known", lambda: reload_users(place)), ("remade", remade), ("dropped", dropped)]
