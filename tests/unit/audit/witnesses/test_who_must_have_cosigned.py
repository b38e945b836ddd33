"""The policy says how many witnesses must have cosigned, in the words of C2SP tlog-policy."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.audit.ledger.notes import Algorithm, SignerKey, VerifierKey
from services.audit.witnesses.policy import NOBODY, WitnessPolicy, WitnessPolicyError


def key(number: int, algorithm: Algorithm = Algorithm.COSIGNATURE) -> VerifierKey:
    return SignerKey(
        f"w{number}.invalid", Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32), algorithm
    ).verifier


W = [key(number) for number in range(1, 9)]
LOG = key(9, Algorithm.ED25519)
EXAMPLE = f"""
# two levels, as in the specification's example
log {LOG} https://log.invalid/
\twitness X1 {W[0]} https://x1.invalid
witness X2 {W[1]}
 witness X3 {W[2]} http://127.0.0.1:8770/
group X-witnesses 2 X1 X2 X3
witness Y1 {W[3]}
witness Y2 {W[4]}
witness Y3 {W[5]}
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


@given(st.sets(st.sampled_from(["X1", "X2", "X3", "Y1", "Y2", "Y3", "stranger"])))
def test_a_quorum_of_two_levels(cosigners: set[str]) -> None:
    policy = WitnessPolicy.parse(EXAMPLE)
    wanted = len(cosigners & {"X1", "X2", "X3"}) >= 2 and bool(cosigners & {"Y1", "Y2", "Y3"})
    assert policy.is_witnessed(cosigners) is wanted
    again = WitnessPolicy.parse(policy.text(policy.logs))
    assert (again.witnesses, again.groups, again.quorum, again.logs) == (
        policy.witnesses,
        policy.groups,
        policy.quorum,
        [LOG],
    )


def test_without_witnesses_nobody_is_waited_for() -> None:
    assert NOBODY.is_witnessed(())
    assert WitnessPolicy.parse("quorum none\n") == WitnessPolicy({}, {}, "none", [])
    assert not WitnessPolicy.parse(f"witness a {W[0]}\nquorum a\n").is_witnessed(())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum a",
        f"witness a {W[0]}",
        f"witness a {W[0]}\nquorum a\nquorum a",
        f"witness none {W[0]}\nquorum none",
        f"witness a {W[0]}\nwitness a {W[1]}\nquorum none",
        f"witness a {W[0]}\nwitness b {W[0]}\nquorum none",
        f"witness a {LOG}\nquorum none",
        f"log {W[0]}\nquorum none",
        f"group g any a\nwitness a {W[0]}\nquorum g",
        f"witness a {W[0]}\ngroup g 2 a\nquorum g",
        f"witness a {W[0]}\ngroup g 0 a\nquorum g",
        f"witness a {W[0]}\ngroup g 1 a a\nquorum g",
        f"witness a {W[0]}\ngroup g 1 a\ngroup h 1 a\nquorum g",
        f"witness a {W[0]}\ngroup g any\nquorum none",
        f"witness a {W[0]} http://witness.invalid\nquorum a",
        f"witness a {W[0]} ftp://127.0.0.1\nquorum a",
        f"witness a {W[0]} https://user@witness.invalid\nquorum a",
        f"witness a {str(W[0])[:-2]}\nquorum a",
        "quorum none\x00",
        "quorum none extra",
        "\n".join(f"witness w{number} {key(number)}" for number in range(1, 40)) + "\nquorum none",
    ],
)
def test_a_policy_with_a_fault_is_refused(text: str) -> None:
    with pytest.raises(WitnessPolicyError, match=r"^line [0-9]+: "):
        WitnessPolicy.parse(text)
