"""``canaliza contacts …``: how the staff is reached. An address is written in a file and shown nowhere again."""

import json
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from services.chassis.policy_file import PolicyFaultsError, read
from services.cli.client import NO, AsJson, Token, Url, ask, fail, get
from services.notifications.contacts import UnknownDeskError, from_file
from services.notifications.desks_file import refuse_unknown_desks

Code = Annotated[str, typer.Argument(help="El código del contacto, p. ej. p-049 · The contact's code.")]


def import_(
    file: Annotated[Path, typer.Argument(help="Contactos en YAML, en lugar de todos los de antes · YAML file.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Pone estos contactos en lugar de los que había · Puts these contacts in the place of all others."""
    try:
        refuse_unknown_desks(file)
        said = read(file)
        from_file(said)
    except OSError:
        raise fail(2, f"No se puede leer {file}.", "It cannot be read.") from None
    except PolicyFaultsError as error:
        for fault in error.faults:
            typer.echo(f"  {fault}", err=True)
        raise fail(NO, "Los contactos no son válidos.", "The contacts are not valid.") from None
    except UnknownDeskError as error:
        raise fail(NO, f"{error}: no es una mesa de una agencia.", "Not a desk of an agency.") from None
    answer = ask("PUT", "/api/v1/contacts", url, token, json={"command_id": str(uuid4()), "contacts": said.data})
    typer.echo(f"{answer['contacts']} contactos, {answer['changed']} cambiaron · changed")


def listed(as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Los contactos, sin direcciones · The contacts, without addresses."""
    items = get("/api/v1/contacts", {}, url, token)["items"]
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
        return
    for one in items:
        channels = ", ".join(one["channels"] if one["usable"] else ["sin canal configurado · no channel configured"])
        mark = "✗ baja · disabled" if one["disabled"] else channels
        typer.echo(f"  {one['contact']:<28} {mark:<40} {' '.join(one['told_by'])}")


def disable(contact: Code, url: Url = None, token: Token = None) -> None:
    """Deja de avisar a un contacto; en su lugar se avisa al siguiente · Nobody is told there any more."""
    _set("disable", contact, url, token)


def enable(contact: Code, url: Url = None, token: Token = None) -> None:
    """Vuelve a avisar a un contacto · It is told again."""
    _set("enable", contact, url, token)


def _set(what: str, contact: str, url: str | None, token: str | None) -> None:
    body = {"command_id": str(uuid4()), "contact": contact}
    answer = ask("POST", f"/api/v1/contacts/{what}", url, token, json=body)
    typer.echo(f"{answer['contact']}: {'baja · disabled' if answer['disabled'] else 'activo · active'}")
