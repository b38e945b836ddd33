"""Commands that run something: the whole system, one service, the demonstration, the migrations."""

import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from nats.errors import Error as NatsError
from rich.console import Console

from services.chassis import logging, runtime, web
from services.chassis.foundation import Foundation, NotConfiguredError
from services.chassis.secrets import Secrets, UnsafeSecrets
from services.chassis.serving import PortTakenError, listen, served, url_of
from services.chassis.settings import Settings
from services.cli.client import NO, UNREACHABLE, fail
from services.cli.welcome import first_sign_ins, welcome
from services.demo import play
from services.local import AlreadyRunning, CannotStart
from services.system import FACTORIES, ground, prepare

console = Console(stderr=True, highlight=False)


def up() -> None:
    """Todo en esta máquina; Ctrl-C lo detiene · Everything on this machine; Ctrl-C stops it."""
    settings = Settings()
    logging.configure(settings.log_level)
    _run(_up(settings))


async def _up(settings: Settings) -> None:
    listener = listen(settings.host, settings.port)  # first: a taken port must not cost a database start
    console.print("Preparando PostgreSQL y NATS… · Starting PostgreSQL and NATS…")
    async with ground(settings) as everything:
        tokens = await first_sign_ins(everything) if everything.first_start else []
        async with served(everything.application(), listener, on_signals=True) as serving:
            welcome(console, url_of(listener), everything, tokens)
            await serving


def serve(service: Annotated[str, typer.Argument(help=", ".join(FACTORIES))]) -> None:
    """Un solo servicio, contra servidores propios · One service, against servers of one's own."""
    if service not in FACTORIES:
        raise fail(2, f"Los servicios son: {', '.join(FACTORIES)}.", "That is none of the services.")
    settings = Settings()
    logging.configure(settings.log_level)

    async def run() -> None:
        listener = listen(settings.host, settings.port)
        app = web.application([FACTORIES[service](Foundation.of(settings, service))])
        async with served(app, listener, on_signals=True) as serving:
            console.print(f"{service}: {url_of(listener)}")
            await serving

    _run(run())


def migrate() -> None:
    """Crea o actualiza esquemas, roles y flujos · Makes or upgrades schemas, roles and streams."""
    settings = Settings()
    logging.configure(settings.log_level)
    if settings.postgres_dsn is None or settings.nats_url is None:
        raise fail(2, "Faltan CANALIZA_POSTGRES_DSN y CANALIZA_NATS_URL.", "They say where the servers are.")
    _run(_migrate(settings))


async def _migrate(settings: Settings) -> None:
    await prepare(settings, Secrets.load_or_create(settings.data))
    console.print("Esquemas, roles y flujos al día · Schemas, roles and streams are up to date.")


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="Terminar con un resumen · End with a summary.")] = False,
) -> None:
    """Un sistema de usar y tirar en el que se juega un caso · A throw-away system in which a case is played."""
    logging.configure("ERROR")
    _run(play(leave=leave))


def _run(work: Coroutine[Any, Any, bool | None]) -> None:
    """Runs to the end and turns what can go wrong outside into a sentence and an exit code."""
    try:
        outcome = runtime.run(work)
    except KeyboardInterrupt:
        sys.exit(130)
    except PortTakenError as error:
        raise fail(UNREACHABLE, f"El puerto está ocupado: {error}", "The port is taken.") from None
    except (AlreadyRunning, CannotStart, UnsafeSecrets, NotConfiguredError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
    except (OSError, NatsError) as error:
        raise fail(
            UNREACHABLE, f"No se alcanza un servidor: {type(error).__name__}", "A server cannot be reached."
        ) from None
    if outcome is False:
        raise typer.Exit(NO)
