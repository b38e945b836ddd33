"""``canaliza load``: sends a file of submissions, one JSON document a line; repeating it changes nothing."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.client import NO, NOT_ALLOWED, UNREACHABLE, AsJson, Token, Url, fail, trust, way_in

if TYPE_CHECKING:
    import httpx2

PARALLEL_REQUESTS = 8
RETRY_SECONDS = 60.0
"""Seconds to retry while the system does not answer: a load survives a restart."""


class NoAnswerError(Exception):
    """The system did not answer for ``RETRY_SECONDS``."""


class WrongCredentialError(Exception):
    """The token is not valid: no line can be sent."""


@dataclass
class Outcome:
    """How many lines were new, repeated and refused."""

    new: int = 0
    again: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def add(self, number: int, answer: "httpx2.Response") -> None:
        """Counts the answer to a line."""
        if answer.status_code == 201:
            self.new += 1
        elif answer.status_code == 200:
            self.again += 1
        else:
            problem = answer.json()
            self.refused.append(
                {
                    "line": number,
                    "code": problem.get("code"),
                    "es": problem.get("title"),
                    "en": problem.get("title_en"),
                    "faults": problem.get("faults", []),
                }
            )


def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON por línea · JSON lines.")],
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Envía un archivo de registros; puede repetirse · Sends a file of submissions; safe to repeat."""
    base, authorization = way_in(url, token)
    try:
        outcome = _load(file, base, authorization)
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
    for refused in outcome.refused:
        typer.echo(f"línea {refused['line']}: {refused['code']} {refused['es']} · {refused['en']}", err=True)
        for fault in refused["faults"]:
            typer.echo(f"  {fault['field']}: {fault['es']} · {fault['en']}", err=True)
    if outcome.refused:
        raise typer.Exit(NO)


def _load(file: Path, base: str, authorization: str) -> Outcome:
    from concurrent.futures import ThreadPoolExecutor

    import httpx2
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    outcome, given_up = Outcome(), Event()
    lines = list(_lines(file))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    headers = {"Authorization": authorization}
    with (
        Progress(*columns, console=Console(stderr=True, highlight=False)) as progress,
        httpx2.Client(base_url=base, headers=headers, timeout=30, verify=trust(base)) as client,
        ThreadPoolExecutor(PARALLEL_REQUESTS) as pool,
    ):
        answers = pool.map(lambda one: _answered(client, one[1], given_up), lines)
        shown = progress.track(answers, len(lines), description="Enviando · Sending")
        try:
            for (number, _), answer in zip(lines, shown, strict=True):
                outcome.add(number, answer)
        except BaseException:
            given_up.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return outcome


def _answered(client: "httpx2.Client", line: bytes, given_up: Event) -> "httpx2.Response":
    """Sends one line until it is answered; repeating a stored submission returns the first receipt."""
    import httpx2

    waited, pause = 0.0, 0.25
    while True:
        try:
            answer = client.post("/api/v1/submissions", content=line)
            if answer.status_code == 401:
                raise WrongCredentialError
            if answer.status_code != 503:
                return answer
        except httpx2.TransportError:
            pass
        if waited >= RETRY_SECONDS or given_up.wait(pause):
            raise NoAnswerError
        waited, pause = waited + pause, min(pause * 2, 5.0)


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as text:
        for number, written in enumerate(text, start=1):
            line = written.removeprefix(BOM_UTF8)
            if line.strip():
                yield number, line.strip()
