"""``canaliza directory``: what it answers, and how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.directory.loading import load_directory
from services.programme.directory_file import STARTING_DIRECTORY

TEXT = STARTING_DIRECTORY.read_text(encoding="utf-8")


def said(*words: str) -> Result:
    return CliRunner().invoke(app, ["directory", *words])


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    assert said("export", "--out", str(tmp_path / "hsds.json")).exit_code == 0
    return tmp_path / "hsds.json"


def test_a_sound_directory_is_said_to_be_one() -> None:
    answer = json.loads(said("check", "--json").stdout)
    assert answer["ok"] is True
    assert answer["stranded"] == []


def test_a_directory_whose_last_person_on_call_is_disabled_is_refused_by_the_desks_name(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(TEXT.replace("on_call: [p-003, p-004]", "on_call: [p-003]"), encoding="utf-8")
    warned = said("check", str(path))
    assert warned.exit_code == 0
    assert "! OIM-CHP: la mesa tiene a una sola persona de guardia" in warned.stdout
    refused = said("check", str(path), "--without", "p-003", "--json")
    assert refused.exit_code == 1
    (left,) = json.loads(refused.stdout)["stranded"]
    assert left["who"] == "OIM-CHP"
    assert said("check", str(path), "--without", "p-999").exit_code == 2


def test_a_faulty_directory_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(TEXT.replace("fallback: OIT-24H", "fallback: OIT-REG"), encoding="utf-8")
    refused = said("check", str(path))
    assert refused.exit_code == 1
    assert f"{path}:" in refused.stderr
    assert "la mesa OIT-REG no atiende las 24 horas" in refused.stderr
    assert said("check", str(tmp_path / "none.yaml")).exit_code == 2


def test_an_import_is_written_beside_and_may_be_put_in_force(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = exported.read_text(encoding="utf-8").replace("Tapachula", "Tapachula de Córdova y Ordóñez")
    exported.write_text(text, encoding="utf-8")
    done = said("import", str(exported))
    assert done.exit_code == 0
    assert "cambia el albergue ALB-TAP-01 (municipality)" in done.stdout
    written = exported.parent / "programme.yaml"
    monkeypatch.setenv("CANALIZA_DIRECTORY", str(written))
    assert load_directory().shelters["ALB-TAP-01"].municipality == "Tapachula de Córdova y Ordóñez"
    assert said("import", str(exported)).exit_code == 1
    assert "nada cambia" in said("import", str(exported), "--replace").stdout


def test_of_a_file_with_a_fault_nothing_is_imported(exported: Path) -> None:
    exported.write_text(exported.read_text(encoding="utf-8").replace('"WEEKLY"', '"DAILY"', 1), encoding="utf-8")
    refused = said("import", str(exported))
    assert refused.exit_code == 1
    assert "services[0].schedules[0], columna freq: solo se conocen horarios semanales" in refused.stderr
    assert "No se importó nada" in refused.stderr
    assert not (exported.parent / "programme.yaml").exists()


def test_telephones_are_exported_only_on_request_and_imported_separately(tmp_path: Path) -> None:
    contacts = tmp_path / "mine.yaml"
    contacts.write_text("OIM-CHP: {phone: ['+52 000 000 0001']}\n", encoding="utf-8")
    folder = tmp_path / "csv"
    assert said("export", "--format", "hsds-csv", "--out", str(folder)).exit_code == 0
    assert not (folder / "phones.csv").exists()
    said("export", "--format", "hsds-csv", "--out", str(folder), "--contacts", str(contacts))
    answer = json.loads(said("import", str(folder), "--json").stdout)
    assert answer["changes"] == []
    assert "000 0001" not in (folder / "programme.yaml").read_text(encoding="utf-8")
    apart = folder / "contacts.yaml"
    assert "+52 000 000 0001" in apart.read_text(encoding="utf-8")
    assert apart.stat().st_mode & 0o077 == 0


def test_the_list_for_the_wall_is_printed_as_text_as_a_page_and_as_data(tmp_path: Path) -> None:
    contacts = tmp_path / "mine.yaml"
    contacts.write_text("OIM-CHP: {phone: ['+52 000 000 0001']}\n", encoding="utf-8")
    words = ("phones", "--shelter", "ALB-TAP-01", "--contacts", str(contacts))
    assert "+52 000 000 0001" in said(*words).stdout
    assert said(*words, "--html").stdout.startswith("<!doctype html>")
    sheet = json.loads(said(*words, "--json").stdout)
    assert sheet["emergency"] == "911"
    assert {"who": "OIM (OIM-CHP)", "numbers": ["+52 000 000 0001"]}.items() <= sheet["lines"][0].items()
    assert said("phones", "--shelter", "ALB-XXX-01").exit_code == 2
