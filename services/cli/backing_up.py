"""``canaliza backup``: makes one, lists them, and has a drill prove that one can be restored."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.client import NO, UNREACHABLE, AsJson, fail

if TYPE_CHECKING:
    from services.backups.making import Made
    from services.chassis.settings import Settings

To = Annotated[
    Path | None,
    typer.Option("--to", help="Carpeta de los respaldos (CANALIZA_BACKUPS) · Folder of the backups."),
]
KeysTo = Annotated[
    Path | None, typer.Option("--keys-to", help="Carpeta de las llaves, aparte · Folder of the keys, apart.")
]
Keep = Annotated[int, typer.Option("--keep", min=1, help="Cuántos se guardan · How many are kept.")]
From = Annotated[
    Path | None,
    typer.Option("--from", help="Carpeta de los respaldos, o uno de ellos · Folder of the backups, or one of them."),
]
KeysFrom = Annotated[Path | None, typer.Option("--keys-from", help="La copia de las llaves · The copy of the keys.")]
KEPT = 7


def backup(
    context: typer.Context,
    to: To = None,
    keys_to: KeysTo = None,
    keep: Keep = KEPT,
    dump: Annotated[
        bool, typer.Option("--dump", help="Un volcado, sin WAL · A dump, which WAL does not continue.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Respalda esta instalación, sin detenerla · Backs this installation up while it works."""
    if context.invoked_subcommand is not None:
        return
    from services.chassis.settings import Settings

    settings = Settings()
    folder = to or settings.backups
    if folder is None:
        raise fail(2, "Falta --to, o CANALIZA_BACKUPS.", "--to or CANALIZA_BACKUPS is missing.")
    made = refused_in_words(_make(settings, folder, keys_to, keep, dump=dump))
    warnings = _warnings(settings, folder, keys_to)
    for es, en in warnings:
        typer.echo(f"Atención: {es}\nAttention: {en}", err=True)
    if as_json:
        said = {
            "folder": str(made.folder),
            "made_at": made.manifest.made_at.isoformat(),
            "kind": made.manifest.kind,
            "positions": {name: end.position for name, end in made.manifest.logs.items()},
            "keys_copied": made.keys_copied,
            "removed": made.removed,
            "copies_destroyed": made.copies_destroyed,
            "warnings": [en for _, en in warnings],
        }
        typer.echo(json.dumps(said, indent=2))
        return
    typer.echo(f"Respaldo hecho · Backup made: {made.folder}")


async def _make(settings: "Settings", to: Path, keys_to: Path | None, keep: int, *, dump: bool) -> "Made":
    from services.backups.making import Making
    from services.chassis.clock import system_clock
    from services.cli.keys import postgres
    from services.intake.erasures.policy import retention_policy
    from services.upkeep import epoch_files

    async with postgres(settings) as dsn:
        return await Making(
            dsn=dsn,
            settings=settings,
            own=epoch_files(settings),
            term=retention_policy().epoch_keys.copies,
            clock=system_clock,
            to=to,
            keys_to=keys_to,
            keep=keep,
            kind="dump" if dump else None,
        ).run()


def _warnings(settings: "Settings", to: Path, keys_to: Path | None) -> list[tuple[str, str]]:
    """What was done all the same and may be regretted."""
    from services.backups.places import on_one_disk

    found = []
    if keys_to is None:
        es = "sin --keys-to las llaves no se copiaron: sin ellas nadie abre este respaldo."
        found.append((es, "without --keys-to no keys were copied: nobody opens this backup without them."))
    for first, second in on_one_disk(settings, to, keys_to):
        es = f"{first} y {second} están en el mismo disco: lo que se lleva a uno se lleva al otro."
        found.append((es, f"{first} and {second} are on one disk: what takes the one takes the other."))
    return found


def refused_in_words(work: Any) -> Any:
    """Runs to the end; what was refused becomes a sentence and an exit code."""
    import asyncpg

    from services.backups.refusals import RefusedError
    from services.chassis.errors import StoreUnavailableError
    from services.chassis.operations.stream_reader import ForkedError
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.runtime import event_loop, logging
    from services.local import AlreadyRunning, CannotStart

    logging.configure("ERROR")
    event_loop.settle()
    try:
        return event_loop.run(work)
    except RefusedError as error:
        raise fail(NO, error.es, error.en) from None
    except ForkedError as error:
        raise fail(NO, f"Dos historias: {error}", "Two histories: call the system's maintainers.") from None
    except StoreUnavailableError as error:
        raise fail(UNREACHABLE, error.title(), error.title("en")) from None
    except (AlreadyRunning, CannotStart, UnsafeSecretsError) as error:
        raise fail(UNREACHABLE, f"No puede empezar: {error}", "It cannot start.") from None
    except (OSError, asyncpg.PostgresError) as error:
        raise fail(
            UNREACHABLE,
            f"No se alcanza, o no se pudo escribir: {type(error).__name__}",
            "It cannot be reached or written.",
        ) from None


def drill(source: From = None, keys_from: KeysFrom = None, as_json: AsJson = False) -> None:
    """Restaura aparte, comprueba y borra; no toca nada · Restores aside, checks, throws away; touches nothing."""
    import dataclasses

    from services.chassis.settings import Settings

    settings = Settings()
    done = refused_in_words(_drill(settings, source_of(settings, source), keys_from))
    if as_json:
        said = {"backup": done.backup, "at": done.at.isoformat(), "passed": done.passed}
        typer.echo(json.dumps(said | {"checks": [dataclasses.asdict(one) for one in done.checks]}, indent=2))
    else:
        typer.echo(done.backup)
        for one in done.checks:
            typer.echo(f"  {'bien · ok' if one.ok else 'MAL · WRONG'}  {one.es} · {one.en}")
    if not done.passed:
        raise fail(NO, "El simulacro falló: este respaldo no basta.", "The drill failed: this backup is not enough.")


async def _drill(settings: "Settings", source: Path, keys_from: Path | None) -> Any:
    import asyncpg

    from services.backups.drilling import Drill
    from services.chassis.clock import system_clock
    from services.chassis.private_files import UnsafeSecretsError
    from services.cli.accounts import administrator_dsn
    from services.intake.erasures.policy import retention_policy

    try:
        running: str | None = administrator_dsn(settings)
        await (await asyncpg.connect(running)).close()
    except (OSError, asyncpg.PostgresError, UnsafeSecretsError):
        running = None
    return await Drill(
        settings=settings,
        source=source,
        keys_from=keys_from,
        running=running,
        term=retention_policy().epoch_keys.copies,
        clock=system_clock,
    ).run()


def source_of(settings: "Settings", source: Path | None) -> Path:
    """Where the backups are: as said, or as set."""
    found = source or settings.backups
    if found is None:
        raise fail(2, "Falta --from, o CANALIZA_BACKUPS.", "--from or CANALIZA_BACKUPS is missing.")
    return found
