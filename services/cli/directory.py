"""``canaliza directory check`` and ``phones``: checks a directory, prints the phone list. Both work offline."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.client import NO, AsJson, fail

if TYPE_CHECKING:
    from services.directory.model import Directory

ContactsFile = Annotated[
    Path | None, typer.Option("--contacts", help="Contactos de la instalación (CANALIZA_CONTACTS) · Contacts.")
]


def check(
    file: Annotated[Path | None, typer.Argument(help="Directorio YAML; sin él, el vigente · YAML file.")] = None,
    without: Annotated[
        str | None, typer.Option("--without", help="Como si esta persona estuviera dada de baja · As if disabled.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Revisa un directorio y dice quién quedaría sin nadie · Checks it; names who is left alone."""
    from services.directory.loading import version_of
    from services.directory.stranded import stranded

    directory = loaded(file)
    if without is not None and without not in directory.people:
        raise fail(2, "Esa persona no está en el directorio.", "That person is not in the directory.")
    left = stranded(directory, without=without)
    refused = any(one.at_once for one in left)
    if as_json:
        answer = {"version": version_of(directory), "ok": not refused, "stranded": [asdict(one) for one in left]}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for one in left:
            mark = "✗" if one.at_once else "!"
            typer.echo(f"  {mark} {one.who}: {one.es} · {one.en}")
        shelters, desks = len(directory.shelters), len(directory.duty_desks)
        typer.echo(f"Directorio {version_of(directory)}: {shelters} albergues, {desks} mesas")
    if refused:
        raise typer.Exit(NO)


def phones(
    shelter: Annotated[str | None, typer.Option("--shelter", help="Para un albergue · For one shelter.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Una página A4 · One A4 page.")] = False,
    contacts: ContactsFile = None,
    as_json: AsJson = False,
) -> None:
    """La lista de teléfonos para la pared, 911 primero · The phone list for the wall, the emergency number first."""
    from services.chassis.settings import Settings
    from services.directory.phones import page, phone_list, plain

    directory = loaded()
    if shelter is not None and shelter not in directory.shelters:
        raise fail(2, "Ese albergue no está en el directorio.", "That shelter is not in the directory.")
    contacts_file = contacts or Settings().contacts
    sheet = phone_list(directory, numbers(contacts_file) if contacts_file else {}, shelter)
    if as_json:
        typer.echo(json.dumps(asdict(sheet), ensure_ascii=False, indent=2))
    else:
        typer.echo(page(sheet) if html else plain(sheet), nl=False)


def loaded(file: Path | None = None) -> "Directory":
    """The directory of a file, or the one in force.

    Raises:
        typer.Exit: it cannot be read or has faults, which are printed.
    """
    from services.directory.loading import load_directory
    from services.programme.directory_file import directory_file
    from services.programme.policy_file import PolicyFaultsError

    try:
        return load_directory(file)
    except PolicyFaultsError as error:
        for fault in error.faults:
            typer.echo(f"  {fault}", err=True)
        raise fail(NO, "El directorio no es válido.", "The directory is not valid.") from None
    except OSError:
        raise fail(2, f"No se puede leer {file or directory_file()}.", "It cannot be read.") from None


def numbers(path: Path) -> dict[str, list[str]]:
    """The telephones of a contacts file, by desk.

    Raises:
        typer.Exit: it cannot be read.
    """
    from services.directory.phones import numbers_in

    try:
        return numbers_in(path)
    except (OSError, ValueError):
        raise fail(2, f"No se puede leer {path} como contactos.", "It cannot be read as contacts.") from None
