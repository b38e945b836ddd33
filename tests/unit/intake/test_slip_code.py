"""A slip's code can be copied by hand: whatever is mistaken is noticed, and a word is known however it is written."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.slip_code import ALPHABET, RANDOM, folded, in_groups, new_code, read_code, with_check

CODES = st.text(ALPHABET, min_size=RANDOM, max_size=RANDOM).map(with_check)
PLACES = st.integers(0, RANDOM)


@settings(deadline=None)
@given(CODES)
def test_what_is_printed_is_read_however_it_is_spaced(code: str) -> None:
    for written in (in_groups(code), code.lower(), " ".join(code), f"\t{in_groups(code).replace('-', '.')} "):
        assert read_code(written) == code


@settings(deadline=None)
@given(CODES, PLACES, st.sampled_from(ALPHABET))
def test_any_wrong_character_is_noticed(code: str, at: int, other: str) -> None:
    mistaken = code[:at] + other + code[at + 1 :]
    assert read_code(mistaken) == (code if mistaken == code else None)


@settings(deadline=None)
@given(CODES, PLACES, PLACES)
def test_any_two_that_changed_places_are_noticed(code: str, one: int, other: int) -> None:
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    assert read_code("".join(letters)) == (code if "".join(letters) == code else None)


@pytest.mark.parametrize("written", ["", "7F3K", "0000-0000-0000", "IIII-LLLL-OOOO", "7F3K-2Q9M-XW4", "ñ" * 12])
def test_what_cannot_be_a_code_is_none(written: str) -> None:
    assert read_code(written) is None


def test_a_code_is_one_of_so_many_that_none_is_guessed() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 29
    assert not set("01ILOUS") & set(ALPHABET)
    assert RANDOM * math.log2(len(ALPHABET)) > 53
    assert len({new_code() for _ in range(200)}) == 200


@pytest.mark.parametrize("written", ["colibrí", "COLIBRI", "  Colibrí ", "colibri\u0301"])
def test_a_word_is_known_however_it_is_written(written: str) -> None:
    assert folded(written) == "colibri"


def test_two_words_are_two() -> None:
    assert folded("la luna  llena") == "la luna llena"
    assert folded("luna") != folded("lunes")
