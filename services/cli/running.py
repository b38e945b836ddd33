"""Commands that run something: the whole system, one service, the demonstration, the migrations."""

import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.chassis.names import SERVICES
from services.cli.client import NO, UNREACHABLE, fail

if TYPE_CHECKING:
    from rich.console import Console

    from services.chassis.settings import Settings


def up() -> None:
    """Todo en esta máquina; Ctrl-C lo detiene · Everything on this machine; Ctrl-C stops it."""
    from services.chassis.runtime import logging
    from services.chassis.settings import Settings

    settings = Settings()
    logging.configure(settings.log_level)
    _run(_up(settings))


async def _up(settings: "Settings") -> None:
    from services.chassis.runtime.server import listen, served, url_of
    from services.cli.welcome import output_is_a_log, welcome
    from services.intake.erasures.policy import retention_policy
    from services.system import first_sign_ins, installation, nobody_was_ever_let_in
    from services.upkeep import keys_renewed

    listener = listen(settings.host, settings.port)  # first: a taken port must not cost a database start
    console = _console()
    console.print("Preparando PostgreSQL y NATS… · Starting PostgreSQL and NATS…")
    async with installation(settings) as everything:
        first = await nobody_was_ever_let_in(everything)
        dsn = everything.settings.postgres_dsn
        assert dsn is not None  # noqa: S101 - installation() set it
        application = await everything.checked_application()
        renewing = keys_renewed(dsn.get_secret_value(), settings, retention_policy())
        async with renewing, served(application, listener, on_signals=True) as serving:
            tokens = await first_sign_ins(everything) if first and not output_is_a_log(os.environ) else None
            welcome(console, url_of(listener, tls=settings.tls_cert is not None), everything, tokens, first=first)
            await serving


def serve(service: Annotated[str, typer.Argument(help=", ".join(SERVICES))]) -> None:
    """Un solo servicio, contra servidores propios · One service, against servers of one's own."""
    from services.chassis.runtime import logging
    from services.chassis.runtime.application import application
    from services.chassis.runtime.bootstrap import ServiceContext
    from services.chassis.runtime.server import listen, served, url_of
    from services.chassis.settings import Settings
    from services.system import FACTORIES

    if service not in SERVICES:
        raise fail(2, f"Los servicios son: {', '.join(SERVICES)}.", "There is no such service.")
    settings = Settings()
    logging.configure(settings.log_level)

    async def run() -> None:
        listener = listen(settings.host, settings.port)
        built = FACTORIES[service](ServiceContext.of(settings, service))
        await built.check_keys()
        app = application([built])
        async with served(app, listener, on_signals=True) as serving:
            _console().print(f"{service}: {url_of(listener, tls=settings.tls_cert is not None)}")
            await serving

    _run(run())


def migrate() -> None:
    """Crea o actualiza esquemas, roles y flujos · Makes or upgrades schemas, roles and streams."""
    from services.chassis.runtime import logging
    from services.chassis.settings import Settings

    settings = Settings()
    logging.configure(settings.log_level)
    if settings.postgres_dsn is None or settings.nats_url is None:
        raise fail(2, "Faltan CANALIZA_POSTGRES_DSN y CANALIZA_NATS_URL.", "They say where the servers are.")
    _run(_migrate(settings))


async def _migrate(settings: "Settings") -> None:
    from services.system import own_secrets, prepare

    await prepare(settings, own_secrets(settings))
    _console().print("Esquemas, roles y flujos al día · Schemas, roles and streams are up to date.")


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="Terminar con un resumen · End with a summary.")] = False,
) -> None:
    """Un sistema de usar y tirar en el que se juega un día · Plays a day on a throw-away system."""
    from services.chassis.runtime import logging
    from services.demo import play

    logging.configure("ERROR")
    _run(play(leave=leave))


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def _run(work: Coroutine[Any, Any, bool | None]) -> None:
    """Runs to the end; an expected failure becomes a sentence and an exit code."""
    from nats.errors import Error as NatsError

    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop
    from services.chassis.runtime.bootstrap import NotConfiguredError
    from services.chassis.runtime.memory import no_core_dumps
    from services.chassis.runtime.server import PortTakenError
    from services.chassis.vault.epochs import KeysUnavailableError
    from services.local import AlreadyRunning, CannotStart

    no_core_dumps()
    try:
        outcome = event_loop.run(work)
    except KeyboardInterrupt:
        sys.exit(130)
    except PortTakenError as error:
        raise fail(UNREACHABLE, f"El puerto está ocupado: {error}", "The port is taken.") from None
    except KeysUnavailableError as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error.title()}", f"It cannot start: {error.title('en')}") from None
    except (AlreadyRunning, CannotStart, UnsafeSecretsError, NotConfiguredError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
    except (OSError, NatsError) as error:
        raise fail(
            UNREACHABLE, f"No se alcanza un servidor: {type(error).__name__}", "A server cannot be reached."
        ) from None
    if outcome is False:
        raise typer.Exit(NO)
