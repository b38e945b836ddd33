"""The directory goes out as Open Referral HSDS 3 and comes back the same; what is wrong is told by row and column."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.changes import changes
from services.directory.faults import directory_faults
from services.directory.hsds import csv_form, json_form
from services.directory.hsds.export import NOT_PUBLISHED, Tables, tables_of
from services.directory.hsds.importing import Imported, imported
from services.directory.hsds.tables import TABLES, HsdsFaultsError, Placed, Received
from services.directory.loading import load_directory
from services.directory.writing import text_of

PRESENT = load_directory()
PHONES = {"OIM-CHP": ["+52 000 000 0001", "+52 000 000 0002"], "PEAS-24H": ["000 000 0003"]}
EXPORTED = tables_of(PRESENT, PHONES)
Change = Callable[[Tables], None]


def copied() -> Tables:
    return {name: [dict(row) for row in rows] for name, rows in EXPORTED.items()}


def by_csv(tables: Tables, folder: Path) -> Imported:
    for name, text in csv_form.files_of(tables).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return imported(csv_form.read_files(folder), PRESENT)


def by_json(tables: Tables) -> Imported:
    return imported(json_form.read_text(json_form.text_of(tables)), PRESENT)


def refused(come_in: Callable[[], object]) -> list[str]:
    with pytest.raises(HsdsFaultsError) as faults:
        come_in()
    return [fault.text for fault in faults.value.faults]


def test_what_goes_out_as_csv_comes_back_the_same(tmp_path: Path) -> None:
    found = by_csv(EXPORTED, tmp_path)
    assert found == Imported(PRESENT, PHONES)
    assert tables_of(found.directory, found.phones) == EXPORTED


def test_what_goes_out_as_json_comes_back_the_same() -> None:
    found = by_json(EXPORTED)
    assert found == Imported(PRESENT, PHONES)
    assert json_form.text_of(tables_of(found.directory, found.phones)) == json_form.text_of(EXPORTED)


def test_a_directory_without_telephones_gives_none_away(tmp_path: Path) -> None:
    tables = tables_of(PRESENT)
    assert tables["phones"] == []
    assert "phones.csv" not in csv_form.files_of(tables)
    assert '"phones"' not in json_form.text_of(tables)
    assert by_csv(tables, tmp_path) == Imported(PRESENT, {})


def test_an_export_shows_neither_who_is_on_call_nor_where_a_shelter_is() -> None:
    text = json_form.text_of(EXPORTED)
    assert not [code for code in PRESENT.people if code in text]
    assert {row["address_1"] for row in EXPORTED["addresses"]} == {NOT_PUBLISHED}
    assert not {recipient for recipient in PRESENT.restricted if f'"{recipient}"' in text}


def test_every_row_has_the_fields_that_the_specification_asks_for() -> None:
    needed = {
        "organizations": {"id", "name", "description"},
        "services": {"id", "name", "status", "organization_id"},
        "locations": {"id", "location_type"},
        "addresses": {"id", "address_1", "city", "state_province", "postal_code", "country", "address_type"},
        "service_at_location": {"id", "service_id", "location_id"},
        "phones": {"id", "number"},
    }
    for name, fields in needed.items():
        assert all(fields <= row.keys() for row in EXPORTED[name])
    assert all(set(row) == set(TABLES[name]) for name, rows in EXPORTED.items() for row in rows)
    ids = [row["id"] for rows in EXPORTED.values() for row in rows]
    assert len(ids) == len(set(ids))


def test_an_address_that_comes_in_is_not_kept(tmp_path: Path) -> None:
    tables = copied()
    for row in tables["addresses"]:
        row["address_1"] = "CANARIO 12"
    assert "CANARIO" not in text_of(by_csv(tables, tmp_path).directory)


def edit(table: str, at: int, column: str, value: str) -> Change:
    def change(tables: Tables) -> None:
        tables[table][at][column] = value

    return change


@pytest.mark.parametrize(
    ("table", "column", "value", "es", "en"),
    [
        ("organizations", "alternate_name", "INM", "no es una agencia del programa", "no agency of the programme"),
        ("organizations", "name", "", "falta", "is missing"),
        ("services", "alternate_name", "OIM-CANARIO", "no es un código de mesa", "no code of a desk"),
        ("services", "organization_id", "CANARIO", "no está en organizations", "it is not in organizations"),
        ("services", "status", "inactive", "solo se importan mesas activas", "only active desks"),
        ("locations", "alternate_name", "CANARIO", "no es un código de albergue", "no code"),
        ("addresses", "state_province", "Chiapas", "no es un estado como MX-CHP", "no state such as MX-CHP"),
        ("addresses", "city", "", "falta", "is missing"),
        ("service_at_location", "location_id", "CANARIO", "no está en locations", "it is not in locations"),
        ("schedules", "freq", "MONTHLY", "solo se conocen horarios semanales", "only WEEKLY"),
        ("schedules", "byday", "LU,MA", "no son días como MO,TU,WE", "no days such as MO,TU,WE"),
        ("schedules", "opens_at", "CANARIO", "no es una hora como 09:00-06:00", "no time such as"),
        ("schedules", "opens_at", "25:00-06:00", "no es una hora como 09:00-06:00", "no time such as"),
        ("schedules", "opens_at", "09:00Z", "la hora debe ser la de la Ciudad de México", "must be Mexico City's"),
        ("schedules", "closes_at", "07:00-06:00", "cierra antes de abrir", "it closes before it opens"),
        ("schedules", "service_id", "", "falta", "is missing"),
        ("schedules", "id", "", "falta", "is missing"),
        ("service_areas", "name", "CANARIO", "no es un estado como MX-CHP", "no state such as MX-CHP"),
        ("phones", "number", "CANARIO", "no es un teléfono", "it is no telephone"),
    ],
)
def test_a_fault_in_a_file_is_reported_by_row_and_column_and_quotes_nothing(
    tmp_path: Path, table: str, column: str, value: str, es: str, en: str
) -> None:
    tables = copied()
    edit(table, 0, column, value)(tables)
    told = refused(lambda: by_csv(tables, tmp_path))
    place = f"{table}.csv, fila 2, columna {column}: {es}"
    assert any(one.startswith(place) and en in one.partition(" · ")[2] for one in told), told
    assert not any("CANARIO" in one for one in told)


def test_a_repeated_code_is_reported_where_it_occurs_again(tmp_path: Path) -> None:
    tables = copied()
    edit("services", 1, "alternate_name", tables["services"][0]["alternate_name"])(tables)
    told = refused(lambda: by_csv(tables, tmp_path))
    assert any(
        one.startswith("services.csv, fila 3, columna alternate_name: ese código está dos veces") for one in told
    )


def test_a_spreadsheet_row_is_counted_as_the_spreadsheet_shows_it(tmp_path: Path) -> None:
    tables = copied()
    edit("schedules", 7, "freq", "DAILY")(tables)
    (told,) = [one for one in refused(lambda: by_csv(tables, tmp_path)) if "freq" in one]
    assert told.startswith("schedules.csv, fila 9, columna freq: ")
    assert " · schedules.csv, row 9, column freq: " in told


def test_a_fault_in_json_is_reported_by_its_place() -> None:
    document = json.loads(json_form.text_of(EXPORTED))
    document["services"][2]["schedules"][0]["byday"] = 12
    document["services"][4]["service_at_locations"] = "x"
    told = refused(lambda: json_form.read_text(json.dumps(document)))
    assert any(one.startswith("services[2].schedules[0], columna byday: debe ser un texto") for one in told)
    assert any(one.startswith("services[4], columna service_at_locations: debe ser una lista") for one in told)


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"services": {}}', '{"services": [1]}'])
def test_what_is_no_list_of_services_is_refused(text: str) -> None:
    assert refused(lambda: json_form.read_text(text))


def test_a_missing_file_a_missing_column_and_a_ragged_row_are_reported(tmp_path: Path) -> None:
    by_csv(EXPORTED, tmp_path)
    (tmp_path / "schedules.csv").unlink()
    (tmp_path / "services.csv").write_text("id,name\n1\n", encoding="utf-8")
    told = refused(lambda: csv_form.read_files(tmp_path))
    assert "schedules.csv: falta el archivo · schedules.csv: the file is missing" in told
    assert any(one.startswith("services.csv, columna organization_id: falta la columna") for one in told)
    assert any(one.startswith("services.csv, fila 2: no tiene tantas celdas") for one in told)


def test_what_is_not_taken_is_said(tmp_path: Path) -> None:
    by_csv(EXPORTED, tmp_path)
    (tmp_path / "funding.csv").write_text("id\n", encoding="utf-8")
    rows = csv.DictReader(io.StringIO((tmp_path / "services.csv").read_text(encoding="utf-8")))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*TABLES["services"], "fees_description"])
    writer.writeheader()
    writer.writerows({**row, "fees_description": "x"} for row in rows)
    (tmp_path / "services.csv").write_text(out.getvalue(), encoding="utf-8")
    received = csv_form.read_files(tmp_path)
    assert received.ignored == {"funding.csv", "services.csv: fees_description"}
    assert imported(received, PRESENT).directory == PRESENT


def test_a_directory_that_would_leave_an_agency_without_its_desk_of_every_hour_is_refused(tmp_path: Path) -> None:
    tables = copied()
    gone = next(row["id"] for row in tables["services"] if row["alternate_name"] == "OIT-24H")
    for name, rows in tables.items():
        tables[name] = [row for row in rows if gone not in (row.get("service_id"), row["id"])]
    (told,) = refused(lambda: by_csv(tables, tmp_path))
    assert "OIT-24H no es una mesa de OIT" in told


def test_a_new_desk_and_a_changed_hour_come_in_and_are_said(tmp_path: Path) -> None:
    tables = copied()
    first = tables["services"][0]
    tables["services"].append({**first, "id": "new", "alternate_name": "OIT-CHP", "organization_id": ""})
    tables["services"][-1]["organization_id"] = next(
        row["id"] for row in tables["organizations"] if row["alternate_name"] == "OIT"
    )
    hours = {**tables["schedules"][0], "id": "new hours", "service_id": "new"}
    tables["schedules"].append(hours)
    tables["service_areas"].append({"id": "new area", "service_id": "new", "name": "MX-CHP"})
    told = refused(lambda: by_csv(tables, tmp_path))
    assert any("más de una mesa para MX-CHP" in one for one in told)  # the regional one covers it already
    regional = next(row["id"] for row in tables["services"] if row["alternate_name"] == "OIT-REG")
    for name in ("service_areas", "service_at_location"):
        tables[name] = [row for row in tables[name] if row["service_id"] != regional or row.get("name") == "MX-OAX"]
    tables["schedules"][0]["opens_at"] = "07:30-06:00"
    found = by_csv(tables, tmp_path).directory
    assert found.duty_desks["OIT-CHP"].on_call == PRESENT.duty_desks["OIT-24H"].on_call
    assert [one.partition(" · ")[0] for one in changes(PRESENT, found)] == [
        "cambia la mesa OIM-CHP (hours)",
        "entra la mesa OIT-CHP",
        "cambia la mesa OIT-REG (states)",
    ]


CELLS = [(name, at, column) for name, rows in EXPORTED.items() for at, row in enumerate(rows) for column in row]
KNOWN = sorted({value for rows in EXPORTED.values() for row in rows for value in row.values()})
VALUES = st.one_of(st.text(max_size=30), st.sampled_from(KNOWN))


@given(st.lists(st.tuples(st.sampled_from(CELLS), VALUES), min_size=1, max_size=4))
def test_with_any_value_in_any_cell_everything_is_imported_or_nothing(
    edits: list[tuple[tuple[str, int, str], str]],
) -> None:
    tables: Any = copied()
    for (name, at, column), value in edits:
        tables[name][at][column] = value
    received = Received()
    for name, rows in tables.items():
        received.tables[name] = [Placed(row, f"{name} {at}", f"{name} {at}") for at, row in enumerate(rows)]
    with suppress(HsdsFaultsError):  # and nothing else
        assert not list(directory_faults(imported(received, PRESENT).directory))
