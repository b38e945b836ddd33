"""Notes, keys and checkpoints are those of C2SP: its own example verifies, and nothing else than the signed text."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.audit.ledger.checkpoints import Checkpoint, opened
from services.audit.ledger.notes import Algorithm, Note, NoteError, SignerKey, VerifierKey

ORIGIN = "canaliza.invalid/4f2a/intake"


def key(name: str = ORIGIN, seed: int = 1) -> SignerKey:
    return SignerKey(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def test_a_key_is_written_and_read_in_one_line() -> None:
    written = str(key().verifier)
    assert VerifierKey.parse(written) == key().verifier
    assert written.startswith(f"{ORIGIN}+")


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+00000000+", "na me+1+AQ==", str(key().verifier)[:-4] + "AAAA", str(key().verifier).upper()],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_a_checkpoint_is_signed_and_opened() -> None:
    note = Checkpoint(ORIGIN, 5, bytes(32)).signed(key())
    assert opened(Note.parse(str(note).encode()), key().verifier) == Checkpoint(ORIGIN, 5, bytes(32))
    lines = str(note).split("\n")
    assert lines[:4] == [ORIGIN, "5", base64.b64encode(bytes(32)).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")


def test_a_checkpoint_of_another_key_or_of_another_log_is_refused() -> None:
    note = Checkpoint(ORIGIN, 5, bytes(32)).signed(key())
    with pytest.raises(NoteError, match="did not sign"):
        opened(note, key(seed=2).verifier)
    with pytest.raises(NoteError, match="another log"):
        opened(Checkpoint("canaliza.invalid/4f2a/referral", 5, bytes(32)).signed(key()), key().verifier)


@given(st.data())
def test_no_bit_of_a_checkpoint_can_be_changed_unnoticed(data: st.DataObject) -> None:
    signed = str(Checkpoint(ORIGIN, 1234, bytes(range(32))).signed(key())).encode()
    at, bit = data.draw(st.integers(0, len(signed) - 1)), data.draw(st.integers(0, 7))
    changed = signed[:at] + bytes([signed[at] ^ 1 << bit]) + signed[at + 1 :]
    with pytest.raises(NoteError):
        opened(Note.parse(changed), key().verifier)


@pytest.mark.parametrize(
    "text",
    ["", "a\n", "a\n1\n", "a\n01\n" + base64.b64encode(bytes(32)).decode() + "\n", "a\n1\nAAAA\n", "a\n-1\nAAAA\n"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_a_cosigning_key_is_another_key_than_the_same_bytes_for_notes() -> None:
    plain, cosigning = key(), SignerKey(ORIGIN, key().private, Algorithm.COSIGNATURE)
    assert plain.verifier.key_id != cosigning.verifier.key_id
    assert VerifierKey.parse(str(cosigning.verifier)).algorithm is Algorithm.COSIGNATURE


NEUMANN = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
NEUMANN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


EXAMPLE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
"""C2SP signed-note, section Verifier keys."""
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


@pytest.mark.parametrize(("written", "of"), [(EXAMPLE, EXAMPLE_KEY), (NEUMANN, NEUMANN_KEY)])
def test_the_published_example_verifies_and_with_a_letter_changed_does_not(written: str, of: str) -> None:
    public = VerifierKey.parse(of)
    note = Note.parse(written.encode())
    assert str(note) == written
    assert note.is_signed_by(public)
    assert not Note.parse(written.replace("is", "Is", 1).encode()).is_signed_by(public)
