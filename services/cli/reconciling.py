"""``canaliza audit counts`` and ``compare``: whether what was counted agrees, and the logs are as they were sealed."""

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.audit.history.lines import PIPE_WIDTH, local_time
from services.chassis.locales import ENGLISH, SPANISH, Translator, catalogue
from services.chassis.names import SERVICES
from services.cli.client import NO, WRONG, AsJson, InEnglish, Token, Url, fail, get

if TYPE_CHECKING:
    from rich.table import Table

WORDS = catalogue(__name__)
SAID = catalogue("services.audit")


def counts(
    shelter: Annotated[str | None, typer.Option(help="Solo de un albergue · Of one shelter.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Desde el día, AAAA-MM-DD · From that day.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Hasta el día · To that day.")] = None,
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Las cuentas por albergue y día; termina en 1 si algo no cuadra · Counts; ends 1 if any does not agree."""
    params: dict[str, Any] = {"limit": 100}
    params |= {name: str(value) for name, value in (("shelter", shelter), ("from", since), ("to", until)) if value}
    items: list[dict[str, Any]] = []
    while True:
        page = get("/api/v1/audit/counts", params, url, token)
        items += page["items"]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    if as_json:
        typer.echo(json.dumps(items, ensure_ascii=False, indent=2))
    else:
        _show(items, WORDS(ENGLISH if english else SPANISH))
    if not all(item["agrees"] for item in items):
        raise typer.Exit(NO)


def _show(items: list[dict[str, Any]], say: Translator) -> None:
    from rich.console import Console

    console = Console()
    console = console if console.is_terminal else Console(width=PIPE_WIDTH)
    if items:
        console.print(_table(items, say))
    for line in [line for item in items for line in _gaps(item, say)]:
        console.print(line, highlight=False, markup=False)
    differing = sum(not item["agrees"] for item in items)
    console.print(say.plural("counts.differing", differing), highlight=False)


def _table(items: list[dict[str, Any]], say: Translator) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in (
        say("counts.day"),
        say("counts.shelter"),
        say("counts.result"),
        say("counts.flagged"),
        say("counts.accepted"),
        say("counts.refused"),
        say("counts.routed"),
        say("counts.undecided"),
        say("counts.events"),
    ):
        table.add_column(title, no_wrap=True)
    for item in items:
        assessed, lost = item["assessed"], sum(log["missing"] for log in item["logs"])
        stream = "?" if item["in_stream"] is None else str(item["in_stream"])
        events = " ".join(str(log["events"]) for log in item["logs"]) + f" / {stream}"
        table.add_row(
            f"{date.fromisoformat(item['day']):%d/%m/%Y}",
            item["shelter"],
            say("counts.agrees" if item["agrees"] else "counts.differs"),
            str(item["flagged"]),
            str(item["accepted"]),
            f"{item['refused']} ({item['corrected']})",
            f"{assessed['routed']} ({assessed['nothing_fired']})",
            str(assessed["waiting"] + assessed["parked"]),
            events + (f" -{lost}" if lost else ""),
        )
    return table


def _gaps(item: dict[str, Any], say: Translator) -> list[str]:
    return [
        "  "
        + say(
            "counts.gap",
            device=gap["device"],
            first=gap["first"],
            last=gap["last"],
            why=say(f"missing_number.{gap['why']}"),
            before=_record(gap["before"]),
            after=_record(gap["after"]),
            shelter=item["shelter"],
        )
        for gap in item["gaps"]
    ]


def _record(record: dict[str, Any] | None) -> str:
    return "—" if record is None else f"{record['number']}, {local_time(record['recorded_at'])}"


def compare(
    log: Annotated[
        str | None, typer.Option(help="Un registro · One log: intake, referral, notifications, audit.")
    ] = None,
    position: Annotated[int | None, typer.Option(min=1, help="Una posición; con --log · One position.")] = None,
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Compara los registros con lo sellado; termina en 1 si difieren · Compares the logs; ends 1 if they differ."""
    if log not in (None, *SERVICES) or (position is not None and log is None):
        raise fail(WRONG, "Diga --log intake, referral, notifications o audit.", "Name one of those logs.")
    language = ENGLISH if english else SPANISH
    say, said = WORDS(language), SAID(language)
    if position is not None:
        _compare_entry(get(f"/api/v1/audit/comparison/{log}/{position}", {}, url, token), say, as_json, english)
        return
    found = [_compared(one, said(f"seal_log.{one}"), url, token) for one in ([log] if log else SERVICES)]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for line in [line for one in found for line in _comparison_lines(one, said(f"seal_log.{one['log']}"), say)]:
            typer.echo(line)
    if any(one["differences"] for one in found):
        raise typer.Exit(NO)


def _compared(log: str, title: str, url: str | None, token: str | None) -> dict[str, Any]:
    """The whole of a log, part by part: each part is one request of a second at most."""
    whole: dict[str, Any] = {"log": log, "compared": 0, "differences": []}
    begin: int | None = 1
    while begin is not None:
        part = get("/api/v1/audit/comparison", {"log": log, "from": begin}, url, token)
        whole["differences"] += part["differences"]
        whole["compared"] = part["last"]
        begin = part["next"]
        typer.echo(f"{title}: {part['last']} / {part['size']}", err=True)
    return whole


def _comparison_lines(one: dict[str, Any], title: str, say: Translator) -> list[str]:
    differing = len(one["differences"])
    key = "compare.differs" if differing else "compare.agrees"
    lines = [say(key, log=title, number=one["compared"], differing=differing)]
    for each in one["differences"]:
        other = "" if each["other"] is None else say("compare.other", position=each["other"])
        kind = say(f"tampering.{each['kind']}")
        lines.append(say("compare.difference", position=each["position"], last=each["last"], kind=kind, other=other))
    return lines


def _compare_entry(found: dict[str, Any], say: Translator, as_json: bool, english: bool) -> None:  # noqa: FBT001
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        language = ENGLISH if english else SPANISH
        results = {
            True: say("compare.entry_agrees"),
            False: say("compare.entry_differs"),
            None: say("compare.entry_not_yet"),
        }
        typer.echo(results[found["agrees"]])
        then, now = (
            say("compare.not_known") if said is None else said[language] for said in (found["as_sealed"], found["now"])
        )
        typer.echo(say("compare.sealed", sentence=then))
        typer.echo(say("compare.now", sentence=now))
    if found["agrees"] is False:
        raise typer.Exit(NO)
