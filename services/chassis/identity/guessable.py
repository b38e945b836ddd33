"""Passwords that somebody would try first: common ones, words of this work, dates, rows of keys, and their mixtures.

The estimate is that of the library zxcvbn, whose lists hold the 30,000 most common passwords of known breaches and
65,000 words and names; ``words.txt`` adds what somebody who knows this programme, and Spanish, would try.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from events.vocabulary import Agency
from services.chassis.text import normalise, opaque_string

FEWEST_GUESSES = 1e9
"""Guesses that a password must withstand. A guesser here is throttled; who has the hashes needs 20 ms for each."""
LOOKED_AT = 48
"""Characters that are looked at: the work grows with the square of the length, and so many unknown ones are enough."""


@cache
def words() -> tuple[str, ...]:
    """The words of ``words.txt`` and the codes of the agencies, in small letters and without accents."""
    lines = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
    listed = [word for line in lines if not line.startswith("#") for word in line.split()]
    agencies = [word for agency in Agency for word in (agency, *agency.split("_"))]
    return tuple(dict.fromkeys(normalise(word) for word in [*listed, *agencies]))


def is_guessable(password: str, more: Iterable[str] = ()) -> bool:
    """Whether a password needs fewer than ``FEWEST_GUESSES``. ``more``: further words, such as the account's code."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 15 MB, which only the choosing of a password needs

    known = [*words(), *map(normalise, more)]
    written = opaque_string(password)[:LOOKED_AT]
    ways = dict.fromkeys((written, normalise(written)))
    return any(float(zxcvbn(way, user_inputs=known)["guesses"]) < FEWEST_GUESSES for way in ways if way)
