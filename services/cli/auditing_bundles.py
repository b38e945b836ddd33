"""``canaliza audit export``, ``audit verify`` and ``audit replay``: a history that outsiders can check.

Exit codes of ``verify``: 0 nothing is altered · 1 something is, and it is said where · 2 not a bundle, or it cannot be
read. Of ``replay``: 0 everything is equal · 1 something differs.
"""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.client import NO, NOT_ALLOWED, UNREACHABLE, WRONG, AsJson, InEnglish, Token, Url, fail, trust, way_in

if TYPE_CHECKING:
    from services.audit.verification.trust import Policy

PATH = "/api/v1/audit/bundle"
TIMEOUT = 300.0
"""Seconds without a byte: a large installation reads for a while before a file of rows begins."""

Out = Annotated[Path, typer.Option("--out", help="El archivo que se escribe · The file to write.")]
BundlePath = Annotated[Path, typer.Argument(help="El paquete · The bundle.")]
Trust = Annotated[
    Path | None, typer.Option("--trust", help="Su propia política, C2SP tlog-policy · Your own trust policy.")
]
Keep = Annotated[
    Path | None,
    typer.Option("--keep", help="Dónde se guardan los sellos verificados · Where verified checkpoints are kept."),
]
With = Annotated[
    Path | None,
    typer.Option("--with", help="El paquete que recibió otra parte · The bundle that another party was given."),
]


def export(out: Out, url: Url = None, token: Token = None) -> None:
    """Escribe la historia entera en un paquete verificable · Writes the whole history as one verifiable bundle."""
    import httpx2

    base, authorization = way_in(url, token)
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    written, finished = 0, False
    try:
        with (
            httpx2.stream(
                "GET",
                f"{base}{PATH}",
                headers={"Authorization": authorization},
                timeout=TIMEOUT,
                verify=trust(base),
            ) as answer,
            os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            if answer.status_code in (401, 403):
                raise fail(NOT_ALLOWED, "La credencial no lo permite.", "The credential does not allow it.")
            if answer.is_error:
                raise fail(
                    NO, f"El sistema respondió {answer.status_code}.", f"The system answered {answer.status_code}."
                )
            for piece in answer.iter_bytes():
                file.write(piece)
                written += len(piece)
                _progress(written)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(out)
        finished = True
    except httpx2.HTTPError:
        raise fail(UNREACHABLE, f"No llegó entero desde {base}.", "It did not arrive whole.") from None
    except OSError as error:
        raise fail(NO, f"No se pudo escribir: {error.strerror}", "It could not be written.") from None
    finally:
        if not finished:
            aside.unlink(missing_ok=True)
    typer.echo(f"{out}: {written:,} bytes")


def verify(
    bundle: BundlePath,
    own_policy: Trust = None,
    keep: Keep = None,
    other: With = None,
    as_json: AsJson = False,
    english: InEnglish = False,
) -> None:
    """Comprueba un paquete, sin base de datos y sin red · Verifies a bundle, without database and network."""
    from services.audit.bundles.errors import NotABundleError
    from services.audit.verification.commands import verify as verified
    from services.audit.verification.kept import kept_folder
    from services.audit.verification.words import report_lines
    from services.chassis.locales import COMPLETE, ENGLISH, SPANISH
    from services.replays import replays

    policy = None if own_policy is None else _policy(own_policy)
    try:
        report = verified(bundle, replays(), trust=policy, kept=keep or kept_folder(), other=other)
    except NotABundleError as error:
        if as_json:
            refused = {"passed": False, "refused": error.code, "path": error.path, "offset": error.offset}
            typer.echo(json.dumps(refused, indent=2))
        raise fail(WRONG, error.sentence(SPANISH), error.sentence(ENGLISH)) from None
    except OSError as error:
        raise fail(
            WRONG, f"No se pudo guardar lo verificado: {error.strerror}", "What was verified could not be kept."
        ) from None
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report_lines(report, (ENGLISH,) if english else COMPLETE)))
    if not report.passed:
        raise typer.Exit(NO)


def replay(as_json: AsJson = False) -> None:
    """Rehace todo desde cero y lo compara con lo que se muestra · Replays every log from zero, and compares."""
    import dataclasses

    from services.chassis.names import SERVICES
    from services.cli.upkeep import rebuilt, run

    found = run(rebuilt(SERVICES, swap=False))
    if as_json:
        typer.echo(json.dumps({name: dataclasses.asdict(one) for name, one in found.items()}, indent=2))
    else:
        for name, one in found.items():
            wrong = {table: rows for table, rows in one.differing.items() if rows}
            typer.echo(
                f"{'✗' if wrong else '✓'} {name}: {one.events:,} hechos · events, {len(one.differing)} tablas · tables"
            )
            for table, rows in wrong.items():
                typer.echo(f"    ✗ {name}.{table}: {rows} filas distintas · rows differ")
    if any(any(one.differing.values()) for one in found.values()):
        raise typer.Exit(NO)


def _policy(path: Path) -> "Policy":
    from services.audit.verification.trust import MAX_POLICY, PolicyError, read_policy

    try:
        with path.open("rb") as file:
            return read_policy(file.read(MAX_POLICY))
    except PolicyError as error:
        raise fail(WRONG, f"No es una política: {path}:{error.line}", "It is no policy.") from None
    except OSError as error:
        raise fail(WRONG, f"No se puede leer {path}: {error.strerror}", "It cannot be read.") from None


def _progress(written: int) -> None:
    """Says how much has arrived, where somebody looks."""
    if sys.stderr.isatty():
        typer.echo(f"\r{written / 1e6:,.1f} MB", err=True, nl=False)
