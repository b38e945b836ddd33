"""``canaliza shelter close``: a shelter leaves the programme, and nobody else notices."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.accounts import connected
from services.cli.client import NO, UNREACHABLE, WRONG, AsJson, fail

if TYPE_CHECKING:
    from services.chassis.settings import Settings
    from services.rotation.leaving import OpenCase


def close(
    shelter: Annotated[str, typer.Argument(help="Código del albergue · The shelter's code.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Aunque tenga casos abiertos · Even if it holds open cases.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Cierra cuentas, credenciales, NATS y teléfonos de un albergue · Closes all access of one shelter.

    Con casos abiertos los enumera, con lo que falta en cada uno, y no cierra nada sin --yes · With open cases it lists
    them, with what is to be done for each, and closes nothing without --yes.
    """
    from services.chassis.errors import StoreUnavailableError
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop, logging
    from services.programme.directory_file import shelters
    from services.rotation.leaving import open_cases

    if shelter not in shelters():
        raise fail(WRONG, "Ese albergue no está en el directorio.", "That shelter is not in the directory.")
    logging.configure("ERROR")
    try:
        settings = _with_servers()
        left = event_loop.run(open_cases(settings, shelter))
        if left and not yes:
            _refuse(shelter, left, as_json=as_json)
        accounts, tokens, telephones = event_loop.run(_close(settings, shelter))
        _close_nats(shelter)
    except (StoreUnavailableError, UnsafeSecretsError, OSError) as error:
        raise fail(
            UNREACHABLE,
            f"No se pudo terminar ({type(error).__name__}). Lo hecho queda; repita la orden.",
            "It could not be finished. What was done stays; give the command again.",
        ) from None
    done = {"shelter": shelter, "accounts": accounts, "tokens": tokens, "telephones": telephones}
    if as_json:
        typer.echo(json.dumps(done | {"open_cases": [asdict(one) for one in left]}))
        return
    _show(left)
    typer.echo(
        f"{shelter}: {accounts} cuentas, {tokens} credenciales y {telephones} teléfonos cerrados; NATS cerrado.\n"
        f"{shelter}: {accounts} accounts, {tokens} tokens and {telephones} telephones closed; NATS closed.",
        err=True,
    )


def _refuse(shelter: str, left: "Sequence[OpenCase]", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"shelter": shelter, "closed": False, "open_cases": [asdict(one) for one in left]}))
    else:
        _show(left)
    raise fail(
        NO,
        f"{shelter} tiene {len(left)} casos abiertos, y nadie más puede hacer lo que falta en ellos. No se cerró nada."
        " Si no puede esperar (un robo), repita con --yes y guarde la lista.",
        f"{shelter} holds {len(left)} open cases, and nobody else can do what is to be done for them. Nothing was"
        " closed. If it cannot wait (a theft), repeat with --yes and keep the list.",
    )


def _show(left: "Sequence[OpenCase]") -> None:
    """A line for each case: its receipt, and what its shelter does before it leaves."""
    for one in left:
        es = ["responder lo que espera"] if one.waits else []
        en = ["answer what waits"] if one.waits else []
        es += ["lleva hoja: el siguiente albergue lo toma con ella"] if one.has_slip else ["darle su hoja a la persona"]
        en += ["has a slip: the next shelter takes it over"] if one.has_slip else ["give the person a slip"]
        typer.echo(f"{one.receipt}  ({one.referrals})  {'; '.join(es)} · {'; '.join(en)}")


def _with_servers() -> "Settings":
    """The settings, with the addresses of this machine's own servers unless they say others."""
    from pydantic import SecretStr

    from services.chassis.settings import Settings
    from services.cli.accounts import administrator_dsn
    from services.local.nats_port import url_in

    settings = Settings()
    found = {
        "postgres_dsn": SecretStr(administrator_dsn(settings)),
        "nats_url": settings.nats_url or url_in(settings.data) or "nats://127.0.0.1:4222",
    }
    return settings.model_copy(update=found)


async def _close(settings: "Settings", shelter: str) -> tuple[int, int, int]:
    """Its accounts and tokens first: whoever is let in could enrol another telephone."""
    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import close_organisation
    from services.rotation.leaving import close_telephones

    async with connected() as connection:
        accounts, tokens = await close_organisation(connection, shelter, system_clock())
    return accounts, tokens, await close_telephones(settings, shelter)


def _close_nats(shelter: str) -> None:
    from contextlib import suppress

    from services.chassis.secrets.shelters import UnknownShelterError, revoke
    from services.chassis.settings import Settings
    from services.cli.nats_users import read_again

    settings = Settings()  # without the addresses that were found: read_again tells its own servers from others
    with suppress(UnknownShelterError):  # its software never had access
        revoke(settings.data, settings.keys, shelter)
        read_again(settings)
