"""Commands that run something: the whole system, one service, the demonstration."""

import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.chassis.names import SERVICES
from services.cli.administering import refused_in_words
from services.cli.client import NO, UNREACHABLE, fail

if TYPE_CHECKING:
    from rich.console import Console

    from services.chassis.settings import Settings


def up() -> None:
    """Todo en esta máquina; Ctrl-C lo detiene · Everything on this machine; Ctrl-C stops it.

    Variables · Settings: CANALIZA_DATA, CANALIZA_KEYS, CANALIZA_HOST, CANALIZA_PORT, CANALIZA_MAIL_URL,
    CANALIZA_PUBLIC_URL; todas · all of them: docs/guides/operator.md.
    """
    _run(_up(checked_settings()))


async def _up(settings: "Settings") -> None:
    import asyncio

    from services.backups.gauges import tell_of_backups
    from services.chassis.runtime.server import listen, served, url_of
    from services.cli.welcome import output_is_a_log, welcome
    from services.intake.erasures.policy import retention_policy
    from services.system import first_sign_ins, installation, nobody_was_ever_let_in, stale_read_models
    from services.upkeep import keys_renewed, refill_stale

    listener = listen(settings.host, settings.port)  # first: a taken port must not cost a database start
    console = _console()
    console.print("Preparando PostgreSQL y NATS… · Starting PostgreSQL and NATS…")
    async with installation(settings) as everything:
        first = await nobody_was_ever_let_in(everything)
        dsn = everything.settings.postgres_dsn
        assert dsn is not None  # noqa: S101 - installation() set it
        if await stale_read_models(everything.settings):
            console.print("Rehaciendo lo que se muestra… · Filling the read models again…")
            await refill_stale(everything.settings)
        application = await everything.checked_application()
        tell_of_backups(application.state.services, settings)
        renewing = keys_renewed(dsn.get_secret_value(), settings, retention_policy())
        async with renewing, served(application, listener, on_signals=True) as serving:
            tokens = await first_sign_ins(everything) if first and not output_is_a_log(os.environ) else None
            welcome(console, url_of(listener, tls=settings.tls_cert is not None), everything, tokens, first=first)
            done, _ = await asyncio.wait({serving, *everything.kept}, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                await one  # a server that does not stay up ends everything, so that a supervisor learns of it


def serve(service: Annotated[str, typer.Argument(help=", ".join(SERVICES))]) -> None:
    """Un solo servicio, contra servidores propios · One service, against servers of one's own.

    Variables · Settings: CANALIZA_POSTGRES_DSN, CANALIZA_NATS_URL, CANALIZA_KEYS, CANALIZA_HOST, CANALIZA_PORT;
    todas · all of them: docs/guides/operator.md.
    """
    import structlog

    from services.backups.gauges import tell_of_backups
    from services.chassis.runtime.application import application
    from services.chassis.runtime.bootstrap import ServiceContext
    from services.chassis.runtime.server import listen, served, url_of
    from services.cli.welcome import output_is_a_log
    from services.system import FACTORIES

    if service not in SERVICES:
        raise fail(2, f"Los servicios son: {', '.join(SERVICES)}.", "There is no such service.")
    settings = checked_settings()

    async def run() -> None:
        listener = listen(settings.host, settings.port)
        built = FACTORIES[service](ServiceContext.of(settings, service))
        await built.check_keys()
        app = application([built])
        tell_of_backups([built], settings)
        async with served(app, listener, on_signals=True) as serving:
            if output_is_a_log(os.environ):  # every line of a log is JSON
                logger = structlog.get_logger(__name__)
                logger.info("listening", service=service, port=listener.getsockname()[1])
            else:
                _console().print(f"{service}: {url_of(listener, tls=settings.tls_cert is not None)}")
            await serving

    _run(run())


def keep_keys() -> None:
    """Renueva las llaves de época cuando toca, hasta detenerlo · Renews the epoch keys when due, until stopped."""
    settings = checked_settings()
    if settings.postgres_dsn is None:
        raise fail(2, "Falta CANALIZA_POSTGRES_DSN, con administración.", "It says where PostgreSQL is.")
    _run(_keep_keys(settings, settings.postgres_dsn.get_secret_value()))


async def _keep_keys(settings: "Settings", dsn: str) -> None:
    import asyncio

    from services.chassis.runtime.server import SIGNALS
    from services.intake.erasures.policy import retention_policy
    from services.upkeep import keys_renewed

    stopped = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with keys_renewed(dsn, settings, retention_policy()):
        _console().print("Llaves de época al cuidado · The epoch keys are looked after.")
        await stopped.wait()


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="Terminar con un resumen · End with a summary.")] = False,
) -> None:
    """Un sistema de usar y tirar en el que se juega un día · Plays a day on a throw-away system."""
    from services.chassis.runtime import logging
    from services.demo import play

    logging.configure("ERROR")
    _run(play(leave=leave))


def _warn_if_unsafe(settings: "Settings") -> None:
    """Says that a PostgreSQL of one's own may lose what it acknowledged, if its settings allow that."""
    import asyncio

    from services.doctor.checks import postgres
    from services.doctor.domain import Level
    from services.doctor.ground import Ground
    from services.doctor.looking import examine
    from services.doctor.words import in_words

    if settings.postgres_dsn is None:
        return
    looks = [look for look in postgres.LOOKS if look.make is postgres.safe]
    for one in asyncio.run(examine(Ground.here(settings), looks)):
        if one.level is Level.BAD:
            told = in_words(one)
            typer.echo(f"! {told.es}\n  → {told.fix_es}\n! {told.en}\n  → {told.fix_en}", err=True)


def checked_settings() -> "Settings":
    """The settings, with the files that they name there.

    Raises:
        typer.Exit: a file is missing.
    """
    from services.chassis.runtime import logging
    from services.chassis.settings import Settings
    from services.cli.faults import named_files, wrong_settings

    settings = Settings()
    logging.configure(settings.log_level)
    if faults := list(named_files(settings)):
        raise wrong_settings(faults)
    _warn_if_unsafe(settings)
    return settings


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def _run(work: Coroutine[Any, Any, bool | None]) -> None:
    """Runs to the end; an expected failure becomes a sentence and an exit code."""
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop
    from services.chassis.runtime.bootstrap import NotConfiguredError
    from services.chassis.runtime.memory import no_core_dumps
    from services.chassis.runtime.server import PortTakenError
    from services.chassis.vault.epochs import KeysUnavailableError
    from services.local import AlreadyRunning, CannotStart, GivenUpError
    from services.notifications.channels.email import MailSettingsError

    no_core_dumps()
    try:
        outcome = event_loop.run(refused_in_words(work))
    except KeyboardInterrupt:
        sys.exit(130)
    except PortTakenError as error:
        raise fail(UNREACHABLE, *error.sentences) from None
    except KeysUnavailableError as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error.title()}", f"It cannot start: {error.title('en')}") from None
    except GivenUpError as error:
        raise fail(
            UNREACHABLE,
            f"Se detiene: un servidor propio no se mantiene en marcha: {error}",
            "It stops: an embedded server does not stay up.",
        ) from None
    except (AlreadyRunning, CannotStart, UnsafeSecretsError, NotConfiguredError, MailSettingsError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
    if outcome is False:
        raise typer.Exit(NO)
