"""``canaliza token …``: a token is shown once and stored as a hash."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import typer

from events.vocabulary import Role
from services.chassis.access import Action
from services.chassis.accounts.administering import list_tokens, revoke_token
from services.chassis.clock import system_clock
from services.chassis.names import SHELTERS
from services.chassis.programme import shelters
from services.chassis.secrets import Secrets, UnsafeSecrets
from services.chassis.settings import Settings
from services.chassis.tokens import WrongOrganisationError, check_organisation, create_token
from services.cli.client import NO, UNREACHABLE, AsJson, fail
from services.local import PostgresServer


def create(
    role: Annotated[Role, typer.Option(help="Papel en el programa · Role.")],
    org: Annotated[str, typer.Option(help="Albergue, agencia, o * · Shelter, agency, or *.")],
    label: Annotated[str, typer.Option(help="Código opaco, nunca un nombre · Opaque, never a name.")] = "cli",
    days: Annotated[int, typer.Option(min=1, max=730, help="Días de vigencia · Days it is valid.")] = 365,
    person: Annotated[
        str | None, typer.Option(help="De quién es, si es de una persona · Whose, if a person's.")
    ] = None,
    scope: Annotated[
        list[Action] | None, typer.Option(help="Solo para esto; puede repetirse · For this only; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Crea una credencial y la muestra una sola vez · Makes a token and shows it once."""
    try:
        check_organisation(role, org, shelters())
    except WrongOrganisationError:
        raise fail(2, "Ese papel no existe en esa organización.", "Nobody has that role there.") from None
    names = Settings().names
    try:
        made = asyncio.run(_create(role, org, label, days, person=person, scopes=scope or []))
    except asyncpg.ForeignKeyViolationError:
        raise fail(NO, "No hay una cuenta con ese código.", "There is no account of that code.") from None
    if as_json:
        typer.echo(json.dumps({"token": made, "role": role, "org": org, "label": label}))
    else:
        typer.echo(made)
        typer.echo("Se muestra solo esta vez · Shown only this time.", err=True)
        if role is Role.INTEGRATOR:
            user, password = names.user(SHELTERS), Secrets.load(Settings().data).nats[SHELTERS]
            typer.echo(f"NATS: {names.submit(org)}, {user} / {password}, Authorization: Bearer …", err=True)


async def _create(role: Role, org: str, label: str, days: int, *, person: str | None, scopes: list[Action]) -> str:
    async with connected() as connection:
        now = system_clock()
        return await create_token(
            connection,
            role=role,
            org=org,
            label=label,
            at=now,
            expires_at=now + timedelta(days=days),
            person=person,
            scopes=scopes or None,
        )


@asynccontextmanager
async def connected() -> AsyncIterator[asyncpg.Connection]:
    """The administrator's connection.

    Raises:
        typer.Exit: the database cannot be reached.
    """
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
        yield connection
    finally:
        await connection.close()


def list_(as_json: AsJson = False) -> None:
    """Las credenciales vigentes, sin mostrarlas · The tokens there are, not shown themselves."""

    async def run() -> list[dict[str, Any]]:
        async with connected() as connection:
            return await list_tokens(connection)

    tokens = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(tokens, default=str))
        return
    for one in tokens:
        until = "" if one["expires_at"] is None else one["expires_at"].date().isoformat()
        scopes = ",".join(one["scopes"] or ["*"])
        typer.echo(f"{one['id']}  {one['role']:<22} {one['org']:<12} {one['label']:<12} {until:<10} {scopes}")


def revoke(token: Annotated[UUID, typer.Argument(help="Su número en la lista · Its id in the list.")]) -> None:
    """Anula una credencial desde la siguiente solicitud · Ends a token from the next request on."""

    async def run() -> bool:
        async with connected() as connection:
            return await revoke_token(connection, token, system_clock())

    if not asyncio.run(run()):
        raise fail(NO, "No hay una credencial vigente con ese número.", "There is no such token.")


def administrator_dsn(settings: Settings) -> str:
    """The administrator's way in: the one that was set, or the embedded server's."""
    if settings.postgres_dsn is not None:
        return settings.postgres_dsn.get_secret_value()
    return PostgresServer(settings.data.resolve(), Secrets.load(settings.data)).dsn
