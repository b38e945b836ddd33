"""``canaliza health`` and ``canaliza parked``: why the system is not well, and events that could not be processed."""

import json
from typing import Annotated
from uuid import UUID

import typer

from services.chassis.names import SERVICES
from services.cli.client import NO, AsJson, Token, Url, ask, fail, get


def health(
    flow: Annotated[
        bool, typer.Option("--flow", help="Si todo llega hasta el final · Whether everything goes all the way.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Por qué /health/ready (o /health/flow) dice lo que dice · Why it says so. 1: algo falla · a check failed."""
    found = ask("GET", f"/api/v1/operate/{'flow' if flow else 'ready'}", url, token, also={503})
    if "services" not in found:
        raise fail(NO, "Sin base de datos no se sabe quién pregunta.", "Without the database nobody can be told.")
    failing = [(name, one) for name, each in found["services"].items() for one in each["checks"] if not one["ok"]]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for name, one in failing:
            seconds = "" if one["seconds"] is None else f"  {one['seconds']:.0f} s"
            typer.echo(f"{name}  {one['code']}  {one['about'] or ''}{seconds}")
            typer.echo(f"  No se cumple: {one['es']}\n  Does not hold: {one['en']}")
    typer.echo(found["status"], err=True)
    if failing:
        raise typer.Exit(NO)


def parked(as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Los hechos en espera, sin contenido · The events that wait, without contents."""
    items = get("/api/v1/operate/parked", {}, url, token)["items"]
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
        return
    for item in items:
        urgent = "U0? " if item["urgent"] else ""
        typer.echo(
            f"{urgent}{item['parked_at']}  {item['service']} ← {item['upstream']} {item['position']}  "
            f"{item['topic']}  {item['reason']}  {item['case_id'] or ''}"
        )
    typer.echo(f"{len(items)} en espera · parked", err=True)


def retry(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    without: Annotated[
        str | None,
        typer.Option(
            "--without", help="SERVICIO:POSICIÓN, un hecho que se deja de lado para siempre · One to give up."
        ),
    ] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Procesa de nuevo, en orden, lo de un caso · Processes a case's parked events again, in order."""
    params: dict[str, str] = {}
    if without is not None:
        upstream, colon, position = without.partition(":")
        if not colon or not position.isdigit() or upstream not in SERVICES:
            raise fail(2, "--without es SERVICIO:POSICIÓN, como en parked list.", "It is SERVICE:POSITION.")
        params = {"upstream": upstream, "without": position}
    answer = ask("POST", f"/api/v1/operate/parked/{service}/{case}/retry", url, token, params=params)
    typer.echo(f"{answer['digested']} procesados · processed")
