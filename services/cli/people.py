"""``canaliza account …``: accounts of people, who are known by codes. A first sign-in uses a one-time code."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from events.vocabulary import Role
from services.chassis.clock import MEXICO
from services.cli.accounts import connected
from services.cli.client import NO, AsJson, done, fail

if TYPE_CHECKING:
    import asyncpg

    from services.directory.model import Directory
    from services.directory.stranded import Stranded

T = TypeVar("T")

Code = Annotated[str, typer.Argument(help="Código de la persona, p-003 · The person's code.")]


def create(
    person: Code,
    role: Annotated[Role, typer.Option(help="Papel en el programa · Role.")],
    org: Annotated[str, typer.Option(help="Albergue, agencia, o * · Shelter, agency, or *.")],
    label: Annotated[str, typer.Option(help="Cómo se muestra; nunca un nombre · Shown; never a name.")] = "",
    language: Annotated[str, typer.Option(help="Idioma · Language (BCP 47).")] = "es",
    time_zone: Annotated[str, typer.Option(help="Zona horaria · Time zone.")] = MEXICO.key,
    as_json: AsJson = False,
) -> None:
    """Crea una cuenta y muestra el código de primera vez · Makes an account and shows its first-time code."""
    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import create_person
    from services.chassis.identity.policy import MUST_HAVE_SECOND_FACTOR
    from services.chassis.identity.tokens import WrongOrganisationError, check_organisation
    from services.programme.directory_file import shelters

    try:
        check_organisation(role, org, shelters())
    except WrongOrganisationError:
        raise fail(2, "Ese papel no existe en esa organización.", "Nobody has that role there.") from None
    _not_elsewhere(person, role, org)
    code = _done(
        lambda connection: create_person(
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


def _not_elsewhere(person: str, role: Role, org: str) -> None:
    """Refuses an account for somebody whom the directory has in another place or role: their alerts go there.

    Raises:
        typer.Exit: the directory says otherwise.
    """
    from services.cli.directory import loaded

    listed = loaded().people.get(person)
    if listed is not None and (listed.org, listed.role) != (org, role):
        raise fail(
            NO,
            f"El directorio tiene a {person} como {listed.role} de {listed.org}: corríjalo antes, o use otro código.",
            f"The directory has {person} as {listed.role} of {listed.org}: correct it first, or use another code.",
        )


def reset(person: Code, as_json: AsJson = False) -> None:
    """Quita contraseña y segundo factor y da otro código; compruebe antes quién es · A new code; be sure who it is.

    Contraseña, segundo factor y sesiones de antes terminan · Password, second factor and sessions end.
    """
    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import reset_person

    code = _done(lambda connection: reset_person(connection, person, system_clock()))
    _show(person, code, as_json=as_json, second=False)


def disable(
    person: Code,
    anyway: Annotated[bool, typer.Option("--anyway", help="Aunque falte alguien · Even if nobody is left.")] = False,
    as_json: AsJson = False,
) -> None:
    """Cierra una cuenta desde la siguiente solicitud · Ends an account from the next request on."""
    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import disable_person, list_people
    from services.chassis.settings import Settings
    from services.directory.loading import load_directory

    left = newly_stranded(load_directory(Settings().directory), _done(list_people), person)
    for one in left:
        typer.echo(f"{one.who}: {one.es} · {one.en}", err=True)
    if left and not anyway:
        raise fail(
            NO,
            "Alguien quedaría sin nadie. Ponga antes a otra persona, o use --anyway.",
            "That would leave somebody without anybody. Put another person there first, or use --anyway.",
        )
    _done(lambda connection: disable_person(connection, person, system_clock()))
    done({"person": person, "state": "disabled"}, f"{person}: cuenta cerrada", "account closed", as_json=as_json)


def enable(person: Code, as_json: AsJson = False) -> None:
    """Abre otra vez una cuenta · Opens an account again."""
    from services.chassis.identity.administration import enable_person

    _done(lambda connection: enable_person(connection, person))
    done({"person": person, "state": "active"}, f"{person}: cuenta abierta", "account open", as_json=as_json)


def link(
    person: Code,
    issuer: Annotated[str, typer.Option(help="Dirección del proveedor (iss) · The provider's address.")],
    subject: Annotated[str, typer.Option(help="Su identificador allí (sub), no un correo · The subject id there.")],
    as_json: AsJson = False,
) -> None:
    """Enlaza una cuenta con la de su organización · Links an account to their organisation's."""
    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import link_identity

    _done(lambda connection: link_identity(connection, person, issuer, subject, system_clock()))
    done({"person": person, "issuer": issuer}, f"{person}: cuenta enlazada", "account linked", as_json=as_json)


def end_sessions(
    person: Annotated[str | None, typer.Argument(help="Código de la persona · The person's code.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="De todas las cuentas · Of every account.")] = False,
    as_json: AsJson = False,
) -> None:
    """Cierra las sesiones de una persona, o todas · Ends the sessions of a person, or all of them."""
    from services.chassis.clock import system_clock
    from services.chassis.identity.administration import end_sessions as end

    if (person is None) != everybody:
        raise fail(2, "Una persona, o --everybody.", "One person, or --everybody.")
    ended = _done(lambda connection: end(connection, person, system_clock()))
    done({"ended": ended}, f"{ended} sesiones cerradas", f"{ended} sessions ended", as_json=as_json)


def list_(as_json: AsJson = False) -> None:
    """Las cuentas · The accounts."""
    from services.chassis.identity.administration import list_people

    people = _done(list_people)
    if as_json:
        typer.echo(json.dumps(people))
        return
    for one in people:
        second = "2F" if one["second_factor"] else "--"
        typer.echo(f"{one['person']:<9} {one['role']:<22} {one['org']:<12} {one['state']:<9} {second}  {one['label']}")


def newly_stranded(directory: "Directory", people: Iterable[Mapping[str, Any]], without: str) -> "list[Stranded]":
    """What would have nobody left if this account were closed, and still has somebody now.

    People with an account have its role and state, the others those of the directory.
    """
    from services.directory.model import Person
    from services.directory.stranded import stranded

    from_accounts = {
        one["person"]: Person(org=one["org"], role=one["role"], disabled=one["state"] != "active") for one in people
    }
    now = directory.model_copy(update={"people": {**directory.people, **from_accounts}})
    before = set(stranded(now))
    return [one for one in stranded(now, without=without) if one.at_once and one not in before]


def _show(person: str, code: str, *, as_json: bool, second: bool) -> None:
    from services.chassis.identity.policy import INVITATION_LIFETIME

    if as_json:
        typer.echo(json.dumps({"person": person, "first_time_code": code, "second_factor_needed": second}))
        return
    typer.echo(code)
    hours = int(INVITATION_LIFETIME.total_seconds() // 3600)
    typer.echo(
        f"Se muestra solo esta vez; sirve una vez, {hours} horas, en /entrar/primera con la cuenta {person}.\n"
        f"Shown only this time; good once, for {hours} hours, at /entrar/primera with that account.",
        err=True,
    )


def _done(work: "Callable[[asyncpg.Connection], Awaitable[T]]") -> T:
    import asyncio

    import asyncpg

    from services.chassis.identity.administration import NoSuchPersonError, PersonExistsError

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
