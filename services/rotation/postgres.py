"""Renews PostgreSQL's passwords. A role has one; whoever connects meanwhile tries both."""

import base64
import secrets
from collections.abc import Sequence

import asyncpg

from services.chassis.names import SERVICES, postgres_role
from services.chassis.operations.role_passwords import verifier
from services.chassis.web.cursors import key_of
from services.local.cluster import ADMIN
from services.rotation.renewal import NotOursError, Place, Step

END_CONNECTIONS = "select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1)"


async def set_password(connection: asyncpg.Connection, role: str, password: str) -> None:
    """Gives a role its password. ``role`` is a constant of ours."""
    await connection.execute(f"alter role {role} password '{verifier(password)}'")


def services_steps(place: Place) -> Sequence[Step]:
    """The password of each service's role."""

    async def written() -> None:
        for service in SERVICES:
            found = place.files.of(service)
            if "postgres" not in found.former:  # a killed renewal has written it
                cursors = found.cursor_key or base64.b64encode(key_of(found.postgres)).decode()
                place.files.replace_of(service, {"postgres": secrets.token_urlsafe(32)}, kept={"cursor_key": cursors})

    async def known() -> None:
        async with place.administrator() as connection:
            for service in SERVICES:
                await set_password(connection, postgres_role(service), place.files.of(service).postgres)

    async def dropped() -> None:
        for service in SERVICES:
            place.files.drop_of(service, ["postgres"])

    return [("written", written), ("known", known), ("dropped", dropped)]


def administrator_steps(place: Place) -> Sequence[Step]:
    """The embedded administrator's password.

    Raises:
        NotOursError: the server is one's own.
    """
    if place.own_postgres:
        raise NotOursError(
            "La clave del administrador es de su servidor: cámbiela allí (ALTER ROLE) y en CANALIZA_POSTGRES_DSN. "
            "Ningún servicio la usa.",
            "It is your server's: change it there (ALTER ROLE) and in CANALIZA_POSTGRES_DSN. No service has it.",
        )

    async def written() -> None:
        if "postgres_admin" not in place.files.secrets().former:
            place.files.replace({"postgres_admin": secrets.token_urlsafe(32)})

    async def known() -> None:
        async with place.administrator() as connection:
            await set_password(connection, ADMIN, place.files.secrets().postgres_admin)

    async def dropped() -> None:
        place.files.drop(["postgres_admin"])

    return [("written", written), ("known", known), ("dropped", dropped)]


async def end_connections(place: Place) -> int:
    """Ends every connection of the services' roles, which connect again: a thief's would go on. Returns how many."""
    async with place.administrator() as connection:
        return len(await connection.fetch(END_CONNECTIONS, [postgres_role(service) for service in SERVICES]))
