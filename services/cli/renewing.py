"""``canaliza renew``: replaces passwords and keys while the system runs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.client import NO, UNREACHABLE, WRONG, AsJson, fail

if TYPE_CHECKING:
    from services.chassis.settings import Settings
    from services.rotation.renewal import Place, Waits

LISTED = "postgres, postgres-admin, nats, nats-admin, nats-files, operator, streams, links, accounts, transit"
"""The words, for the help: what knows them is loaded when a command is given."""


def renew(
    what: Annotated[str, typer.Argument(help=f"Qué · What: {LISTED}.")],
    forget: Annotated[
        bool, typer.Option("--forget", help="Olvidar las llaves anteriores · Forget the former keys.")
    ] = False,
    disconnect: Annotated[
        bool, typer.Option("--disconnect", help="Cortar las conexiones abiertas · End open connections (postgres).")
    ] = False,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare", help="Solo escribir los archivos, para llevarlos a otros equipos · Only write files."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Cambia una clave o llave sin detener nada; repetirla la termina · Renews a secret; again: goes on."""
    from services.rotation.commands import RENEWALS

    renewal = RENEWALS.get(what)
    if renewal is None:
        raise fail(WRONG, f"Se renuevan: {LISTED}.", "There is no such secret.")
    if forget and not renewal.lasting:
        raise fail(WRONG, "De esa no queda nada anterior.", "Nothing former is kept of that one.")
    if disconnect and what != "postgres":
        raise fail(WRONG, "--disconnect es de postgres.", "--disconnect is for postgres.")
    if prepare and not renewal.services:
        raise fail(WRONG, "Ningún servicio tiene esa: no hay nada que llevar.", "No service has it: nothing to bring.")
    if prepare and (forget or disconnect):
        raise fail(WRONG, "--prepare va sin otra opción.", "--prepare goes with no other option.")
    waits, number = _run(what, forget=forget, disconnect=disconnect, prepare=prepare)
    if as_json:
        typer.echo(json.dumps({"what": what, "done": waits is None, "to_do": waits and waits.en, "number": number}))
    elif forget:
        typer.echo(f"{what}: {number} llaves anteriores olvidadas · former keys forgotten", err=True)
    else:
        said = f"{waits.es}\n{waits.en}" if waits else f"{what}: hecho · done"
        typer.echo(said, err=True)


def _run(what: str, *, forget: bool, disconnect: bool, prepare: bool) -> "tuple[Waits | None, int]":
    import asyncpg
    from nats.errors import Error as NatsError

    from services.chassis.errors import StoreUnavailableError
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop, logging
    from services.chassis.settings import Settings
    from services.local import AlreadyRunning, CannotStart
    from services.rotation import commands, postgres
    from services.rotation.renewal import NotOursError

    logging.configure("ERROR")
    event_loop.settle()
    settings = Settings()

    async def run() -> "tuple[Waits | None, int]":
        async with _place(settings) as place:
            if forget:
                return None, commands.forget(what, place)
            if prepare:
                return await commands.prepare(what, place), 0
            waits = await commands.renew(what, place)
            return waits, await postgres.end_connections(place) if disconnect else 0

    try:
        return event_loop.run(run())
    except NotOursError as error:
        raise fail(NO, error.es, error.en) from None
    except (AlreadyRunning, CannotStart, UnsafeSecretsError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
    except (OSError, NatsError, asyncpg.PostgresError, StoreUnavailableError) as error:
        raise fail(
            UNREACHABLE,
            f"No se alcanza un servidor ({type(error).__name__}). Lo hecho queda; repita la orden.",
            "A server cannot be reached. What was done stays; give the command again.",
        ) from None


@asynccontextmanager
async def _place(settings: "Settings") -> "AsyncIterator[Place]":
    """The servers of the settings, or this machine's own, which are started if they are down."""
    import asyncpg
    from pydantic import SecretStr

    from services.chassis.secrets.folder import keys_folder
    from services.cli.accounts import administrator_dsn
    from services.local import local_servers
    from services.local.nats_port import url_in
    from services.programme.directory_file import shelters
    from services.rotation.files import SecretFiles
    from services.rotation.renewal import Place

    files = SecretFiles(settings, keys_folder(settings.data, settings.keys))
    own_postgres, own_nats = settings.postgres_dsn is not None, settings.nats_url is not None

    def place(dsn: str, url: str | None) -> Place:
        with_servers = settings.model_copy(update={"postgres_dsn": SecretStr(dsn), "nats_url": url})
        return Place(with_servers, dsn, files, own_postgres=own_postgres, own_nats=own_nats)

    found = place(administrator_dsn(settings), settings.nats_url or url_in(settings.data))
    try:
        async with found.administrator():
            running = True
    except (OSError, asyncpg.CannotConnectNowError):
        running = own_postgres
    if running:
        yield found
        return
    async with local_servers(
        settings.data,
        settings.keys,
        namespaces=(settings.namespace,),
        shelters=shelters(),
        nats_port=settings.nats_port,
    ) as servers:
        yield place(servers.postgres_dsn, settings.nats_url or servers.nats_url)
