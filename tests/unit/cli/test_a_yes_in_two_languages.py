"""What counts as an answer to "are you sure"."""

import io

import pytest

from services.cli.asking import agreed, is_yes


@pytest.mark.parametrize("answer", ["s", "S", "sí", "Si", "y", " yes "])
def test_an_operator_says_yes_in_either_language(answer: str) -> None:
    assert is_yes(answer)


@pytest.mark.parametrize("answer", ["", "n", "no", "s?", "seguro que no"])
def test_whatever_else_is_a_no(answer: str) -> None:
    assert not is_yes(answer)


def test_where_nobody_can_be_asked_nobody_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s\n"))
    assert not agreed("¿Seguro?")
