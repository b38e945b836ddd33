"""``canaliza audit at`` tells a case as it was in words: no code of ours, and days and times of Mexico City."""

from typing import Any

import pytest
from typer.testing import CliRunner

from events.vocabulary import ErasureBasis
from services.audit.time_machine.schemas import CaseMomentAnswer
from services.chassis.web.schemas import examples_of
from services.cli import app, auditing_moments

READERS = [{"org": org, "standing": "open", "since": None} for org in ("ALB-IXT-01", "ONU_MUJERES", "*", "auditors")]


def told(monkeypatch: pytest.MonkeyPatch, *options: str, **said: Any) -> str:
    answer = {**examples_of(CaseMomentAnswer)[0], **said}
    monkeypatch.setattr(auditing_moments, "get", lambda *_: answer)
    done = CliRunner().invoke(app, ["audit", "at", answer["case_id"], answer["at"], *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_case_is_told_with_who_held_it_what_was_decided_and_who_could_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = told(monkeypatch, lead="ONU_MUJERES", readers=READERS)
    assert seen.startswith("Como estaba registrado el 02/03/2026 10:34:05.")
    for words in (
        "Albergue que lo tenía: ALB-IXT-01",
        "Agencia que dirige el caso: ONU MUJERES",
        "Motivos: temor de regresar",
        "Albergue ALB-IXT-01: ",
        "Quienes auditan los registros: ",
        "leído por p-013, oficial, ACNUR",
    ):
        assert words in seen
    for code in ("ONU_MUJERES", "auditors", "* ", "officer:", "granted"):
        assert code not in seen


@pytest.mark.parametrize("basis", ErasureBasis)
def test_what_was_erased_says_so_with_the_day_in_mexico_and_the_basis(
    monkeypatch: pytest.MonkeyPatch, basis: ErasureBasis
) -> None:
    seen = told(monkeypatch, erased_at="2026-03-02T03:04:05+00:00", erased_for=basis.value)
    assert "Dato suprimido (01/03/2026, " in seen
    assert basis.value not in seen


def test_a_task_that_is_due_on_a_day_names_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    (task,) = examples_of(CaseMomentAnswer)[0]["tasks"]
    due = {**task, "clock": {**task["clock"], "until": None, "until_day": "2026-03-04"}}
    assert "(Albergue ALB-IXT-01)  04/03/2026" in told(monkeypatch, tasks=[due])
