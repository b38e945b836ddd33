"""What follows a repair: whoever had been erased is erased again, and the cases whose keys were lost are listed."""

import dataclasses
import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from services.intake.restorations.queries import LostCase
    from services.system import Installation


async def settle(everything: "Installation") -> "Sequence[LostCase]":
    """Erases again, and writes the list of lost cases beside the data. Returns them."""
    from pydantic import SecretStr

    from services.upkeep import cases_to_send_again, erased_again

    settings, secrets = everything.settings, everything.secrets
    dsn = (settings.postgres_dsn or SecretStr("")).get_secret_value()
    await erased_again(dsn, secrets)
    lost = await cases_to_send_again(dsn, secrets)
    path = _write(settings.data, lost)
    if lost:
        typer.echo(
            f"{len(lost)} casos sin llave: pida a cada albergue que los envíe otra vez; lista en {path}\n"
            f"{len(lost)} cases lost their keys: ask each shelter to send them again; listed in {path}",
            err=True,
        )
    return lost


def _write(data: "Path", lost: "Sequence[LostCase]") -> "Path":
    """Writes the list beside the data, readable by its owner only: it is what the shelters are telephoned with."""
    from services.chassis.private_files import write_private

    path = data / "cases-to-send-again.json"
    if lost or path.exists():
        write_private(path, json.dumps([dataclasses.asdict(one) for one in lost], indent=2, default=str) + "\n")
    return path
