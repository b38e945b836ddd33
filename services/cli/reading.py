"""Commands that read: referrals, and the history of a case."""

import json
from datetime import datetime
from textwrap import wrap
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.programme import MEXICO
from services.cli.client import AsJson, Token, Url, get

console = Console()
if not console.is_terminal:
    console = Console(width=160)  # a pipe has no width; nothing is cut for it


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
    table = Table(box=None, pad_edge=False)
    for heading in ("", "Agencia", "Estado", "Albergue", "Decidir antes de", "Caso", "Categorías"):
        table.add_column(heading, no_wrap=heading != "Categorías")
    for item in items:
        due = item["deadlines"]["decide_by"]
        table.add_row(
            item["urgency"],
            item["agency"],
            item["state"],
            item["shelter"],
            "" if due is None else _local(due),
            item["case_id"],
            " ".join(item["categories"]),
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
    for line in history_lines(answer, "en" if english else "es", console.width):
        console.print(line, highlight=False, markup=False)


def history_lines(answer: dict[str, Any], language: str = "es", width: int = 160) -> list[str]:
    """A history as lines of prose, each with its time in Mexico and the log it was read from."""
    title = "Caso" if language == "es" else "Case"
    nothing = "Nada se había registrado entonces." if language == "es" else "Nothing had been recorded then."
    lines = [f"{title} {answer['case_id']}"]
    for entry in answer["entries"]:
        head = f"  {_local(entry['recorded_at'], seconds=True)}  {entry['log']:<13} "
        lines += wrap(head + entry[language], width, subsequent_indent=" " * len(head))
    return lines if answer["entries"] else [*lines, f"  {nothing}"]


def _local(moment: str, *, seconds: bool = False) -> str:
    form = "%d/%m/%Y %H:%M:%S" if seconds else "%d/%m/%Y %H:%M"
    return datetime.fromisoformat(moment).astimezone(MEXICO).strftime(form)
