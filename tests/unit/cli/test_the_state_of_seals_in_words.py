"""The state of the seals reads as words on a terminal: no code of ours, and times of Mexico City."""

import pytest
from typer.testing import CliRunner

from services.audit.ledger.domain import Inconsistency
from services.audit.witnesses.commands import WitnessFault
from services.cli import app, auditing_ledger
from tests.support.people.people import Item

SEALED = {"size": 5281, "root": "", "note": "", "sealed_at": "2026-03-02T15:04:05.678901+00:00"}


def witness(fault: str | None = None, size: int | None = 5281, behind: int = 0) -> Item:
    return {"name": "acnur/testigo", "fault": fault, "size": size, "behind": behind}


def shown(monkeypatch: pytest.MonkeyPatch, *options: str, **said: object) -> tuple[int, str]:
    one = {"log": "referral", "checkpoint": SEALED, "unsealed": 0, "problem": None, "witnesses": [], **said}
    monkeypatch.setattr(auditing_ledger, "get", lambda *_: {"items": [one]})
    done = CliRunner().invoke(app, ["audit", "checkpoints", *options])
    return done.exit_code, done.output


def test_a_seal_is_told_with_its_log_its_size_and_its_time_in_mexico(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = shown(monkeypatch, witnesses=[witness(), witness(size=None), witness(behind=2)])
    assert code == 0
    assert "Registro de canalización\n    Último sello · Hechos: 5281 · 02/03/2026 09:04:05" in told
    for words in ("Al día", "Nunca ha firmado", "Le falta lo último"):
        assert words in told
    assert "Sin sello todavía" in shown(monkeypatch, checkpoint=None)[1]
    assert "Facts: 5281" in shown(monkeypatch, "--en")[1]


@pytest.mark.parametrize("problem", Inconsistency)
def test_what_does_not_agree_is_told_in_words_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, problem: Inconsistency
) -> None:
    code, told = shown(monkeypatch, problem=problem.value)
    assert code == 1
    assert "operación" in told
    assert problem.value not in told


@pytest.mark.parametrize("fault", WitnessFault)
def test_what_a_witness_says_is_told_in_words_and_its_refusal_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, fault: WitnessFault
) -> None:
    code, told = shown(monkeypatch, witnesses=[witness(fault.value)])
    assert code == (1 if fault is WitnessFault.REFUSED else 0)
    assert fault.value not in told
