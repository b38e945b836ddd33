"""``canaliza restore``: brings a backup back as the embedded server of this installation, and puts it right."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.backing_up import From, KeysFrom, refused_in_words, source_of
from services.cli.client import NO, AsJson, fail

if TYPE_CHECKING:
    from services.backups.putting_right import PutRight
    from services.backups.restoring import Restored, Restoring


def restore(
    source: From = None,
    keys_from: KeysFrom = None,
    to_time: Annotated[
        str | None, typer.Option("--to-time", help="Hasta ese momento (ISO 8601) · Up to that moment.")
    ] = None,
    as_far_as_it_goes: Annotated[
        bool, typer.Option("--as-far-as-it-goes", help="Aunque falte WAL · Although WAL is missing.")
    ] = False,
    although_keys_are_lost: Annotated[
        bool, typer.Option("--although-keys-are-lost", help="Aunque falten llaves · Although keys are missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restaura un respaldo en una CANALIZA_DATA vacía · Restores a backup into an empty CANALIZA_DATA."""
    from services.backups.restoring import Restoring
    from services.chassis.clock import system_clock
    from services.chassis.settings import Settings
    from services.intake.erasures.policy import retention_policy

    settings = Settings()
    if settings.postgres_dsn is not None:
        raise fail(
            2,
            "Con CANALIZA_POSTGRES_DSN el servidor es propio: se restaura allí, como dice la guía de operación.",
            "With CANALIZA_POSTGRES_DSN the server is your own: restore it there, as the operator's guide says.",
        )
    restoring = Restoring(
        settings=settings,
        source=source_of(settings, source),
        keys_from=keys_from,
        until=_moment(to_time),
        term=retention_policy().epoch_keys.copies,
        clock=system_clock,
        as_far_as_it_goes=as_far_as_it_goes,
        although_keys_are_lost=although_keys_are_lost,
    )
    restored, right = refused_in_words(_restore(restoring))
    _tell(restored, right, as_json=as_json)


def _moment(written: str | None) -> datetime | None:
    """A moment with its zone; without one UTC is meant."""
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise fail(2, "--to-time no es un momento (2013-06-12T18:00:00-06:00).", "--to-time is no moment.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _restore(restoring: "Restoring") -> "tuple[Restored, PutRight]":
    from services.backups.putting_right import put_right
    from services.cli.lost_cases import settle
    from services.system import installation

    restored = await restoring.run()
    typer.echo("Restaurado; ahora lo que falta… · Restored; now what follows…", err=True)
    async with installation(restoring.settings) as everything:
        right = await put_right(everything)
        await settle(everything)
    return restored, right


def _tell(restored: "Restored", right: "PutRight", *, as_json: bool) -> None:
    if as_json:
        said: dict[str, Any] = dataclasses.asdict(restored) | dataclasses.asdict(right)
        typer.echo(json.dumps(said, indent=2, default=str))
    else:
        typer.echo(f"Restaurado · Restored: {restored.backup}")
        for log, position in restored.positions.items():
            typer.echo(f"  {log}: hasta · up to {position}, del flujo · from the stream {right.imported[log]}")
        typer.echo(f"  {restored.erased_again} llaves de suprimidos destruidas otra vez · keys destroyed again")
    for one in restored.lost:
        typer.echo(
            f"{one.kind} {one.epoch}: su llave ya no existe; lo de {one.people} llaves de personas está perdido · "
            f"its key is gone; what {one.people} people's keys sealed is lost",
            err=True,
        )
    if right.differing:
        raise fail(NO, "Lo que se muestra difiere: canaliza rebuild.", "The read models differ: canaliza rebuild.")
    if restored.lost or right.not_imported:
        raise fail(
            NO,
            "Está restaurado, y falta algo: lea lo de arriba y docs/guides/after-a-restore.md.",
            "It is restored, and something is missing: read the above and docs/guides/after-a-restore.md.",
        )
