"""``canaliza audit checkpoints``, ``proof``, ``keys`` and ``witness``: seals, and checking them without the system."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from services.audit.history.lines import local_time
from services.chassis.locales import ENGLISH, SPANISH, Translator, catalogue
from services.cli.client import NO, WRONG, AsJson, InEnglish, Token, Url, fail, get, get_text
from services.cli.helping import WholeSentences

proof = typer.Typer(
    help="Pruebas de un hecho o de un sello · Proofs of a fact or of a seal.", no_args_is_help=True, cls=WholeSentences
)
Log = Annotated[str, typer.Option("--log", help="intake, referral, notifications, audit")]
WITNESS_PORT = 8770
SAID = catalogue("services.audit")
PROVEN = {
    "origin": "registro · log",
    "size": "hechos del sello · events of the seal",
    "position": "posición · position",
    "id": "hecho · event",
    "topic": "tipo · kind",
    "case": "caso · case",
    "state": "contenido · content",
}
"""What is called how, of a fact that is proven."""


def checkpoints(as_json: AsJson = False, english: InEnglish = False, url: Url = None, token: Token = None) -> None:
    """El último sello de cada registro y sus testigos; termina en 1 si algo no coincide · Seals; ends 1 on a fault."""
    found = get("/api/v1/audit/checkpoints", {}, url, token)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for line in [line for one in found["items"] for line in _standing(one, SAID(ENGLISH if english else SPANISH))]:
            typer.echo(line)
    if any(one["problem"] or any(each["fault"] == "refused" for each in one["witnesses"]) for one in found["items"]):
        raise typer.Exit(NO)


def _standing(one: dict[str, Any], said: Translator) -> Iterator[str]:
    """The state of one log's seals and of each of its witnesses, as the page of seals says it."""
    yield said(f"seal_log.{one['log']}")
    sealed = one["checkpoint"]
    if sealed is None:
        yield f"    {said('seal_state.nothing')}"
    else:
        at = local_time(sealed["sealed_at"], seconds=True)
        yield f"    {said('audit.seals.last')} · {said('audit.seals.size', count=sealed['size'])} · {at}"
    if one["unsealed"]:
        yield f"    {said('audit.seals.unsealed')} · {said('audit.seals.size', count=one['unsealed'])}"
    if one["problem"]:
        yield f"    ▲ {said('seal_problem.' + one['problem'])}"
    for each in one["witnesses"]:
        state = each["fault"] or ("never" if each["size"] is None else "behind" if each["behind"] else "cosigned")
        cosigned = said("audit.seals.size", count=each["size"] or 0)
        yield f"    {each['name']}: {said('witness_state.' + state)} · {said('audit.seals.cosigned')} · {cosigned}"


@proof.command("event")
def event(
    event_id: UUID,
    out: Annotated[Path, typer.Option("--out", help="Archivo que se escribe · File to write.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """La prueba de un hecho, en un archivo que se comprueba solo · The proof of one fact, in a file of its own."""
    text = get_text(f"/api/v1/audit/proofs/event/{event_id}", url, token)
    out.write_text(text, encoding="utf-8")
    typer.echo(f"{out}", err=True)


@proof.command("inclusion")
def inclusion(
    log: Log,
    position: Annotated[int, typer.Option("--position")],
    size: Annotated[int | None, typer.Option("--size")] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Que un hecho está en un sello · That a fact is in a seal."""
    asked: dict[str, Any] = {"log": log, "position": position} | ({} if size is None else {"size": size})
    typer.echo(json.dumps(get("/api/v1/audit/proofs/inclusion", asked, url, token), indent=2))


@proof.command("consistency")
def consistency(
    log: Log,
    first: Annotated[int, typer.Option("--from")],
    second: Annotated[int | None, typer.Option("--to")] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Que un sello continúa otro · That one seal continues another."""
    asked: dict[str, Any] = {"log": log, "from": first} | ({} if second is None else {"to": second})
    typer.echo(json.dumps(get("/api/v1/audit/proofs/consistency", asked, url, token), indent=2))


@proof.command("check")
def check(
    file: Path,
    key: Annotated[str, typer.Option("--key", help="Llave pública del registro · The log's public key.")],
    as_json: AsJson = False,
) -> None:
    """Comprueba la prueba de un hecho, sin red ni sistema · Checks the proof of a fact, without network or system."""
    from services.audit.ledger.leaves import read_leaf
    from services.audit.ledger.notes import NoteError, VerifierKey
    from services.audit.ledger.tlog_proof import MAX_PROOF, LogProof

    try:
        with file.open("rb") as opened:
            raw = opened.read(4 * MAX_PROOF)
        checked = LogProof.parse(raw.decode())
        sealed = checked.verified(VerifierKey.parse(key))
        leaf = read_leaf(checked.entry)
    except OSError:
        raise fail(WRONG, f"No se puede leer {file}.", f"{file} cannot be read.") from None
    except (NoteError, ValueError) as error:
        why = str(error) if isinstance(error, NoteError) else "not a proof"
        raise fail(
            NO, "No está probado: el archivo no lleva a un sello firmado con esa llave.", f"Not proven: {why}."
        ) from None
    told = {
        "origin": sealed.origin,
        "size": sealed.size,
        "position": leaf.position,
        "id": str(leaf.id),
        "topic": leaf.topic,
        "case": None if leaf.case is None else str(leaf.case),
        "state": leaf.state.decode("utf-8", "replace"),
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    typer.echo("Está probado · Proven")
    for name, value in told.items():
        typer.echo(f"  {PROVEN[name]}: {value}")


def keys(
    begin_anew: Annotated[
        bool,
        typer.Option("--begin-anew", help="La llave se perdió: empieza otro libro · The key is lost: another ledger."),
    ] = False,
    giving_up: Annotated[
        list[str] | None, typer.Option("--giving-up", help="Identificador del libro perdido · Id of the lost ledger.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Las llaves públicas de los sellos · The public keys of the seals."""
    from services.audit.ledger.keys import LedgerKeys, NoLedgerKeyError
    from services.chassis.private_files import UnsafeSecretsError
    from services.chassis.secrets.folder import alone_in, keys_folder
    from services.chassis.secrets.ledger import KEEPER
    from services.chassis.secrets.ledger import begin_anew as begin
    from services.chassis.secrets.service import ServiceSecrets
    from services.chassis.settings import Settings

    settings = Settings()
    try:
        folder = keys_folder(settings.data, settings.keys)
        if begin_anew:
            if not giving_up:
                raise fail(
                    WRONG,
                    "Diga con --giving-up qué libro se abandona: nadie podrá continuar sus sellos.",
                    "Say with --giving-up which ledger is given up: nobody can continue its seals.",
                )
            with alone_in(folder):
                begin(folder, giving_up)
        found = {name: str(key) for name, key in LedgerKeys.of(ServiceSecrets.load(folder, KEEPER)).verifiers().items()}
    except (UnsafeSecretsError, NoLedgerKeyError, OSError) as error:
        raise fail(WRONG, f"Las llaves no se pueden usar: {error}", "The keys cannot be used.") from None
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for key in found.values():
        typer.echo(key)


def witness(
    folder: Annotated[Path, typer.Option("--folder", help="Su llave y lo que ha firmado · Its key and record.")],
    log: Annotated[list[str], typer.Option("--log", help="Llave pública de un registro · A log's public key.")],
    name: Annotated[str, typer.Option("--name", help="Nombre de su llave nueva · Name of its new key.")] = "",
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = WITNESS_PORT,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key")] = None,
) -> None:
    """Testigo de otro sistema: no necesita nada de él · Witnesses another system: needs nothing of it."""
    import socket

    import uvicorn

    from services.audit.ledger.notes import NoteError, VerifierKey
    from services.audit.witnesses.record import WitnessRecord
    from services.audit.witnesses.server import witness_application
    from services.chassis.private_files import UnsafeSecretsError

    try:
        known = {key.name: key for key in map(VerifierKey.parse, log)}
        record = WitnessRecord.at(folder, name or f"{socket.gethostname()}/canaliza-witness", known)
        list(record.seen())
    except (NoteError, UnsafeSecretsError, OSError) as error:
        raise fail(WRONG, f"El testigo no puede empezar: {error}", "The witness cannot start.") from None
    typer.echo(str(record.key.verifier))
    uvicorn.run(
        witness_application(record),
        host=host,
        port=port,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=64,
        timeout_keep_alive=30,
    )
