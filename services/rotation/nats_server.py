"""Renews NATS' passwords. nats-server reads its users again on a signal; clients then sign in with the new one."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.chassis.messaging.broker import harden
from services.chassis.messaging.closing import close_for_good
from services.chassis.names import SERVICES, Names
from services.chassis.secrets.service import ServiceSecrets
from services.local import NatsServer
from services.rotation.renewal import Place, Step, Waits

RELOAD = Waits(
    "Falta en cada servidor NATS: canaliza nats users > users.conf && nats-server --signal reload. "
    "Después repita esta orden.",
    "Still to do on each NATS server: canaliza nats users > users.conf && nats-server --signal reload. "
    "Then give this command again.",
)


NO_STREAM = {"Nats-Expected-Stream": "-"}
"""The header of a message that no stream takes: whether it may be sent is all that is asked."""


async def reload_users(place: Place) -> Waits | None:
    """Makes the embedded server read its users again; with servers of one's own the operator does."""
    found = place.files.secrets()
    if place.own_nats:
        return None if await accepted(place) else RELOAD
    NatsServer(place.settings.data, found, (place.settings.namespace,), keys=place.settings.keys).renew_users(found)
    return None


async def accepted(place: Place) -> bool:
    """Whether every server knows the present password and subject of every service, and that of the administrator."""
    found, names = place.files.secrets(), place.settings.names
    admin = User("admin", found.nats_admin, names.subject("-"))
    services = [_user(names, name, found.of(name)) for name in SERVICES]
    return all([await _knows(url, user) for url in place.settings.nats_urls for user in (admin, *services)])


@dataclass(frozen=True, slots=True)
class User:
    """A user of NATS, and a subject that it must be allowed to publish on."""

    name: str
    password: str = field(repr=False)
    subject: str = field(repr=False)


def _user(names: Names, service: str, own: ServiceSecrets) -> User:
    return User(names.user(service), own.nats, names.incoming(own.stream_subject, f"{service}.-"))


async def _knows(url: str, user: User) -> bool:
    """Whether a server lets the user in, and lets it publish on its subject."""
    harden()
    client, refused = Client(), []

    async def note(error: Exception) -> None:
        refused.append(error)

    try:
        await client.connect(
            url, user=user.name, password=user.password, allow_reconnect=False, connect_timeout=5, error_cb=note
        )
        await client.publish(user.subject, headers=NO_STREAM)
        await client.flush()  # a refusal comes before the answer to this
    except NatsError:
        return False
    finally:
        await close_for_good(client)  # nats-py leaves the socket of a refused one open
    return not refused


def services_steps(place: Place) -> Sequence[Step]:
    """The password of each service's user."""

    async def written() -> None:
        for service in SERVICES:
            if "nats" not in place.files.of(service).former:  # a killed renewal has written it
                place.files.replace_of(service, {"nats": secrets.token_urlsafe(32)})

    async def dropped() -> None:
        for service in SERVICES:
            place.files.drop_of(service, ["nats"])

    return [("written", written), ("known", lambda: reload_users(place)), ("dropped", dropped)]


def administrator_steps(place: Place) -> Sequence[Step]:
    """The administrator's password."""

    async def written() -> None:
        if "nats_admin" not in place.files.secrets().former:
            place.files.replace({"nats_admin": secrets.token_urlsafe(32)})

    async def dropped() -> None:
        place.files.drop(["nats_admin"])

    return [("written", written), ("known", lambda: reload_users(place)), ("dropped", dropped)]


def files_key_steps(place: Place) -> Sequence[Step]:
    """The key of JetStream's files: nats-server encrypts them anew when it starts with the new and the former one."""

    async def written() -> Waits | None:
        if "jetstream_key" not in place.files.secrets().former:
            place.files.replace({"jetstream_key": _key()})
            return RESTART_OWN if place.own_nats else RESTART
        if place.own_nats:
            place.files.drop(["jetstream_key"])
            return None
        return RESTART  # the embedded server drops the former one once it has started

    return [("written", written)]


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


RESTART = Waits(
    "Vale desde el próximo arranque de «canaliza up», que cifra de nuevo los archivos.",
    "It takes effect at the next start of canaliza up, which encrypts the files anew.",
)
RESTART_OWN = Waits(
    "Falta: canaliza nats users > users.conf y reiniciar cada servidor NATS, uno tras otro. Después repita esta orden.",
    "Still to do: canaliza nats users > users.conf, and restart the NATS servers one after the other. "
    "Then give this command again.",
)
