"""``canaliza rebuild``: maintenance of read models; and what every command of maintenance needs."""

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import typer

from services.chassis.names import SERVICES
from services.cli.administering import refused_in_words
from services.cli.client import NO, UNREACHABLE, AsJson, fail

Service = Annotated[str | None, typer.Argument(help=f"{', '.join(SERVICES)}; sin él, todos · without it, all.")]


def rebuild(
    service: Service = None,
    check: Annotated[bool, typer.Option("--check", help="Solo comparar · Only compare.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rehace lo que se muestra a partir de los registros, sin parar · Fills the read models again from the logs."""
    found = run(rebuilt(chosen(service), swap=not check))
    if as_json:
        typer.echo(json.dumps({name: dataclasses.asdict(one) for name, one in found.items()}, indent=2))
    for name, one in found.items():
        for table, rows in one.differing.items():
            if not as_json:
                typer.echo(f"{name}.{table}: " + ("igual · equal" if rows == 0 else f"{rows} filas distintas · differ"))
    if check and any(any(one.differing.values()) for one in found.values()):
        raise typer.Exit(NO)


def chosen(service: str | None) -> tuple[str, ...]:
    """The services that a command is for; without an argument all of them."""
    if service is not None and service not in SERVICES:
        raise fail(2, f"Los servicios son: {', '.join(SERVICES)}.", "There is no such service.")
    return SERVICES if service is None else (service,)


async def rebuilt(services: tuple[str, ...], *, swap: bool) -> dict[str, Any]:
    """Rebuilds the read models of these services side by side, with a bar for each; the results by service."""
    import asyncio

    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from services.upkeep import rebuild_read_models

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    async with _database() as dsn:
        with Progress(*columns, console=Console(stderr=True, highlight=False)) as progress:
            bars = {name: partial(progress.advance, progress.add_task(name, total=None)) for name in services}
            rebuilds = [
                rebuild_read_models(dsn, name, swap=swap, on_progress=advance) for name, advance in bars.items()
            ]
            return dict(zip(services, await asyncio.gather(*rebuilds), strict=True))


@asynccontextmanager
async def _database() -> AsyncIterator[str]:
    """The administrator's DSN, of the settings or of this machine, whose server is started if it is down."""
    import asyncpg
    from pydantic import SecretStr

    from services.chassis.secrets.installation import Secrets
    from services.chassis.settings import Settings
    from services.local import PostgresServer
    from services.system import installation

    settings = Settings()
    if settings.postgres_dsn is None:
        dsn = PostgresServer(settings.data, Secrets.load(settings.data, settings.keys)).dsn
        try:
            await (await asyncpg.connect(dsn)).close()
        except (OSError, asyncpg.PostgresError):
            async with installation(settings) as everything:
                yield (everything.settings.postgres_dsn or SecretStr("")).get_secret_value()
            return
        yield dsn
        return
    yield settings.postgres_dsn.get_secret_value()


def run(work: Any) -> Any:
    """Runs to the end; an expected failure becomes a sentence and an exit code."""
    from services.chassis.operations.stream_reader import ForkedError
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop, logging
    from services.chassis.vault.epochs import KeysUnavailableError
    from services.local import AlreadyRunning, CannotStart
    from services.upkeep import StillRunningError

    logging.configure("ERROR")
    event_loop.settle()
    try:
        return event_loop.run(refused_in_words(work))
    except StillRunningError as error:
        raise fail(NO, f"{error} está en marcha: deténgalo antes.", "It is running: stop it first.") from None
    except AlreadyRunning as error:
        raise fail(NO, f"Deténgalo antes: {error}", "Stop it first.") from None
    except ForkedError as error:
        raise fail(
            NO, f"Dos historias; no se cambió nada: {error}", "Two histories; nothing was changed from there on."
        ) from None
    except KeysUnavailableError as error:
        raise fail(
            UNREACHABLE,
            f"{error.title()} Tras restaurar una copia anterior: canaliza keys recover.",
            f"{error.title('en')} After restoring an older dump: canaliza keys recover.",
        ) from None
    except (CannotStart, UnsafeSecretsError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
