"""``canaliza parked``: events that could not be digested, and having them digested again."""

import json
from typing import Annotated
from uuid import UUID

import typer

from services.chassis.names import SERVICES
from services.cli.client import AsJson, Token, Url, ask, get


def parked(as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Los hechos en espera, sin contenido · The events that wait, without contents."""
    items = get("/api/v1/operate/parked", {}, url, token)["items"]
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
        return
    for item in items:
        typer.echo(
            f"{item['parked_at']}  {item['service']} ← {item['upstream']} {item['position']}  {item['topic']}  "
            f"{item['reason']}  {item['case_id'] or ''}"
        )
    typer.echo(f"{len(items)} en espera · parked", err=True)


def retry(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Procesa de nuevo, en orden, lo de un caso · Digests a case's events again, in order."""
    answer = ask("POST", f"/api/v1/operate/parked/{service}/{case}/retry", url, token)
    typer.echo(f"{answer['digested']} procesados · digested")
