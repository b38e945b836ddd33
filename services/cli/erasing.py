"""``canaliza erase`` and ``canaliza retention``: a person's data are destroyed, on a recorded basis."""

import json
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from events.vocabulary import ErasureBasis
from services.chassis.locales import COMPLETE, SPANISH, catalogue
from services.cli.asking import agreed
from services.cli.client import NO, AsJson, Token, Url, ask, fail, get

WORDS = catalogue(__name__)
BASES = """Por qué · Why. person_request: lo pide la persona, o quien puede decidir por ella · the person asks for it.
retention: terminó el plazo de guarda · the retention term is over. court_order: lo ordena un tribunal · a court orders
it. collected_wrongly: no debieron recogerse · they should not have been collected."""

Yes = Annotated[bool, typer.Option("--yes", help="Sin preguntar · Without asking.")]


def erase(
    target: Annotated[UUID, typer.Argument(help="El caso, o con --refusal lo que no se aceptó · The case.")],
    basis: Annotated[ErasureBasis, typer.Option(help=BASES)],
    refusal: Annotated[bool, typer.Option("--refusal", help="Es algo que no se aceptó · A refused document.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Suprime los datos de una persona, para siempre · Erases a person's data, for ever."""
    path = f"/api/v1/{'refusals' if refusal else 'cases'}/{target}/erasure"
    preview = get(path, {}, url, token)
    if preview["erased"]:
        raise fail(NO, "Ya fueron suprimidos.", "They were erased before.")
    _show(preview)
    if not yes and not agreed("¿Suprimir? No se puede deshacer · Erase? It cannot be undone"):
        raise fail(
            NO,
            "No se suprimió nada. Sin terminal hace falta --yes.",
            "Nothing was erased. Without a terminal --yes is needed.",
        )
    done = _erase(path, basis, url, token)
    if as_json:
        typer.echo(json.dumps(done, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{done['id']}: suprimido · erased ({done['keys']} llaves · keys)")


def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Suprimir lo listado · Erase what is listed.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Lo que ya no debe guardarse, por clase · What is no longer to be kept, by class."""
    found = get("/api/v1/retention", {}, url, token)
    for item in found["items"]:
        if not as_json:
            say = WORDS(SPANISH)
            kind = say(f"due.{item['kind']}")
            typer.echo(f"{kind}  {item['id']}  {item['shelter']}  {item['since']}")
    typer.echo(f"{len(found['items'])} · retention.yaml {found['policy']}", err=True)
    erased: list[Any] = []
    if apply and found["items"]:
        if not yes and not agreed("¿Suprimir todo? No se puede deshacer · Erase all of it? It cannot be undone"):
            raise fail(
                NO,
                "No se suprimió nada. Sin terminal hace falta --yes.",
                "Nothing was erased. Without a terminal --yes is needed.",
            )
        for item in found["items"]:
            kind = "cases" if item["kind"] == "closed_case" else "refusals"
            path = f"/api/v1/{kind}/{item['id']}/erasure"
            erased.append(_erase(path, ErasureBasis.RETENTION, url, token))
        typer.echo(f"{len(erased)} suprimidos · erased", err=True)
    if as_json:
        typer.echo(json.dumps({**found, "erased": erased}, ensure_ascii=False, indent=2))


def _erase(path: str, basis: ErasureBasis, url: str | None, token: str | None) -> Any:
    return ask("POST", path, url, token, json={"command_id": str(uuid4()), "basis": basis.value})


def _show(preview: dict[str, Any]) -> None:
    """What would be destroyed, in numbers; nothing of what it says."""
    for name in ("boxes", "refused_documents", "slips", "open_referrals"):
        words = " · ".join(say(f"erased.{name}") for say in map(WORDS, COMPLETE))
        typer.echo(f"  {preview[name]:>4}  {words}", err=True)
