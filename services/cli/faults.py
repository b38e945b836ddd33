"""What went wrong, as a sentence with its exit code: settings, files that they name, servers that are not reached."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from services.cli.client import NO, UNREACHABLE, WRONG, fail

if TYPE_CHECKING:
    from services.doctor.domain import Found

SHAPES: Mapping[str, tuple[str, str]] = {
    "int_parsing": ("debe ser un número entero", "must be a whole number"),
    "float_parsing": ("debe ser un número", "must be a number"),
    "finite_number": ("debe ser un número", "must be a number"),
    "bool_parsing": ("debe ser true o false", "must be true or false"),
    "greater_than": ("debe ser mayor que {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("debe ser {ge} o más", "must be {ge} or more"),
    "less_than": ("debe ser menor que {lt}", "must be less than {lt}"),
    "less_than_equal": ("debe ser {le} o menos", "must be {le} or less"),
    "string_pattern_mismatch": ("no está escrito como debe", "is not written as it must be"),
    "literal_error": ("debe ser {expected}", "must be {expected}"),
}
"""Faults of a setting by the library's own code for them."""
OTHERWISE = ("no se puede usar", "cannot be used")


def of_settings(error: Any) -> list[str] | None:
    """What is wrong with the environment, a sentence each, without a value; ``None``: the error is about another thing.

    The library that raises it is not imported: it is loaded only by the commands that read the settings.
    """
    if getattr(error, "title", None) != "Settings":
        return None
    return [_sentence(one) for one in error.errors(include_input=False, include_url=False)]


def _sentence(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "value_error" and "CANALIZA_" in fault["msg"]:
        return str(fault["msg"]).removeprefix("Value error, ")
    bounds = {name: value for name, value in fault.get("ctx", {}).items() if isinstance(value, int | float | str)}
    es, en = (text.format(**bounds) for text in SHAPES.get(fault["type"], OTHERWISE))
    name = f"CANALIZA_{fault['loc'][0]}: ".upper() if fault["loc"] else ""
    return f"{name}{es} · {en}"


def wrong_settings(sentences: list[str]) -> typer.Exit:
    """Says what is wrong with the settings, and returns the exception to raise."""
    es, en = "La configuración no sirve:", "The settings cannot be used:"
    typer.echo("\n".join((f"{es} · {en}", *(f"  {one}" for one in sentences))), err=True)
    return typer.Exit(WRONG)


def exit_of(error: BaseException) -> typer.Exit | None:
    """Says an expected failure, and returns the exception to raise; ``None``: it is not expected."""
    kind = type(error).__name__
    sentences = of_settings(error) or [str(one) for one in _faults_of_a_file(error, kind)]
    if sentences:
        return wrong_settings(sentences)
    if kind in SAID:
        code, es, en = SAID[kind]
        return fail(code, es.format(error), en)
    if isinstance(error, OSError) and error.filename is not None and not isinstance(error, ConnectionError):
        return fail(UNREACHABLE, f"No se puede usar {error.filename}: {error.strerror}", "It cannot be used.")
    tls = of_tls(error)
    if tls is not None:
        return fail(UNREACHABLE, *tls)
    return _unreached(error) if _is_of_a_server(error) else None


def of_tls(error: BaseException) -> tuple[str, str] | None:
    """The sentence about a certificate, or about a server without TLS, in both languages; ``None``: it is another."""
    from ssl import SSLCertVerificationError, SSLError

    if isinstance(error, SSLCertVerificationError):
        return (
            "El certificado de un servidor no vale: venció, es de otro nombre, o su autoridad no se conoce aquí.",
            "A server's certificate is refused: it has expired, is for another name, or its authority is unknown here.",
        )
    if isinstance(error, SSLError) or type(error).__name__ == "NotByTlsError":
        return "Un servidor no habla TLS, y debe.", "A server speaks no TLS, and must."
    return None


def _faults_of_a_file(error: Any, kind: str) -> Iterable[object]:
    if kind in {"PolicyFaultsError", "ContactFaultsError"}:
        return list(error.faults)
    return [error] if kind in {"UnknownDeskError", "WitnessPolicyError"} else []


SAID: Mapping[str, tuple[int, str, str]] = {
    "ChangedMigrationError": (
        NO,
        "{}: esta base la migró otra versión del programa; instálela, no cambie el archivo.",
        "Another version of the program migrated this database: install that one, do not change the file.",
    ),
    "UnsafeSecretsError": (UNREACHABLE, "No se pueden usar las claves: {}", "The secrets cannot be used."),
}
"""Expected failures by their name: their modules are loaded by those commands only that raise them."""


def _is_of_a_server(error: BaseException) -> bool:
    module = type(error).__module__
    return isinstance(error, OSError) or module.startswith(("asyncpg.", "nats."))


def _unreached(error: BaseException) -> typer.Exit:
    """Says which server is not reached and why, as the doctor sees it now."""
    from services.doctor.words import in_words

    told = [in_words(one) for one in _away()]
    if not told:
        kind = type(error).__name__
        return fail(UNREACHABLE, f"Un servidor no lo hizo: {kind}", "A server did not do it: see `canaliza doctor`.")
    for one in told[:-1]:
        typer.echo(f"{one.es}\n{one.en}", err=True)
    return fail(UNREACHABLE, told[-1].es, told[-1].en)


def _away() -> "list[Found]":
    from services.chassis.settings import Settings
    from services.doctor.checks import nats, postgres, rights
    from services.doctor.domain import Level
    from services.doctor.ground import Ground
    from services.doctor.looking import examine

    ground = Ground.here(Settings())
    looks = [postgres.LOOKS[0], rights.LOOKS[0], *nats.LOOKS[:1]]
    return [one for one in asyncio.run(examine(ground, looks)) if one.level is Level.BAD]


def named_files(settings: Any) -> Iterator[str]:
    """Of each file that a setting names and that cannot be read: a sentence."""
    for name in ("contacts", "channels", "directory", "witnesses", "tls_cert", "tls_key"):
        path = getattr(settings, name)
        try:
            if path is not None:
                path.open("rb").close()
        except OSError as error:
            yield f"CANALIZA_{name.upper()}: {path}: no se puede leer · cannot be read ({error.strerror})"
