"""What every command with the administrator's access says when it cannot, and what is left to do afterwards."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

import typer

from services.cli.client import UNREACHABLE, fail

T = TypeVar("T")


def say_stale(models: Sequence[str]) -> None:
    """Says that read models were filled by another program, and the command that fills them again."""
    if models:
        typer.echo(
            f"{len(models)} tablas de lectura son de otra versión: rehágalas, con los servicios en marcha, por"
            " canaliza rebuild\n"
            f"{len(models)} read models are another version's: fill them again, while the services run, by"
            " canaliza rebuild",
            err=True,
        )


async def refused_in_words(work: Awaitable[T]) -> T:
    """Does the work; what the administrator lacks, or a database of another version, ends it with sentences.

    Raises:
        typer.Exit: after saying it.
    """
    from services.chassis.operations.administration import CannotAdministerError
    from services.chassis.operations.migrate import ChangedMigrationError, NewerDatabaseError

    try:
        return await work
    except CannotAdministerError as error:
        raise fail(UNREACHABLE, error.es, error.en) from None
    except NewerDatabaseError as error:
        raise _newer([str(error)]) from None
    except ChangedMigrationError as error:
        raise fail(
            UNREACHABLE,
            f"Esta base de datos la hizo un programa que no era de ninguna versión ({error}). No se cambió nada.",
            "This database was made by a program between two versions. Nothing was changed.",
        ) from None


def refuse_newer(names: Sequence[str]) -> None:
    """Ends the command if the database has migrations of a newer program that this one cannot live with.

    Raises:
        typer.Exit: after saying it.
    """
    if names:
        raise _newer(names)


def _newer(names: Sequence[str]) -> typer.Exit:
    return fail(
        UNREACHABLE,
        f"La base de datos es de un programa más nuevo que este ({', '.join(names)}). No se cambió nada.",
        "The database is a newer program's than this. Nothing was changed.",
    )
