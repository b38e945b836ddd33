"""``canaliza token …``: a token is shown once and stored as a hash."""

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from events.vocabulary import Role
from services.chassis.authorization.policy import Action
from services.cli.client import NO, UNREACHABLE, AsJson, done, fail

if TYPE_CHECKING:
    import asyncpg

    from services.chassis.settings import Settings

SOON_DAYS = 30
"""The list says how many days are left if they are fewer."""


def create(
    role: Annotated[Role, typer.Option(help="Papel en el programa · Role.")],
    org: Annotated[str, typer.Option(help="Albergue, agencia, o * · Shelter, agency, or *.")],
    label: Annotated[str, typer.Option(help="Código opaco, nunca un nombre · Opaque, never a name.")] = "cli",
    days: Annotated[int, typer.Option(min=1, max=730, help="Días de vigencia · Days it is valid.")] = 365,
    person: Annotated[
        str | None, typer.Option(help="De quién es, si es de una persona · The person it belongs to.")
    ] = None,
    scope: Annotated[
        list[Action] | None, typer.Option(help="Solo para esto; puede repetirse · For this only; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Crea la credencial de un programa y la muestra una sola vez · Makes a program's token and shows it once."""
    import asyncio

    import asyncpg

    from services.chassis.identity.tokens import WrongOrganisationError, check_organisation
    from services.chassis.secrets.installation import Secrets
    from services.chassis.settings import Settings
    from services.cli.nats_users import access_of, show
    from services.programme.directory_file import shelters

    try:
        check_organisation(role, org, shelters())
    except WrongOrganisationError:
        raise fail(2, "Ese papel no existe en esa organización.", "Nobody has that role there.") from None
    settings = Settings()
    try:
        made = asyncio.run(_create(role, org, label, days, person=person, scopes=scope or []))
    except asyncpg.ForeignKeyViolationError:
        raise fail(NO, "No hay una cuenta con ese código.", "There is no account of that code.") from None
    by_nats = None
    if role is Role.INTEGRATOR:
        by_nats = access_of(settings, Secrets.load(settings.data, settings.keys), org)
    if as_json:
        told = {"nats": dataclasses.asdict(by_nats)} if by_nats is not None else {}
        typer.echo(json.dumps({"token": made, "role": role, "org": org, "label": label, **told}))
        return
    typer.echo(made)
    typer.echo("Se muestra solo esta vez · Shown only this time.", err=True)
    if by_nats is not None:
        show(by_nats)


async def _create(role: Role, org: str, label: str, days: int, *, person: str | None, scopes: list[Action]) -> str:
    from services.chassis.clock import system_clock
    from services.chassis.identity.tokens import create_token

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
async def connected() -> AsyncIterator["asyncpg.Connection"]:
    """The administrator's connection.

    Raises:
        typer.Exit: the database cannot be reached.
    """
    import asyncpg

    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.security.acts import COMMAND_LINE, act_as
    from services.chassis.settings import Settings

    settings = Settings()
    try:
        dsn = administrator_dsn(settings)
        connection = await asyncpg.connect(dsn, timeout=5)
        await act_as(connection, settings.operator or COMMAND_LINE)
    except UnsafeSecretsError as error:
        raise fail(
            UNREACHABLE, f"No se pueden usar las claves de esta máquina: {error}", "Its secrets cannot be used."
        ) from None
    except (OSError, asyncpg.PostgresError, TimeoutError):
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
    import asyncio

    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import list_tokens

    async def run() -> list[dict[str, Any]]:
        async with connected() as connection:
            return await list_tokens(connection)

    tokens = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(tokens, default=str))
        return
    now = system_clock()
    for one in tokens:
        scopes = ",".join(one["scopes"] or ["*"])
        until = _until(one["expires_at"], now)
        typer.echo(f"{one['id']}  {one['role']:<22} {one['org']:<12} {one['label']:<12} {until:<28} {scopes}")


def _until(end: datetime | None, now: datetime) -> str:
    """The last day of a token, and how near it is."""
    if end is None:
        return "sin fin · no end"
    days = (end - now).days
    if end <= now:
        return f"{end.date()} (vencida · expired)"
    return f"{end.date()} ({days} d)" if days < SOON_DAYS else f"{end.date()}"


def revoke(
    token: Annotated[UUID, typer.Argument(help="Su número en la lista · Its id in the list.")],
    as_json: AsJson = False,
) -> None:
    """Anula una credencial desde la siguiente solicitud · Ends a token from the next request on."""
    import asyncio

    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import revoke_token

    async def run() -> bool:
        async with connected() as connection:
            return await revoke_token(connection, token, system_clock())

    if not asyncio.run(run()):
        raise fail(NO, "No hay una credencial vigente con ese número.", "There is no such token.")
    done(
        {"revoked": str(token)},
        "Anulada: ya no vale. Si era la de esta terminal: canaliza renew operator",
        "Revoked: no longer valid. If it was this terminal's own: canaliza renew operator",
        as_json=as_json,
    )


def administrator_dsn(settings: "Settings") -> str:
    """The administrator's DSN: that of the settings, or the embedded server's."""
    from services.chassis.secrets.installation import Secrets
    from services.local import PostgresServer

    if settings.postgres_dsn is not None:
        return settings.postgres_dsn.get_secret_value()
    return PostgresServer(settings.data.resolve(), Secrets.load(settings.data, settings.keys)).dsn
