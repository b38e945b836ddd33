"""Commands that read: referrals, the history of a case, and security acts."""

import json
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from services.audit.history.lines import PIPE_WIDTH, history_lines, local_time, security_lines
from services.chassis.locales import ENGLISH, SPANISH, Translator, catalogue
from services.cli.client import AsJson, InEnglish, Token, Url, get

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WORDS = catalogue(__name__)


def referrals(
    agency: Annotated[str | None, typer.Option(help="Solo las de una agencia · Of one agency.")] = None,
    state: Annotated[str | None, typer.Option(help="Solo en un estado · In one state.")] = None,
    case: Annotated[UUID | None, typer.Option(help="Solo de un caso · Of one case.")] = None,
    as_json: AsJson = False,
    english: InEnglish = False,
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
    console = _console()
    if items:
        say = WORDS(ENGLISH if english else SPANISH)
        console.print(_table(items, say))
        for line in _legend(items, say):
            console.print(line, style="dim", highlight=False)
    console.print(f"{len(items)} canalizaciones · referrals")


def _table(items: list[dict[str, Any]], say: Translator) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")  # urgency: the words are in the legend
    table.add_column(say("referrals.agency"), no_wrap=True)
    table.add_column(say("referrals.state"))
    table.add_column(say("referrals.shelter"), no_wrap=True)
    table.add_column(say("referrals.decide_by"), no_wrap=True)
    table.add_column(say("referrals.case"), no_wrap=True)
    table.add_column(say("referrals.categories"))
    for item in items:
        due = item["deadlines"]["decide_by"]
        table.add_row(
            item["urgency"],
            item["agency"],
            say(f"state.{item['state']}"),
            item["shelter"],
            "" if due is None else local_time(due),
            item["case_id"],
            " ".join(item["categories"]),
        )
    return table


def _legend(items: list[dict[str, Any]], say: Translator) -> list[str]:
    """The words of the urgencies and categories in the table, which shows their codes: a line each."""
    urgencies = sorted({item["urgency"] for item in items})
    categories = sorted({category for item in items for category in item["categories"]})
    words = [(code, say(f"urgency.{code}")) for code in urgencies]
    words += [(code, say(f"category.{code}")) for code in categories]
    return ["", *(f"{code:<10} {text}" for code, text in words), ""]


def history(
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    at: Annotated[str | None, typer.Option(help="Hasta ese momento, RFC 3339 con zona · Until then.")] = None,
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """La historia de un caso, leída de los registros · A case's history, read back from the logs."""
    answer = get(f"/api/v1/audit/cases/{case}/history", {} if at is None else {"at": at}, url, token)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    console = _console()
    for line in history_lines(answer, ENGLISH if english else SPANISH, console.width):
        console.print(line, highlight=False, markup=False)


def who_knew(
    case: Annotated[UUID, typer.Argument(help="El caso · The case.")],
    at: Annotated[str | None, typer.Option(help="En ese momento, RFC 3339 con zona · At that moment.")] = None,
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Quién supo qué de un caso, y cuándo · Who knew what of a case, and when."""
    from services.audit.knowledge.lines import knowledge_lines

    answer = get(f"/api/v1/audit/cases/{case}/knowledge", {} if at is None else {"at": at}, url, token)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    console = _console()
    for line in knowledge_lines(answer, ENGLISH if english else SPANISH, console.width):
        console.print(line, highlight=False, markup=False)


def security(
    who: Annotated[str | None, typer.Option(help="Una cuenta o credencial · An account or a token's id.")] = None,
    since: Annotated[str | None, typer.Option(help="Desde, RFC 3339 con zona · From then on.")] = None,
    until: Annotated[str | None, typer.Option(help="Hasta antes de · Until before.")] = None,
    most: Annotated[int, typer.Option(min=1, max=500, help="Cuántos, los últimos · How many, the latest.")] = 100,
    as_json: AsJson = False,
    english: InEnglish = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Qué pasó con cuentas, sesiones y credenciales · What became of accounts, sessions and tokens."""
    params: dict[str, Any] = {"limit": most}
    params |= {name: value for name, value in (("who", who), ("since", since), ("until", until)) if value}
    answer = get("/api/v1/audit/security", params, url, token)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    console = _console()
    for line in security_lines(answer, ENGLISH if english else SPANISH, console.width):
        console.print(line, highlight=False, markup=False)


def _console() -> "Console":
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)
