"""``canaliza directory export`` and ``import``: exchanges the directory as Open Referral HSDS 3."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.client import NO, AsJson, done, fail
from services.cli.directory import ContactsFile, loaded, numbers

if TYPE_CHECKING:
    from services.directory.hsds.importing import Imported
    from services.directory.model import Directory


class Format(StrEnum):
    """Exchange formats of a directory."""

    JSON = "hsds-json"
    CSV = "hsds-csv"


def export(
    out: Annotated[Path, typer.Option("--out", help="Archivo JSON, o carpeta para CSV · File, or folder for CSV.")],
    form: Annotated[Format, typer.Option("--format", help="Open Referral HSDS 3.")] = Format.JSON,
    contacts: ContactsFile = None,
    as_json: AsJson = False,
) -> None:
    """Exporta el directorio a Open Referral HSDS 3 · Exports the directory; telephones only with --contacts."""
    from services.directory.hsds import csv_form, json_form
    from services.directory.hsds.export import tables_of

    tables = tables_of(loaded(), numbers(contacts) if contacts else None)
    try:
        if form is Format.JSON:
            out.write_text(json_form.text_of(tables), encoding="utf-8")
        else:
            out.mkdir(parents=True, exist_ok=True)
            for name, text in csv_form.files_of(tables).items():
                (out / name).write_text(text, encoding="utf-8", newline="")
    except OSError:
        raise fail(2, f"No se puede escribir en {out}.", "It cannot be written there.") from None
    done({"written": str(out), "format": form}, f"Directorio exportado a {out}", "exported", as_json=as_json)


def import_(
    source: Annotated[Path, typer.Argument(help="Archivo HSDS JSON, o carpeta con CSV · HSDS file or folder.")],
    replace: Annotated[bool, typer.Option("--replace", help="Aunque ya exista programme.yaml · Overwrite it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lee HSDS 3 y escribe al lado un programme.yaml válido · Reads HSDS 3, writes a valid programme.yaml beside it."""
    from services.directory.changes import changes
    from services.directory.stranded import stranded
    from services.directory.writing import contacts_text, text_of
    from services.programme.directory_file import STARTING_DIRECTORY

    present = loaded()
    found, ignored = _imported(source, present)
    folder = source if source.is_dir() else source.parent
    new = [(folder / STARTING_DIRECTORY.name, text_of(found.directory))]
    if found.phones:
        new.append((folder / "contacts.yaml", contacts_text(found.phones)))
    if not replace and any(path.exists() for path, _ in new):
        raise fail(NO, f"Ya hay un programme.yaml o contacts.yaml en {folder}; use --replace.", "It exists already.")
    for path, text in new:
        path.touch(mode=0o600)
        path.chmod(0o600)  # an existing file may be open to others
        path.write_text(text, encoding="utf-8")
    sentences, left = changes(present, found.directory), stranded(found.directory)
    if as_json:
        left_alone = [asdict(one) for one in left]
        written = [str(path) for path, _ in new]
        answer = {"written": written, "changes": sentences, "ignored": ignored, "stranded": left_alone}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    typer.echo("\n".join(f"  {sentence}" for sentence in sentences) or "  nada cambia · nothing changes")
    for one in left:
        typer.echo(f"  ! {one.who}: {one.es} · {one.en}")
    for name in ignored:
        typer.echo(f"  no se importa {name} · not imported", err=True)
    typer.echo("Escrito: " + ", ".join(str(path) for path, _ in new))


def _imported(source: Path, present: "Directory") -> "tuple[Imported, list[str]]":
    from services.directory.hsds import csv_form, json_form
    from services.directory.hsds.importing import imported
    from services.directory.hsds.tables import HsdsFaultsError

    try:
        if source.is_dir():
            received = csv_form.read_files(source)
        else:
            received = json_form.read_text(source.read_text(encoding="utf-8-sig"))
        return imported(received, present), sorted(received.ignored)
    except (OSError, UnicodeDecodeError):
        raise fail(2, f"No se puede leer {source}.", "It cannot be read.") from None
    except HsdsFaultsError as error:
        for fault in error.faults:
            typer.echo(f"  {fault.text}", err=True)
        raise fail(NO, "No se importó nada.", "Nothing was imported.") from None
