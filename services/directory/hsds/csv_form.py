"""HSDS as a folder of CSV files, one for each table, with the specification's names."""

import csv
import io
from pathlib import Path

from services.directory.hsds.export import Tables
from services.directory.hsds.tables import OPTIONAL, TABLES, HsdsFaultsError, Placed, Received, RowFault, both

ALSO = {"service_at_location": "service_at_locations"}
"""Spellings of file names that other programs use."""


def files_of(tables: Tables) -> dict[str, str]:
    """The text of every file by its name."""
    return {f"{name}.csv": _text(name, rows) for name, rows in tables.items() if rows or name not in OPTIONAL}


def read_files(folder: Path) -> Received:
    """Reads the tables of a folder without interpreting them.

    Raises:
        HsdsFaultsError: a file or a column is missing, or a row is longer than its head.
    """
    received, faults = Received(), []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in TABLES and path.stem not in ALSO.values():
            received.ignored.add(path.name)
    for name, columns in TABLES.items():
        path = folder / f"{name}.csv"
        if not path.exists() and name in ALSO:
            path = folder / f"{ALSO[name]}.csv"
        if path.exists():
            faults += _read(path, name, columns, received)
        elif name not in OPTIONAL:
            faults.append(RowFault.of((path.name, path.name), "", "hsds.no_file"))
    if faults:
        raise HsdsFaultsError(faults)
    return received


def _read(path: Path, name: str, columns: tuple[str, ...], received: Received) -> list[RowFault]:
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        head = reader.fieldnames or ()
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        return [RowFault.of((path.name, path.name), "", "hsds.no_csv")]
    faults = [
        RowFault.of((path.name, path.name), column, "hsds.no_column")
        for column in columns
        if column not in head and column not in ("description", "postal_code", "type")
    ]
    received.ignored |= {f"{path.name}: {column}" for column in head if column not in columns}
    for number, row in enumerate(rows, start=2):  # as in a spreadsheet: row 1 is the header
        where = both("hsds.row", file=path.name, number=number)
        if None in row or None in row.values():
            faults.append(RowFault.of(where, "", "hsds.too_few_cells"))
            continue
        placed = {column: value.strip() for column, value in row.items() if column in columns}
        received.tables[name].append(Placed(placed, *where))
    return faults


def _text(name: str, rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, TABLES[name], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
