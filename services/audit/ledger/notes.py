"""Signed notes (C2SP signed-note): a text with signatures by named keys, readable by people and by programs. Pure."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE = 1_000_000
"""Bytes of the largest note that is read."""
MAX_SIGNATURES = 100
KEY_ID_SIZE = 4
NAME = re.compile(r"[^\s+]+")
SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


class NoteError(ValueError):
    """What was read is no signed note, or no key; the text says why and quotes nothing."""


class Algorithm(IntEnum):
    """What a key signs, by its byte in the encoded key."""

    ED25519 = 1
    """The text of the note itself."""
    COSIGNATURE = 4
    """The text of a checkpoint and the time at which it was seen (C2SP tlog-cosignature)."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, as whoever verifies is given it."""

    name: str
    algorithm: Algorithm
    public: bytes
    """32 bytes of Ed25519."""

    @property
    def key_id(self) -> bytes:
        """Four bytes that stand before each signature of this key; a hint, not a proof."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:KEY_ID_SIZE]

    def __str__(self) -> str:
        """The key in one line: ``name+key id+key``."""
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Reads a key from its line.

        Raises:
            NoteError: it is not one.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _decoded(encoded)
        if not NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in set(Algorithm):
            raise NoteError("not a verifier key")
        key = cls(name, Algorithm(raw[0]), raw[1:])
        if key.key_id.hex() != key_id:
            raise NoteError("a verifier key whose id is not its own")
        return key

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature over these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key with its name."""

    name: str
    private: Ed25519PrivateKey
    algorithm: Algorithm = Algorithm.ED25519

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes, prefix: bytes = b"") -> "Signature":
        """A signature over these bytes; ``prefix`` stands between the key's id and the signature."""
        return Signature(self.name, self.verifier.key_id, prefix + self.private.sign(message))


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    blob: bytes
    """What follows the key's id: for Ed25519 the 64 bytes of the signature."""

    def __str__(self) -> str:
        """The line, without its end."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.blob).decode()}"

    def is_of(self, key: VerifierKey) -> bool:
        """Whether the line says that this key made it."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a line's end, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The note as it is stored and sent."""
        return self.text + "\n" + "".join(f"{one}\n" for one in self.signatures)

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """The same text with further signatures."""
        return Note(self.text, (*self.signatures, *more))

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether this key signed the text."""
        return any(one.is_of(key) and key.has_signed(self.text.encode(), one.blob) for one in self.signatures)

    @classmethod
    def parse(cls, raw: bytes) -> "Note":
        """Reads a note; the signatures are not verified.

        Raises:
            NoteError: it is not one.
        """
        if len(raw) > MAX_NOTE:
            raise NoteError("a note that is too long")
        try:
            whole = raw.decode()
        except UnicodeDecodeError:
            raise NoteError("a note that is no text") from None
        if any(character < " " and character != "\n" for character in whole):
            raise NoteError("a note with control characters")
        text, separator, lines = whole.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise NoteError("a note without signatures")
        return cls(text + "\n", signatures_in(lines))


def signatures_in(lines: str) -> tuple[Signature, ...]:
    """Reads signature lines.

    Raises:
        NoteError: one of them is none, or there are too many.
    """
    found = lines.removesuffix("\n").split("\n")
    if len(found) > MAX_SIGNATURES:
        raise NoteError("a note with too many signatures")
    return tuple(_signature(line) for line in found)


def _signature(line: str) -> Signature:
    match = SIGNATURE.fullmatch(line)
    raw = _decoded(match[2]) if match else b""
    if match is None or len(raw) <= KEY_ID_SIZE:
        raise NoteError("a line that is no signature")
    return Signature(match[1], raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""  # only one spelling of the same bytes
