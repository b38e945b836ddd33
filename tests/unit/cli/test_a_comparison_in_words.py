"""What ``canaliza audit compare`` found reads as words: which log, from where to where, and what was done."""

import pytest
from typer.testing import CliRunner

from events.vocabulary import Tampering
from services.cli import app, reconciling
from tests.support.people.people import Item

DIFFERENCE = {"position": 4711, "last": 4712, "kind": Tampering.EDITED.value, "other": None}


def compared(monkeypatch: pytest.MonkeyPatch, differences: list[Item]) -> tuple[int, str]:
    part = {"last": 5000, "size": 5000, "next": None, "differences": differences}
    monkeypatch.setattr(reconciling, "get", lambda *_: part)
    done = CliRunner().invoke(app, ["audit", "compare", "--log", "referral"])
    return done.exit_code, done.output


def test_a_log_that_agrees_is_named_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = compared(monkeypatch, [])
    assert code == 0
    assert "Registro de canalización: 5000 hechos comparados; son los que se sellaron." in told
    assert "referral" not in told


def test_a_log_that_differs_says_where_and_what_and_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = compared(monkeypatch, [DIFFERENCE])
    assert code == 1
    assert "posición 4711 a 4712: " in told
    assert Tampering.EDITED.value not in told
