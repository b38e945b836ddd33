"""``canaliza contacts …``: the staff's contacts. Addresses are imported from a file and never shown."""

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from services.chassis.locales import ENGLISH, SPANISH, Translator, catalogue
from services.cli.client import NO, AsJson, InEnglish, Token, Url, ask, fail, get

WORDS = catalogue(__name__)

Code = Annotated[str, typer.Argument(help="El código del contacto, p. ej. p-049 · The contact's code.")]


def import_(
    file: Annotated[Path, typer.Argument(help="Contactos en YAML, en lugar de todos los de antes · YAML file.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Pone estos contactos en lugar de los que había · Replaces all contacts."""
    from services.notifications.contacts.agency_check import UnknownDeskError, refuse_unknown_desks
    from services.notifications.contacts.loader import contacts_in
    from services.programme.policy_file import PolicyFaultsError, read

    try:
        refuse_unknown_desks(file)
        contents = read(file)
        contacts_in(contents)
    except OSError:
        raise fail(2, f"No se puede leer {file}.", "It cannot be read.") from None
    except PolicyFaultsError as error:
        for fault in error.faults:
            typer.echo(f"  {fault}", err=True)
        raise fail(NO, "Los contactos no son válidos.", "The contacts are not valid.") from None
    except UnknownDeskError as error:
        raise fail(NO, f"{error}: no es una mesa de una agencia.", "Not a desk of an agency.") from None
    answer = ask("PUT", "/api/v1/contacts", url, token, json={"command_id": str(uuid4()), "contacts": contents.data})
    typer.echo(
        json.dumps(answer) if as_json else f"{answer['contacts']} contactos, {answer['changed']} cambiaron · changed"
    )


def listed(as_json: AsJson = False, english: InEnglish = False, url: Url = None, token: Token = None) -> None:
    """Los contactos, sin direcciones · The contacts, without addresses."""
    items = get("/api/v1/contacts", {}, url, token)["items"]
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
        return
    say = WORDS(ENGLISH if english else SPANISH)
    for item in items:
        typer.echo(_line(item, say))


def _line(item: dict[str, Any], say: Translator) -> str:
    """A contact's code (for ``disable``), its duty and channels in words, and the desks whose alerts it receives."""
    whose = say("contacts.person") if item["duty"] is None else say(f"duty.{item['duty']}")
    if item["disabled"]:
        channels = say("contacts.disabled")
    else:
        channels = ", ".join(say(f"channel.{one}") for one in item["usable"]) or say("contacts.no_channel")
    alerted_by = say("contacts.alerted_by", desks=", ".join(item["told_by"])) if item["told_by"] else ""
    return f"  {item['contact']:<28} {whose:<24} {channels:<28} {alerted_by}".rstrip()


def disable(contact: Code, as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Deja de avisar a un contacto; se avisa al siguiente · Stops alerting a contact; the next one is alerted."""
    _set("disable", contact, url, token, as_json=as_json)


def enable(contact: Code, as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Vuelve a avisar a un contacto · Alerts a contact again."""
    _set("enable", contact, url, token, as_json=as_json)


def _set(what: str, contact: str, url: str | None, token: str | None, *, as_json: bool) -> None:
    body = {"command_id": str(uuid4()), "contact": contact}
    answer = ask("POST", f"/api/v1/contacts/{what}", url, token, json=body)
    if as_json:
        typer.echo(json.dumps(answer))
        return
    typer.echo(f"{answer['contact']}: {'baja · disabled' if answer['disabled'] else 'activo · active'}")
