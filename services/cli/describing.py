"""``canaliza openapi``: the description of the whole API, without a server and without an installation."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from services.cli.client import NO, fail


def openapi(out: Annotated[Path | None, typer.Option("--out", help="Archivo · File.")] = None) -> None:
    """La descripción de toda la API (OpenAPI 3.1), sin servidor · The whole API, described without a server."""
    from pydantic import SecretStr

    from services.chassis.secrets.installation import Secrets
    from services.chassis.settings import Settings
    from services.system import Installation

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder, "data"),
            keys=Path(folder, "keys"),
            host="127.0.0.1",
            postgres_dsn=SecretStr("postgresql://127.0.0.1:1/nothing"),
            nats_url="nats://127.0.0.1:1",
        )
        nobodys = Secrets.load_or_create(settings.data, settings.keys)
        application = Installation(settings, nobodys, first_start=False).application()
    text = json.dumps(application.openapi(), ensure_ascii=False, separators=(",", ":"))
    if out is None:
        typer.echo(text)
        return
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise fail(NO, f"No se pudo escribir {out}: {error.strerror}", "It could not be written.") from None
    typer.echo(f"{out}: escrito · written", err=True)
