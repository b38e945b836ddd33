"""Two values that prove the same kind of thing are one factor (RFC 8176)."""

import pytest

from services.chassis.identity.policy import KINDS_OF_PROOF, proves_two_factors


@pytest.mark.parametrize(
    "methods",
    [
        *([one] for one in sorted(KINDS_OF_PROOF)),
        ["otp", "pop"],
        ["hwk", "swk", "sms"],
        ["pwd", "pin"],
        ["face", "fpt"],
        ["pwd", "user"],
        ["rba", "geo", "wia"],
        [],
    ],
)
def test_one_kind_is_one_factor(methods: list[str]) -> None:
    assert not proves_two_factors(methods)


@pytest.mark.parametrize("methods", [["mfa"], ["pwd", "otp"], ["pin", "hwk"], ["fpt", "hwk"], ["pwd", "face", "geo"]])
def test_two_kinds_are_two_factors(methods: list[str]) -> None:
    assert proves_two_factors(methods)
