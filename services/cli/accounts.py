"""``canaliza token create``: a token is shown once and stored as a hash."""

import asyncio
import json
from datetime import timedelta
from typing import Annotated

import asyncpg
import typer

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.names import SHELTERS
from services.chassis.programme import shelters
from services.chassis.secrets import Secrets, UnsafeSecrets
from services.chassis.settings import Settings
from services.chassis.tokens import WrongOrganisationError, check_organisation, create_token
from services.cli.client import UNREACHABLE, AsJson, fail
from services.local import PostgresServer


def create(
    role: Annotated[Role, typer.Option(help="Papel en el programa · Role.")],
    org: Annotated[str, typer.Option(help="Albergue, agencia, o * · Shelter, agency, or *.")],
    label: Annotated[str, typer.Option(help="Código opaco, nunca un nombre · Opaque, never a name.")] = "cli",
    days: Annotated[int, typer.Option(min=1, max=730, help="Días de vigencia · Days it is valid.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Crea una credencial y la muestra una sola vez · Makes a token and shows it once."""
    try:
        check_organisation(role, org, shelters())
    except WrongOrganisationError:
        raise fail(2, "Ese papel no existe en esa organización.", "Nobody has that role there.") from None
    names = Settings().names
    made = asyncio.run(_create(role, org, label, days))
    if as_json:
        typer.echo(json.dumps({"token": made, "role": role, "org": org, "label": label}))
    else:
        typer.echo(made)
        typer.echo("Se muestra solo esta vez · Shown only this time.", err=True)
        if role is Role.INTEGRATOR:
            user, password = names.user(SHELTERS), Secrets.load(Settings().data).nats[SHELTERS]
            typer.echo(f"NATS: {names.submit(org)}, {user} / {password}, Authorization: Bearer …", err=True)


async def _create(role: Role, org: str, label: str, days: int) -> str:
    settings = Settings()
    try:
        dsn = administrator_dsn(settings)
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, UnsafeSecrets, asyncpg.PostgresError, TimeoutError):
        raise fail(
            UNREACHABLE,
            "No se alcanza la base de datos. ¿Está en marcha (make up)?",
            "The database cannot be reached. Is it up (make up)?",
        ) from None
    try:
        now = system_clock()
        return await create_token(
            connection, role=role, org=org, label=label, at=now, expires_at=now + timedelta(days=days)
        )
    finally:
        await connection.close()


def administrator_dsn(settings: Settings) -> str:
    """The administrator's way in: the one that was set, or the embedded server's."""
    if settings.postgres_dsn is not None:
        return settings.postgres_dsn.get_secret_value()
    return PostgresServer(settings.data.resolve(), Secrets.load(settings.data)).dsn
