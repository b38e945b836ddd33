"""``canaliza nats …``: who may connect to NATS. Each shelter's software has a user of its own."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from services.cli.client import NO, UNREACHABLE, AsJson, done, fail

Found = TypeVar("Found")

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.chassis.secrets.installation import Secrets
    from services.chassis.settings import Settings

Shelter = Annotated[str, typer.Argument(help="Código del albergue · The shelter's code.")]


@dataclass(frozen=True, slots=True)
class ShelterAccess:
    """What a shelter's software needs to submit by NATS."""

    url: str | None
    """``None``: the embedded server has not been started yet."""
    subject: str
    user: str
    password: str | None = field(repr=False)
    """``None``: it was revoked, or NATS does not know the shelter yet."""
    inbox_prefix: str


def access_of(settings: "Settings", secrets: "Secrets", shelter: str) -> ShelterAccess:
    """The access of one shelter."""
    from services.chassis.names import shelter_user
    from services.local.nats_port import url_in

    names, user = settings.names, shelter_user(shelter)
    return ShelterAccess(
        url=settings.nats_url or url_in(settings.data),
        subject=names.submit(shelter),
        user=names.user(user),
        password=secrets.shelter_nats.get(shelter),
        inbox_prefix=names.inbox(user),
    )


def show(access: ShelterAccess) -> None:
    """Prints an access on standard error, beside a token or a password on standard output."""
    typer.echo(f"NATS: {access.url or '-'}  {access.subject}", err=True)
    typer.echo(f"  usuario · user: {access.user}", err=True)
    typer.echo(f"  contraseña · password: {access.password or 'ninguna · none'}", err=True)
    typer.echo(f"  prefijo de respuestas · inbox prefix: {access.inbox_prefix}", err=True)


def users(
    leaf: Annotated[
        list[str] | None, typer.Option(help="Albergue con nodo propio; puede repetirse · With a leaf node.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Archivo que solo su dueño puede leer · A file for its owner alone.")
    ] = None,
) -> None:
    """Escribe users.conf, con claves, para un NATS propio · Writes users.conf, with passwords, for your own NATS."""
    from services.chassis.private_files import write_private
    from services.chassis.settings import Settings
    from services.local import users_config
    from services.system import own_secrets

    settings = Settings()
    secrets = _trying(lambda: own_secrets(settings))
    text = users_config(secrets, (settings.namespace,), leaf or settings.leaf_shelters)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        write_private(out, text)
    except OSError as error:
        raise fail(NO, f"No se pudo escribir {out}: {error.strerror}", "It could not be written.") from None
    typer.echo(f"{out}: escrito · written", err=True)


def shelters(as_json: AsJson = False) -> None:
    """Los albergues que pueden conectarse · The shelters that may connect."""
    settings, secrets = _installed()
    found = [access_of(settings, secrets, shelter) for shelter in sorted(secrets.shelter_nats)]
    if as_json:
        typer.echo(json.dumps([_told(one) for one in found]))
        return
    for one in found:
        state = "anulado · revoked" if one.password is None else "vigente · admitted"
        typer.echo(f"{one.user:<28} {one.subject:<36} {one.inbox_prefix:<36} {state}")


def renew(shelter: Shelter, as_json: AsJson = False) -> None:
    """Da a un albergue otra clave; la anterior deja de valer · Gives a shelter a new password and ends the old one."""
    from services.chassis.secrets.shelters import renew as renewed

    settings, _ = _installed()
    password = _trying(lambda: renewed(settings.data, settings.keys, shelter))
    secrets = read_again(settings)
    if as_json:
        typer.echo(json.dumps(asdict(access_of(settings, secrets, shelter))))
        return
    typer.echo(password)
    show(access_of(settings, secrets, shelter))


def revoke(shelter: Shelter, as_json: AsJson = False) -> None:
    """Quita a un albergue su clave de NATS, y a ningún otro · Takes away one shelter's NATS password, and no other."""
    from services.chassis.secrets.shelters import revoke as revoked

    settings, _ = _installed()
    _trying(lambda: revoked(settings.data, settings.keys, shelter))
    read_again(settings)
    done({"shelter": shelter, "admitted": False}, f"{shelter}: ya no entra", "may no longer connect", as_json=as_json)


def read_again(settings: "Settings") -> "Secrets":
    """Makes the embedded server read its users again, or says how to do so with one's own."""
    from services.chassis.secrets.installation import Secrets
    from services.local import NatsServer

    secrets = Secrets.load(settings.data, settings.keys)
    if settings.nats_url is None:
        NatsServer(settings.data, secrets, (settings.namespace,), keys=settings.keys).renew_users(secrets)
    else:
        typer.echo(
            "Falta en cada servidor · Still to do on each server: "
            "canaliza nats users > users.conf && nats-server --signal reload",
            err=True,
        )
    return secrets


def _installed() -> tuple["Settings", "Secrets"]:
    from services.chassis.secrets.installation import Secrets
    from services.chassis.settings import Settings

    settings = Settings()
    return settings, _trying(lambda: Secrets.load(settings.data, settings.keys))


def _trying(work: "Callable[[], Found]") -> Found:
    """Runs it; an expected failure becomes a sentence and an exit code."""
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.secrets.shelters import UnknownShelterError

    try:
        return work()
    except UnknownShelterError:
        raise fail(NO, "NATS no conoce ese albergue.", "NATS does not know that shelter.") from None
    except (UnsafeSecretsError, OSError) as error:
        raise fail(UNREACHABLE, f"No se leen las claves: {error}", "The secrets cannot be read.") from None


def _told(access: ShelterAccess) -> dict[str, Any]:
    """An access without its password."""
    told = asdict(access)
    password = told.pop("password")
    return {**told, "admitted": password is not None}
