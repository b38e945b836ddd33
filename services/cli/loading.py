"""``canaliza load``: sends a file of submissions, one JSON document a line; repeating it changes nothing."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.client import NO, NOT_ALLOWED, UNREACHABLE, AsJson, Token, Url, fail, way_in

AT_ONCE = 8
PATIENCE = 60.0
"""Seconds to go on trying while the system is away: a restart must not fail a load."""

console = Console(stderr=True, highlight=False)


class NoAnswerError(Exception):
    """The system was away for longer than we wait."""


class WrongCredentialError(Exception):
    """No line will be taken with this token."""


@dataclass
class Outcome:
    """What became of the lines."""

    new: int = 0
    again: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)


def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON por línea · JSON lines.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Envía un archivo de registros; puede repetirse · Sends a file of submissions; safe to repeat."""
    base, authorization = way_in(url, token)
    try:
        outcome = asyncio.run(_load(file, base, authorization))
    except NoAnswerError:
        raise fail(UNREACHABLE, "El sistema no responde; repita la carga.", "No answer; load it again.") from None
    except WrongCredentialError:
        raise fail(NOT_ALLOWED, "La credencial no es válida.", "The credential is not valid.") from None
    if as_json:
        typer.echo(json.dumps(asdict(outcome), ensure_ascii=False))
    else:
        typer.echo(
            f"{outcome.new} nuevos, {outcome.again} ya estaban, {len(outcome.refused)} rechazados · "
            f"{outcome.new} new, {outcome.again} known, {len(outcome.refused)} refused"
        )
    for refused in sorted(outcome.refused, key=lambda one: one["line"]):
        typer.echo(f"línea {refused['line']}: {refused['code']} {refused['es']} · {refused['en']}", err=True)
        for fault in refused["faults"]:
            typer.echo(f"  {fault['field']}: {fault['es']} · {fault['en']}", err=True)
    if outcome.refused:
        raise typer.Exit(NO)


async def _load(file: Path, base: str, authorization: str) -> Outcome:
    outcome = Outcome()
    lines = list(_lines(file))
    queue = iter(lines)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Enviando · Sending", total=len(lines))
        async with httpx2.AsyncClient(base_url=base, headers={"Authorization": authorization}, timeout=30) as client:

            async def work() -> None:
                for number, line in queue:
                    await _send(client, number, line, outcome)
                    progress.advance(task)

            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(AT_ONCE):
                        group.create_task(work())
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
    return outcome


async def _send(client: httpx2.AsyncClient, number: int, line: bytes, outcome: Outcome) -> None:
    """Sends one line until it is answered: sending again what was stored gets the first receipt."""
    answer = await _answered(client, line)
    if answer.status_code == 201:
        outcome.new += 1
    elif answer.status_code == 200:
        outcome.again += 1
    elif answer.status_code == 401:
        raise WrongCredentialError
    else:
        problem = answer.json()
        outcome.refused.append(
            {
                "line": number,
                "code": problem.get("code"),
                "es": problem.get("title"),
                "en": problem.get("title_en"),
                "faults": problem.get("faults", []),
            }
        )


async def _answered(client: httpx2.AsyncClient, line: bytes) -> httpx2.Response:
    waited, pause = 0.0, 0.25
    while True:
        try:
            answer = await client.post("/api/v1/submissions", content=line)
            if answer.status_code != 503:
                return answer
        except httpx2.TransportError:
            pass
        if waited >= PATIENCE:
            raise NoAnswerError
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, 5.0)


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield number, line.strip()
