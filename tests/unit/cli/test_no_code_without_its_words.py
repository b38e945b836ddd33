"""A person who reads a command's output reads words; a program reads the codes."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from events.vocabulary import ReferralState
from services.cli import app, contacts, reading

CASE = "048bce78-3c12-522f-9525-59dfea937740"
REFERRAL = {
    "urgency": "U1",
    "agency": "OIM",
    "state": "blocked_consent",
    "shelter": "ALB-TAP-01",
    "deadlines": {"decide_by": None},
    "case_id": CASE,
    "categories": ["DELITO", "DESAP"],
}
CONTACT = {
    "contact": "OIM/on_call/email/1",
    "channels": ["email"],
    "usable": ["email"],
    "duty": "on_call",
    "disabled": False,
    "told_by": ["OIM", "OIM-CHP"],
}


def shown(monkeypatch: pytest.MonkeyPatch, items: list[dict[str, Any]], *words: str) -> str:
    """What a command prints, answered by a system that has these items."""
    answer = {"items": items, "next_cursor": None}
    for module in (reading, contacts):
        monkeypatch.setattr(module, "get", lambda *_: answer)
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_referral_that_waits_says_so_in_spanish_first(monkeypatch: pytest.MonkeyPatch) -> None:
    output = shown(monkeypatch, [REFERRAL], "referrals")
    assert "en espera de consentimiento" in output
    assert "blocked_consent" not in output
    for line in ("U1         emergencia", "DELITO     otro delito", "DESAP      familiar desaparecido"):
        assert line in output


def test_a_referral_that_waits_says_so_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    output = shown(monkeypatch, [REFERRAL], "referrals", "--en")
    assert "waiting for consent" in output
    assert "missing relative" in output


@pytest.mark.parametrize("state", ReferralState)
def test_every_state_can_be_shown(monkeypatch: pytest.MonkeyPatch, state: ReferralState) -> None:
    output = shown(monkeypatch, [REFERRAL | {"state": state.value}], "referrals")
    assert state.value not in output.split()


def test_a_program_reads_the_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(shown(monkeypatch, [REFERRAL], "referrals", "--json")) == [REFERRAL]
    assert json.loads(shown(monkeypatch, [CONTACT], "contacts", "list", "--json")) == [CONTACT]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ((), ("siguiente de guardia", "correo", "recibe avisos")),
        (("--en",), ("next on call", "e-mail", "alerts")),
    ],
)
def test_a_contacts_code_has_words_beside_it(
    monkeypatch: pytest.MonkeyPatch, language: tuple[str, ...], words: tuple[str, ...]
) -> None:
    output = shown(monkeypatch, [CONTACT], "contacts", "list", *language)
    assert "OIM/on_call/email/1" in output, "disable takes the code"
    assert all(word in output for word in (*words, "OIM-CHP"))


def test_a_disabled_contact_and_one_without_a_channel_are_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "dado de baja" in shown(monkeypatch, [CONTACT | {"disabled": True}], "contacts", "list")
    assert "sin canal configurado" in shown(monkeypatch, [CONTACT | {"usable": []}], "contacts", "list")
    person = CONTACT | {"contact": "p-049", "duty": None}
    assert "persona del directorio" in shown(monkeypatch, [person], "contacts", "list")
