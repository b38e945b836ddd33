"""How a command reaches the system: on its own machine without a token, from elsewhere with one."""

from collections.abc import Container
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.chassis import own_system
from services.chassis.private_files import UnsafeSecretsError

if TYPE_CHECKING:
    from ssl import SSLContext

    from httpx2 import Response

NO, WRONG, UNREACHABLE, NOT_ALLOWED = 1, 2, 3, 4

Url = Annotated[
    str | None,
    typer.Option("--url", help="Dirección del sistema, si está en otra máquina · Where the system is."),
]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="CANALIZA_TOKEN", help="Credencial, desde otra máquina · Token."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Para otros programas · For other programs.")]
InEnglish = Annotated[bool, typer.Option("--en", help="In English.")]


def fail(code: int, es: str, en: str) -> typer.Exit:
    """Prints the sentence on standard error and returns the exception to raise."""
    typer.echo(f"{es}\n{en}", err=True)
    return typer.Exit(code)


def done(told: dict[str, Any], es: str, en: str, *, as_json: bool) -> None:
    """Says that it was done: what to whom for a program, a sentence on standard error for people."""
    import json

    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{es} · {en}", err=True)


def way_in(url: str | None, token: str | None) -> tuple[str, str]:
    """The system's address and the ``Authorization`` to use: this machine's operator's, or the token given.

    Raises:
        typer.Exit: no address or no credential was found.
    """
    if token is None and url is not None:
        raise fail(NOT_ALLOWED, "Desde otra máquina hace falta --token.", "From elsewhere --token is needed.")
    try:
        base = url or own_system.address()
    except own_system.PlainAddressError:
        raise fail(WRONG, "CANALIZA_URL: en otra máquina, con https://", "On another machine, by https://.") from None
    except ValueError:
        raise fail(WRONG, "CANALIZA_PORT no es un puerto.", "CANALIZA_PORT is not a port.") from None
    if token is None:
        folder = own_system.secrets_folder()
        try:
            token = own_system.operator_token(folder)
        except UnsafeSecretsError as error:
            raise fail(UNREACHABLE, f"No hay un sistema en {folder}: {error}", "No system there.") from None
    return base, f"Bearer {token}"


def trust(base: str) -> "SSLContext | bool":
    """The certificates to trust: the machine's own for an https address.

    An http address gets a context that trusts none: loading the machine's certificates takes as long as the request.
    """
    from ssl import PROTOCOL_TLS_CLIENT, SSLContext

    return True if base.startswith("https:") else SSLContext(PROTOCOL_TLS_CLIENT)


def get(path: str, params: dict[str, Any], url: str | None, token: str | None) -> Any:
    """A GET as the operator of this machine, or with the token given. Returns the JSON answer.

    Raises:
        typer.Exit: with the code of the fault, after saying it.
    """
    return ask("GET", path, url, token, params=params)


def get_text(path: str, url: str | None, token: str | None) -> str:
    """As ``get``, of an answer that is text.

    Raises:
        typer.Exit: with the code of the fault, after saying it.
    """
    return _answer("GET", path, url, token).text


def ask(
    method: str, path: str, url: str | None, token: str | None, *, also: Container[int] = (), **options: Any
) -> Any:
    """A request as the operator of this machine, or with the token given. Returns the JSON answer.

    ``also``: statuses of an error that answer the question all the same.

    Raises:
        typer.Exit: with the code of the fault, after saying it.
    """
    return _answer(method, path, url, token, also=also, **options).json()


def _answer(
    method: str, path: str, url: str | None, token: str | None, *, also: Container[int] = (), **options: Any
) -> "Response":
    import httpx2

    base, authorization = way_in(url, token)
    try:
        answer = httpx2.request(
            method, f"{base}{path}", headers={"Authorization": authorization}, timeout=30, verify=trust(base), **options
        )
    except httpx2.InvalidURL:
        raise fail(WRONG, f"No es una dirección: {base}", "That is no address.") from None
    except httpx2.HTTPError:
        raise fail(
            UNREACHABLE,
            f"No hay respuesta en {base}. ¿Está en marcha (make up)? ¿Es ese el CANALIZA_PORT?",
            "No answer there. Is it up (make up)? Is that the CANALIZA_PORT?",
        ) from None
    if answer.status_code in (401, 403):
        raise fail(NOT_ALLOWED, "La credencial no lo permite.", "The credential does not allow it.")
    if answer.status_code == 404 and 404 not in also:
        raise fail(NO, "No existe, o no le corresponde.", "It does not exist, or is not yours to see.")
    if answer.is_error and answer.status_code not in also:
        raise fail(WRONG if answer.status_code == 422 else NO, *_said(answer))
    return answer


def _said(answer: "Response") -> tuple[str, str]:
    """What a problem document says, in both languages, with its code; for any other answer its status."""
    try:
        problem = answer.json()
        return f"{problem['title']} ({problem['code']})", str(problem["title_en"])
    except (ValueError, TypeError, KeyError):
        return f"El sistema respondió {answer.status_code}.", f"The system answered {answer.status_code}."
