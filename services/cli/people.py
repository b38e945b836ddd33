"""``canaliza account …``: people who sign in. A person is a code; a first sign-in is by a code that is good once."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

import asyncpg
import typer

from events.vocabulary import Role
from services.chassis.accounts import administering
from services.chassis.accounts.administering import NoSuchPersonError, PersonExistsError
from services.chassis.accounts.policy import INVITED, MUST_HAVE_SECOND_FACTOR
from services.chassis.clock import system_clock
from services.chassis.programme import shelters
from services.chassis.settings import Settings
from services.chassis.tokens import WrongOrganisationError, check_organisation
from services.cli.accounts import connected
from services.cli.client import NO, AsJson, fail
from services.directory.loading import load_directory
from services.directory.model import Directory, Person
from services.directory.stranded import Stranded, stranded

T = TypeVar("T")

Code = Annotated[str, typer.Argument(help="Código de la persona, p-003 · The person's code.")]


def create(
    person: Code,
    role: Annotated[Role, typer.Option(help="Papel en el programa · Role.")],
    org: Annotated[str, typer.Option(help="Albergue, agencia, o * · Shelter, agency, or *.")],
    label: Annotated[str, typer.Option(help="Cómo se muestra; nunca un nombre · Shown; never a name.")] = "",
    language: Annotated[str, typer.Option(help="Idioma · Language (BCP 47).")] = "es",
    time_zone: Annotated[str, typer.Option(help="Zona horaria · Time zone.")] = "America/Mexico_City",
    as_json: AsJson = False,
) -> None:
    """Crea una cuenta y muestra el código de primera vez · Makes an account and shows its first-time code."""
    try:
        check_organisation(role, org, shelters())
    except WrongOrganisationError:
        raise fail(2, "Ese papel no existe en esa organización.", "Nobody has that role there.") from None
    code = _done(
        lambda connection: administering.create_person(
            connection,
            person,
            label=label or person,
            role=role,
            org=org,
            language=language,
            time_zone=time_zone,
            at=system_clock(),
        )
    )
    _show(person, code, as_json=as_json, second=role in MUST_HAVE_SECOND_FACTOR)


def reset(person: Code, as_json: AsJson = False) -> None:
    """Quita contraseña y segundo factor; da otro código · Takes password and second factor away; a new code."""
    code = _done(lambda connection: administering.reset_person(connection, person, system_clock()))
    _show(person, code, as_json=as_json, second=False)


def disable(
    person: Code,
    anyway: Annotated[bool, typer.Option("--anyway", help="Aunque falte alguien · Whatever it strands.")] = False,
) -> None:
    """Cierra una cuenta desde la siguiente solicitud · Ends an account from the next request on."""
    left = newly_stranded(load_directory(Settings().directory), _done(administering.list_people), person)
    for one in left:
        typer.echo(f"{one.who}: {one.es} · {one.en}", err=True)
    if left and not anyway:
        raise fail(
            NO,
            "Alguien quedaría sin nadie. Ponga antes a otra persona, o use --anyway.",
            "That would leave somebody without anybody. Put another person there first, or use --anyway.",
        )
    _done(lambda connection: administering.disable_person(connection, person, system_clock()))


def enable(person: Code) -> None:
    """Abre otra vez una cuenta · Opens an account again."""
    _done(lambda connection: administering.enable_person(connection, person))


def link(
    person: Code,
    issuer: Annotated[str, typer.Option(help="Dirección del proveedor (iss) · The provider's address.")],
    subject: Annotated[str, typer.Option(help="Su identificador allí (sub), no un correo · Its id of them.")],
) -> None:
    """Enlaza una cuenta con la de su organización · Links an account to their organisation's."""
    _done(lambda connection: administering.link_identity(connection, person, issuer, subject, system_clock()))


def list_(as_json: AsJson = False) -> None:
    """Las cuentas · The accounts."""
    people = _done(administering.list_people)
    if as_json:
        typer.echo(json.dumps(people))
        return
    for one in people:
        second = "2F" if one["second_factor"] else "--"
        typer.echo(f"{one['person']:<9} {one['role']:<22} {one['org']:<12} {one['state']:<9} {second}  {one['label']}")


def newly_stranded(directory: Directory, people: Iterable[Mapping[str, Any]], without: str) -> list[Stranded]:
    """Who would be left without anybody at once if this account were closed, and is not so already.

    Whoever has an account is as their account says; of the others the directory speaks.
    """
    known = {
        one["person"]: Person(org=one["org"], role=one["role"], disabled=one["state"] != "active") for one in people
    }
    now = directory.model_copy(update={"people": {**directory.people, **known}})
    before = set(stranded(now))
    return [one for one in stranded(now, without=without) if one.at_once and one not in before]


def _show(person: str, code: str, *, as_json: bool, second: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"person": person, "first_time_code": code, "second_factor_needed": second}))
        return
    typer.echo(code)
    hours = int(INVITED.total_seconds() // 3600)
    typer.echo(
        f"Se muestra solo esta vez; sirve una vez, {hours} horas, en /entrar/primera con la cuenta {person}.\n"
        f"Shown only this time; good once, for {hours} hours, at /entrar/primera with that account.",
        err=True,
    )


def _done(work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        async with connected() as connection:
            return await work(connection)

    try:
        return asyncio.run(run())
    except NoSuchPersonError:
        raise fail(NO, "No hay una cuenta con ese código.", "There is no account of that code.") from None
    except PersonExistsError:
        raise fail(NO, "Ya está en uso.", "It is in use already.") from None
    except asyncpg.CheckViolationError:
        raise fail(2, "El código de una persona es p- y números.", "A person's code is p- and digits.") from None
