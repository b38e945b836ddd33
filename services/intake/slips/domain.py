"""Who may hand out a slip, and its code: twelve characters that are not mistaken for each other when read or copied.

Eleven are random, from an alphabet of 29 (11 times log2 29 = 53.4 bits). The twelfth is a check character: it detects
every wrong character and every swap of two, because 29 is prime.
"""

import secrets

from services.chassis.authorization.policy import Principal
from services.chassis.text import typed_code
from services.intake.cases.domain import CaseState

ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
"""Without 0 O, 1 I L, U V, 5 S."""
RANDOM_CHARACTERS = 11
GROUP_LENGTH = 4
MIN_WORD_LENGTH, MAX_WORD_LENGTH = 4, 60


def new_code() -> str:
    """A new random code."""
    return with_check("".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS)))


def with_check(random: str) -> str:
    """Appends the check character to the random ones."""
    return random + ALPHABET[-_weighted_sum(random) * _inverse(RANDOM_CHARACTERS + 1) % len(ALPHABET)]


def read_code(written: str) -> str | None:
    """The code as typed, whatever its case and spacing; ``None`` if the check character or a length is wrong."""
    code = "".join(letter for letter in typed_code(written).upper() if letter.isalnum())
    if len(code) != RANDOM_CHARACTERS + 1 or not set(code) <= set(ALPHABET):
        return None
    return code if _weighted_sum(code) % len(ALPHABET) == 0 else None


def may_reissue(case: CaseState, by: Principal) -> bool:
    """Whether the principal may hand out a slip, which speaks for the person in the word that is typed now.

    After a withdrawal by slip only once that was checked, by somebody else, and with an account: one worker alone could
    otherwise choose the word, and take back or confirm what the person said. The rule is the same for every case.
    """
    if not case.withdrawn_by_slip:
        return True
    return not case.frozen_to_shelter and by.person is not None and by.label not in case.checked_by


def in_groups(code: str) -> str:
    """The code as printed: ``7F3K-2Q9M-XW4H``."""
    return "-".join(code[at : at + GROUP_LENGTH] for at in range(0, len(code), GROUP_LENGTH))


def _weighted_sum(code: str) -> int:
    return sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(code, 1))


def _inverse(weight: int) -> int:
    return pow(weight, -1, len(ALPHABET))
