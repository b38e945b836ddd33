"""How a command reaches the system: on its own machine without a token, from elsewhere with one."""

from typing import Annotated, Any

import httpx2
import typer

from services.chassis.secrets import Secrets, UnsafeSecrets
from services.chassis.settings import Settings

NO, UNREACHABLE, NOT_ALLOWED = 1, 3, 4

Url = Annotated[
    str | None,
    typer.Option("--url", help="Dirección del sistema, si está en otra máquina · Where the system is."),
]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="CANALIZA_TOKEN", help="Credencial, desde otra máquina · Token."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Para otros programas · For other programs.")]


def fail(code: int, es: str, en: str) -> typer.Exit:
    """Says what is wrong on standard error; raise what it returns."""
    typer.echo(f"{es}\n{en}", err=True)
    return typer.Exit(code)


def way_in(url: str | None, token: str | None) -> tuple[str, str]:
    """The system's address and the ``Authorization`` to use: this machine's operator's, or the token given.

    Raises:
        typer.Exit: no way in was found.
    """
    settings = Settings()
    if token is None and url is not None:
        raise fail(NOT_ALLOWED, "Desde otra máquina hace falta --token.", "From elsewhere --token is needed.")
    if token is None:
        try:
            token = Secrets.load(settings.data).operator_token
        except UnsafeSecrets as error:
            raise fail(UNREACHABLE, f"No hay un sistema en {settings.data}: {error}", "No system there.") from None
    return url or f"http://{settings.host}:{settings.port}", f"Bearer {token}"


def get(path: str, params: dict[str, Any], url: str | None, token: str | None) -> Any:
    """A GET as the operator of this machine, or with the token given. Returns the JSON answer.

    Raises:
        typer.Exit: with the code of the fault, after saying it.
    """
    return ask("GET", path, url, token, params=params)


def ask(method: str, path: str, url: str | None, token: str | None, **options: Any) -> Any:
    """A request as the operator of this machine, or with the token given. Returns the JSON answer.

    Raises:
        typer.Exit: with the code of the fault, after saying it.
    """
    base, authorization = way_in(url, token)
    try:
        answer = httpx2.request(
            method, f"{base}{path}", headers={"Authorization": authorization}, timeout=30, **options
        )
    except httpx2.HTTPError:
        raise fail(
            UNREACHABLE,
            f"No hay respuesta en {base}. ¿Está en marcha (make up)? ¿Es ese el CANALIZA_PORT?",
            "No answer there. Is it up (make up)? Is that the CANALIZA_PORT?",
        ) from None
    if answer.status_code in (401, 403):
        raise fail(NOT_ALLOWED, "La credencial no lo permite.", "The credential does not allow it.")
    if answer.status_code == 404:
        raise fail(NO, "No existe, o no le corresponde.", "It does not exist, or is not yours to see.")
    if answer.is_error:
        raise fail(NO, f"El sistema respondió {answer.status_code}.", f"The system answered {answer.status_code}.")
    return answer.json()
