"""A new password is none that somebody would try first, in Spanish or English, however it is written."""

import unicodedata
from itertools import product

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from events.vocabulary import Agency
from services.chassis.identity.guessable import is_guessable, words
from services.chassis.identity.policy import MIN_PASSWORD_LENGTH

ENDINGS = ("1234", "12345", "123456", "2024", "2025", "2026", "2026!", "123!", "01", "*", "1", "1987")


def test_the_most_common_passwords_of_breaches_are_refused() -> None:
    common = FREQUENCY_LISTS["passwords"]
    listed = common if isinstance(common, list) else common.split(",")
    long_enough = [one for one in listed if len(one) >= MIN_PASSWORD_LENGTH]
    assert len(long_enough) > 200
    assert [one for one in long_enough if not is_guessable(one)] == []


@pytest.mark.slow
@pytest.mark.search
def test_three_thousand_words_with_an_ending_are_refused() -> None:
    """The most common passwords of twelve characters are a word, a capital and an ending, or a short word twice."""
    made = {word.capitalize() + ending for word, ending in product(words(), ENDINGS)}
    made |= {word * 2 + ending for word, ending in product(words(), ENDINGS)}
    long_enough = sorted(one for one in made if MIN_PASSWORD_LENGTH <= len(one) <= 20)
    assert len(long_enough) >= 3_000
    assert [one for one in long_enough[:: len(long_enough) // 3_000] if not is_guessable(one)] == []


@pytest.mark.parametrize(
    "typed",
    [
        "password1234",
        "P@ssw0rd1234",
        "contraseña123",
        "ContraseñaSegura",
        unicodedata.normalize("NFD", "contraseña123"),
        "micontrasena123",
        "canaliza2026!",
        "Albergue-Tapachula",
        "acnurmexico2026",
        "diosesamor2024",
        "teamomivida14",
        "qwertyuiop12",
        "aaaabbbbcccc",
        "p-101p-101p-101",
        "ALB-TAP-01 2026",
        "alb-tap-01alb",
        *(f"{agency}{agency}2026" for agency in Agency),
    ],
)
def test_what_somebody_who_knows_this_work_would_try_is_refused(typed: str) -> None:
    assert is_guessable(typed, ["p-101", "ALB-TAP-01"])


@pytest.mark.parametrize(
    "typed",
    [
        "canario azul en la ventana",
        "cinco faroles verdes",
        "niño pingüino en el río",
        "x9$kL2!qPz7w",
        "la lluvia en siete tejados",
        "correct horse battery staple",
    ],
)
def test_several_words_that_do_not_go_together_are_accepted(typed: str) -> None:
    assert not is_guessable(typed, ["p-101"])


def test_a_very_long_password_is_looked_at_in_little_time() -> None:
    assert is_guessable("ab" * 64)
    assert not is_guessable("cinco faroles verdes y otros " * 4)
