"""``canaliza keys``: renews the epoch keys and those of telephones, and brings the first back after a restore."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.client import NO, UNREACHABLE, AsJson, fail

if TYPE_CHECKING:
    from services.chassis.settings import Settings


def rotate(
    if_due: Annotated[
        bool, typer.Option("--if-due", help="Solo si toca, por el plazo o por supresiones · Only if it is time.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Renueva las llaves de época; la anterior se destruye · Renews the epoch keys; the old one is destroyed."""
    from services.intake.erasures.policy import retention_policy
    from services.upkeep import rotate_keys

    found = _run(lambda dsn, settings: rotate_keys(dsn, settings, retention_policy(), only_if_due=if_due))
    copies = [{"class": kind, "epoch": epoch} for kind, epoch in found.copies_destroyed]
    rotated = [
        {"class": one.kind, "epoch": one.epoch, "wrapped_anew": one.wrapped_anew, "destroyed": list(one.destroyed)}
        for one in found.rotated
    ]
    if as_json:
        typer.echo(json.dumps({"rotated": rotated, "copies_destroyed": copies}, indent=2))
        return
    for one in rotated:
        typer.echo(
            f"{one['class']}: época · epoch {one['epoch']}, {one['wrapped_anew']} llaves de nuevo · wrapped anew"
        )
    for one in copies:
        typer.echo(f"{one['class']}: copia destruida · copy destroyed, {one['epoch']}")


def recover(as_json: AsJson = False) -> None:
    """Tras restaurar una copia anterior: recupera sus llaves · After restoring an older dump: gets its keys back."""
    from services.upkeep import recover_keys

    gone = _run(recover_keys)
    if as_json:
        typer.echo(json.dumps({"without_a_copy": [{"class": kind, "epoch": epoch} for kind, epoch in gone]}, indent=2))
    for kind, epoch in gone:
        if not as_json:
            typer.echo(f"{kind} {epoch}: su copia ya no existe, lo que sellaba está perdido · its copy is gone")
    if gone:
        raise typer.Exit(NO)
    typer.echo("Están las llaves de todas las épocas · The keys of all epochs are there.", err=True)


def reception(as_json: AsJson = False) -> None:
    """Renueva ya la llave a la que cierran los teléfonos · Renews at once the key that telephones seal to."""
    from services.upkeep import renew_reception_keys

    done = _run(renew_reception_keys)
    if as_json:
        typer.echo(json.dumps({"made": done.made, "deleted": done.deleted}, indent=2))
        return
    typer.echo(
        "Los teléfonos la reciben con su próxima respuesta · Telephones get it with their next answer.", err=True
    )


def _run(work: "Callable[[str, Settings], Awaitable[Any]]") -> Any:
    from services.chassis.errors import StoreUnavailableError
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop, logging
    from services.chassis.settings import Settings
    from services.local import AlreadyRunning, CannotStart

    logging.configure("ERROR")
    event_loop.settle()
    settings = Settings()

    async def run() -> Any:
        async with postgres(settings) as dsn:
            return await work(dsn, settings)

    try:
        return event_loop.run(run())
    except StoreUnavailableError as error:
        raise fail(UNREACHABLE, error.title(), error.title("en")) from None
    except (AlreadyRunning, CannotStart, UnsafeSecretsError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None


@asynccontextmanager
async def postgres(settings: "Settings") -> AsyncIterator[str]:
    """The DSN of the settings, or of this machine's own server, which is started if it is down."""
    import asyncpg

    from services.cli.accounts import administrator_dsn
    from services.local import local_servers

    dsn = administrator_dsn(settings)
    if settings.postgres_dsn is None:
        try:
            await (await asyncpg.connect(dsn)).close()
        except (OSError, asyncpg.PostgresError):
            async with local_servers(settings.data, settings.keys, archive=settings.archive) as servers:
                yield servers.postgres_dsn
            return
    yield dsn
