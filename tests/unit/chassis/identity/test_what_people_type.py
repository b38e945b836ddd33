"""What somebody types is compared as they meant it, whatever keyboard they typed it on."""

import unicodedata
from datetime import UTC, datetime

import pyotp
import pytest
from argon2 import PasswordHasher

from services.chassis.identity.commands import code_of
from services.chassis.identity.passwords import Passwords
from services.chassis.identity.policy import is_acceptable
from services.chassis.identity.totp import new_secret, recovery_hash, step_of
from services.chassis.text import normalise, opaque_string, typed_code
from services.intake.slips.domain import in_groups, new_code, read_code

COMPOSED = "niño pingüino en el río"
APART = unicodedata.normalize("NFD", COMPOSED)
KEYBOARDS = (COMPOSED, APART, COMPOSED.replace(" ", "\u00a0"), APART.replace(" ", "\u3000"))
AT = datetime(2026, 11, 29, 8, 34, 9, tzinfo=UTC)


def wide(text: str) -> str:
    """As an East Asian keyboard sends it."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


@pytest.mark.parametrize("chosen", KEYBOARDS)
async def test_a_password_fits_on_whatever_keyboard_it_was_chosen_and_is_typed(chosen: str) -> None:
    passwords = Passwords()
    stored = await passwords.hashed(chosen)
    for typed in KEYBOARDS:
        assert await passwords.fits(typed, stored)
    assert not await passwords.fits(COMPOSED.replace("ñ", "n"), stored)
    assert not await passwords.fits(COMPOSED.upper(), stored)
    assert not await passwords.fits(wide("nino"), await passwords.hashed("nino"))  # OpaqueString keeps the width


@pytest.mark.parametrize("chosen", [COMPOSED, APART, COMPOSED.replace(" ", "\u00a0")])
async def test_a_password_of_earlier_times_still_fits_as_it_was_typed_then(chosen: str) -> None:
    hashed_as_typed = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(chosen)
    passwords = Passwords()
    assert await passwords.fits(chosen, hashed_as_typed)
    if "\u00a0" not in chosen:
        assert await passwords.fits(COMPOSED, hashed_as_typed)
    assert not await passwords.fits("another one", hashed_as_typed)
    assert not await passwords.fits(chosen, None)


def test_a_password_is_long_enough_as_it_is_compared() -> None:
    eleven = "ñandú corre"
    assert len(unicodedata.normalize("NFD", eleven)) > 12
    assert not is_acceptable(opaque_string(unicodedata.normalize("NFD", eleven)), "p-101")
    assert is_acceptable(opaque_string(KEYBOARDS[2]), "p-101")


def test_an_account_is_found_however_its_code_is_typed() -> None:
    for typed in ("p-101", " P-101 ", wide("p-101"), wide("P-101"), "\u3000p-101"):
        assert code_of(typed) == "p-101"
    for typed in ("p-10l", "p_101", "p-١٠١", "p-101\u200b"):
        assert code_of(typed) == ""


def test_codes_of_a_telephone_and_of_paper_are_read_in_any_width() -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(AT)
    assert step_of(secret, wide(code), AT) == step_of(secret, code, AT) is not None
    assert recovery_hash(b"k", "p-101", wide("b7k2-9mqd")) == recovery_hash(b"k", "p-101", "B7K2 9MQD")
    slip = new_code()
    assert read_code(wide(in_groups(slip).lower())) == slip


@pytest.mark.parametrize("word", ["Colibrí", "ñandú", "CORAZÓN azul", "Ångström", "ﬁn"])
def test_a_slips_word_is_one_word_on_every_keyboard(word: str) -> None:
    ways = {unicodedata.normalize(form, word) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    ways |= {word.upper(), word.lower(), word.replace(" ", "\u00a0 ")}
    assert len({normalise(one) for one in ways}) == 1


@pytest.mark.parametrize("prepare", [opaque_string, typed_code, normalise])
def test_what_is_prepared_once_stays_as_it_is(prepare: object) -> None:
    assert callable(prepare)
    for text in (*KEYBOARDS, wide("P-101"), "İstanbul", "straße", "\u0345α", "ｶﾞ"):
        assert prepare(prepare(text)) == prepare(text)
