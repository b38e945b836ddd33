"""A slip's code: twelve characters that are read aloud and copied by hand without being mistaken for each other.

Eleven are random, of 29 each (11 times log2 29 = 53.4 bits); the twelfth checks them: it finds every wrong character
and every two that changed places, because 29 is a prime.
"""

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
"""Without 0 O, 1 I L, U V, 5 S."""
RANDOM = 11
GROUP = 4
SHORTEST_WORD, LONGEST_WORD = 4, 60


def new_code() -> str:
    """A code that nobody has."""
    return with_check("".join(secrets.choice(ALPHABET) for _ in range(RANDOM)))


def with_check(random: str) -> str:
    """The random characters, and the one that checks them."""
    return random + ALPHABET[-_weighed(random) * _inverse(RANDOM + 1) % len(ALPHABET)]


def read_code(written: str) -> str | None:
    """What somebody copied, however they spaced it; ``None`` when it cannot be a code: a slip of the pen."""
    code = "".join(letter for letter in written.upper() if letter.isalnum())
    if len(code) != RANDOM + 1 or not set(code) <= set(ALPHABET):
        return None
    return code if _weighed(code) % len(ALPHABET) == 0 else None


def in_groups(code: str) -> str:
    """As it is printed: ``7F3K-2Q9M-XW4H``."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def folded(word: str) -> str:
    """A word as a person remembers it: neither capitals, accents nor the spaces around it matter."""
    plain = unicodedata.normalize("NFKD", word).casefold()
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _weighed(code: str) -> int:
    return sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(code, 1))


def _inverse(weight: int) -> int:
    return pow(weight, -1, len(ALPHABET))
