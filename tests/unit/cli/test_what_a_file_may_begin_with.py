"""Files from other programs and other devices: a byte order mark is skipped, and a moment has any form of RFC 3339."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.cli.loading import _lines
from services.notifications.contacts.loader import load_contacts
from services.programme.directory_file import STARTING_DIRECTORY
from services.referral.deadlines.policy import POLICY as DEADLINES
from services.referral.deadlines.policy import load_clocks
from services.referral.routing.policy import POLICY as RULES
from services.referral.routing.policy import load_rules
from tests.support.builders.moments import forms_of
from tests.support.builders.submissions import VISIT

FAULTS = Path(__file__).parents[2] / "samples" / "faults"
MARK = b"\xef\xbb\xbf"


def said(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def explained(path: Path, line: str = "") -> dict[str, object]:
    answer = said("rules", "explain", f"{path}{line}", "--json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, object] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("line", [":1", ":2"])
def test_the_rules_are_explained_for_every_line_of_a_file_with_a_mark(line: str) -> None:
    assert explained(FAULTS / "bom.jsonl", line)["categories"] == ["ASILO"]


def test_the_rules_are_explained_alike_for_every_form_of_a_moment(tmp_path: Path) -> None:
    document = json.loads((FAULTS / "far-clock-and-old-entry.json").read_text(encoding="utf-8"))
    path = tmp_path / "one.json"
    answers = []
    for form in forms_of(VISIT):
        path.write_text(json.dumps(document | {"occurred_at": form}), encoding="utf-8")
        answers.append(explained(path))
    assert all(one == answers[0] for one in answers)


@pytest.mark.parametrize("name", ["lowercase-z.json", "far-clock-and-old-entry.json"])
def test_a_fault_of_a_device_is_explained_and_no_traceback(name: str) -> None:
    assert explained(FAULTS / name)["categories"]


def test_load_sends_every_line_without_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_bytes(MARK + b'{"a": 1}\n\n' + MARK + b'{"b": 2}\n' + MARK)
    assert list(_lines(path)) == [(1, b'{"a": 1}'), (3, b'{"b": 2}')]


def test_policies_and_contacts_may_begin_with_a_mark(tmp_path: Path) -> None:
    marked = {}
    for original in (RULES, DEADLINES):
        marked[original] = tmp_path / original.name
        marked[original].write_bytes(MARK + original.read_bytes())
    assert load_rules(marked[RULES]).rules
    assert load_clocks(marked[DEADLINES]) == load_clocks(DEADLINES)
    contacts = tmp_path / "contacts.yaml"
    contacts.write_bytes(MARK + b"OIM: {email: [guardia@canaliza.invalid]}\n")
    assert load_contacts(contacts)


def test_the_directory_may_begin_with_a_mark_in_every_form(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_bytes(MARK + STARTING_DIRECTORY.read_bytes())
    assert said("directory", "check", str(path)).exit_code == 0
    exported = tmp_path / "hsds.json"
    assert said("directory", "export", "--out", str(exported)).exit_code == 0
    exported.write_bytes(MARK + exported.read_bytes())
    imported = said("directory", "import", str(exported), "--replace")
    assert imported.exit_code == 0, imported.output
