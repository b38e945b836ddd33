"""``canaliza health`` and ``canaliza parked``: why the system is not well, and events that could not be processed."""

import json
from typing import Annotated
from uuid import UUID

import typer

from services.chassis.names import SERVICES
from services.cli.apart import layout, of_each
from services.cli.client import NO, AsJson, Token, Url, ask, fail


def health(
    flow: Annotated[
        bool, typer.Option("--flow", help="Si todo llega hasta el final · Whether everything goes all the way.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Por qué /health/ready (o /health/flow) dice lo que dice · Why it says so. 1: algo falla · a check failed."""
    asked, answers = of_each(f"/api/v1/operate/{'flow' if flow else 'ready'}", url, token)
    services = {name: each for answer in answers for name, each in answer.get("services", {}).items()}
    failing = [(name, one) for name, each in services.items() for one in each["checks"] if not one["ok"]]
    well, ill = ("flowing", "not_flowing") if flow else ("ready", "not_ready")
    found = {"status": ill if failing or asked.silent else well, "services": services}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for name, one in failing:
            seconds = "" if one["seconds"] is None else f"  {one['seconds']:.0f} s"
            typer.echo(f"{name}  {one['code']}  {one['about'] or ''}{seconds}")
            typer.echo(f"  No se cumple: {one['es']}\n  Does not hold: {one['en']}")
    typer.echo(found["status"], err=True)
    asked.complain()
    if failing:
        raise typer.Exit(NO)


def parked(as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """Los hechos en espera, sin contenido · The events that wait, without contents."""
    asked, answers = of_each("/api/v1/operate/parked", url, token)
    items = sorted((item for one in answers for item in one["items"]), key=lambda item: not item["urgent"])
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
        asked.complain()
        return
    for item in items:
        urgent = "U0? " if item["urgent"] else ""
        typer.echo(
            f"{urgent}{item['parked_at']}  {item['service']} ← {item['upstream']} {item['position']}  "
            f"{item['topic']}  {item['reason']}  {item['case_id'] or ''}"
        )
    typer.echo(f"{len(items)} en espera · parked", err=True)
    asked.complain()


def retry(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    without: Annotated[
        str | None,
        typer.Option(
            "--without", help="SERVICIO:POSICIÓN, un hecho que se deja de lado para siempre · One to give up."
        ),
    ] = None,
    as_json: AsJson = False,
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
    path = f"{layout(url, token).of(service)}/api/v1/operate/parked/{service}/{case}/retry"
    answer = ask("POST", path, url, token, params=params)
    if as_json:
        typer.echo(json.dumps(answer))
    elif answer["digested"]:
        typer.echo(f"{answer['digested']} procesados · processed")
    if not answer["digested"]:
        raise fail(NO, f"Nada de ese caso está en espera en {service}.", "Nothing of that case is parked there.")
