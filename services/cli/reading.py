"""Commands that read: referrals, and the history of a case."""

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.programme import MEXICO
from services.cli.client import AsJson, Token, Url, get

console = Console(soft_wrap=False)


def referrals(
    agency: Annotated[str | None, typer.Option(help="Solo las de una agencia · Of one agency.")] = None,
    state: Annotated[str | None, typer.Option(help="Solo en un estado · In one state.")] = None,
    case: Annotated[UUID | None, typer.Option(help="Solo de un caso · Of one case.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Las canalizaciones y su estado · Referrals and their state."""
    items: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 500}
    params |= {name: str(value) for name, value in (("agency", agency), ("state", state), ("case", case)) if value}
    while True:
        page = get("/api/v1/referrals", params, url, token)
        items += page["items"]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
        return
    table = Table("Urgencia", "Agencia", "Estado", "Categorías", "Albergue", "Decidir antes de", "Caso")
    for item in items:
        due = item["deadlines"]["decide_by"]
        table.add_row(
            item["urgency"],
            item["agency"],
            item["state"],
            ", ".join(item["categories"]),
            item["shelter"],
            "" if due is None else _local(due),
            item["case_id"],
        )
    console.print(table)
    console.print(f"{len(items)} canalizaciones · referrals")


def history(
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    at: Annotated[str | None, typer.Option(help="Hasta ese momento, RFC 3339 con zona · Until then.")] = None,
    as_json: AsJson = False,
    english: Annotated[bool, typer.Option("--en", help="In English.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """La historia de un caso, leída de los registros · A case's history, read back from the logs."""
    answer = get(f"/api/v1/audit/cases/{case}/history", {} if at is None else {"at": at}, url, token)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for line in history_lines(answer, "en" if english else "es"):
        console.print(line, highlight=False, markup=False)


def history_lines(answer: dict[str, Any], language: str = "es") -> list[str]:
    """A history as lines of prose, each with its time in Mexico and the log it was read from."""
    title = f"Caso {answer['case_id']}" if language == "es" else f"Case {answer['case_id']}"
    lines = [title]
    lines += [
        f"  {_local(entry['recorded_at'], seconds=True)}  {entry['log']:<13} {entry[language]}"
        for entry in answer["entries"]
    ]
    return lines


def _local(moment: str, *, seconds: bool = False) -> str:
    form = "%d/%m/%Y %H:%M:%S" if seconds else "%d/%m/%Y %H:%M"
    return datetime.fromisoformat(moment).astimezone(MEXICO).strftime(form)
