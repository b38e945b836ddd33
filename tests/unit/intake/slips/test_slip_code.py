"""A slip's code survives copying by hand: errors are detected, and a word is recognised in any spelling."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.text import normalise
from services.intake.slips.domain import ALPHABET, RANDOM_CHARACTERS, in_groups, new_code, read_code, with_check

CODES = st.text(ALPHABET, min_size=RANDOM_CHARACTERS, max_size=RANDOM_CHARACTERS).map(with_check)
PLACES = st.integers(0, RANDOM_CHARACTERS)


@given(CODES)
def test_what_is_printed_is_read_however_it_is_spaced(code: str) -> None:
    for written in (in_groups(code), code.lower(), " ".join(code), f"\t{in_groups(code).replace('-', '.')} "):
        assert read_code(written) == code


@given(CODES, PLACES, st.sampled_from(ALPHABET))
def test_any_wrong_character_is_noticed(code: str, at: int, other: str) -> None:
    mistaken = code[:at] + other + code[at + 1 :]
    assert read_code(mistaken) == (code if mistaken == code else None)


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
    assert RANDOM_CHARACTERS * math.log2(len(ALPHABET)) > 53
    assert len({new_code() for _ in range(200)}) == 200


@pytest.mark.parametrize("written", ["colibrí", "COLIBRI", "  Colibrí ", "colibri\u0301"])
def test_a_word_is_known_however_it_is_written(written: str) -> None:
    assert normalise(written) == "colibri"


def test_two_words_are_two() -> None:
    assert normalise("la luna  llena") == "la luna llena"
    assert normalise("luna") != normalise("lunes")
