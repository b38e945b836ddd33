"""``canaliza rebuild`` and ``canaliza repair``: what an operator does to a system from outside it."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import asyncpg
import typer
from nats.errors import Error as NatsError
from pydantic import SecretStr
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.chassis import logging, runtime
from services.chassis.names import SERVICES
from services.chassis.secrets import Secrets, UnsafeSecrets
from services.chassis.settings import Settings
from services.chassis.stream_copy import ForkedError
from services.cli.client import NO, UNREACHABLE, AsJson, fail
from services.local import AlreadyRunning, CannotStart, PostgresServer
from services.system import ground
from services.upkeep import StillRunningError, rebuild_read_models, repair_log

console = Console(stderr=True, highlight=False)
Service = Annotated[str | None, typer.Argument(help=f"{', '.join(SERVICES)}; sin él, todos · without it, all.")]


def rebuild(
    service: Service = None,
    check: Annotated[bool, typer.Option("--check", help="Solo comparar · Only compare.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rehace lo que se muestra a partir de los registros, sin parar · Fills the read models again from the logs."""
    found = _run(_rebuild(_chosen(service), swap=not check))
    if as_json:
        typer.echo(json.dumps({name: dataclasses.asdict(one) for name, one in found.items()}, indent=2))
    for name, one in found.items():
        for table, rows in one.differing.items():
            if not as_json:
                typer.echo(f"{name}.{table}: " + ("igual · equal" if rows == 0 else f"{rows} filas distintas · differ"))
    if check and any(any(one.differing.values()) for one in found.values()):
        raise typer.Exit(NO)


def repair(service: Service = None, as_json: AsJson = False) -> None:
    """Tras restaurar una copia antigua: recupera del flujo lo que falta · Imports from the stream what is missing."""
    found = _run(_repair(_chosen(service)))
    if as_json:
        typer.echo(json.dumps({name: dataclasses.asdict(one) for name, one in found.items()}, indent=2, default=str))
        return
    for name, one in found.items():
        typer.echo(f"{name}: {one.imported} recuperados · imported, {one.completed} completados · completed")
        for lost in one.lost:
            typer.echo(
                f"  sin llave, ilegible · its key is lost: {name} {lost.position} {lost.event} {lost.field} "
                f"caso {lost.case}"
            )


def _chosen(service: str | None) -> tuple[str, ...]:
    if service is not None and service not in SERVICES:
        raise fail(2, f"Los servicios son: {', '.join(SERVICES)}.", "That is none of the services.")
    return SERVICES if service is None else (service,)


async def _rebuild(services: tuple[str, ...], *, swap: bool) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    async with _database() as dsn:
        with Progress(*columns, console=console) as progress:
            bars = {name: partial(progress.advance, progress.add_task(name, total=None)) for name in services}
            rebuilt = [rebuild_read_models(dsn, name, swap=swap, told=told) for name, told in bars.items()]
            return dict(zip(services, await asyncio.gather(*rebuilt), strict=True))


async def _repair(services: tuple[str, ...]) -> dict[str, Any]:
    async with ground(Settings()) as everything:
        return {name: await repair_log(everything.settings, everything.secrets, name) for name in services}


@asynccontextmanager
async def _database() -> AsyncIterator[str]:
    """The administrator's way in: as set, or this machine's, whether or not the system is up."""
    settings = Settings()
    if settings.postgres_dsn is None:
        dsn = PostgresServer(settings.data, Secrets.load(settings.data)).dsn
        try:
            await (await asyncpg.connect(dsn)).close()
        except (OSError, asyncpg.PostgresError):
            async with ground(settings) as everything:
                yield (everything.settings.postgres_dsn or SecretStr("")).get_secret_value()
            return
        yield dsn
        return
    yield settings.postgres_dsn.get_secret_value()


def _run(work: Any) -> Any:
    logging.configure("ERROR")
    runtime.settle()
    try:
        return runtime.run(work)
    except StillRunningError as error:
        raise fail(NO, f"{error} está en marcha: deténgalo antes.", "It is running: stop it first.") from None
    except AlreadyRunning as error:
        raise fail(NO, f"Deténgalo antes: {error}", "Stop it first.") from None
    except ForkedError as error:
        raise fail(
            NO, f"Dos historias; no se cambió nada: {error}", "Two histories; nothing was changed from there on."
        ) from None
    except (CannotStart, UnsafeSecrets) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
    except (OSError, NatsError) as error:
        raise fail(
            UNREACHABLE, f"No se alcanza un servidor: {type(error).__name__}", "A server cannot be reached."
        ) from None
