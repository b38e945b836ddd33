"""Seals a submission to intake for transport through streams that others store and copy.

HPKE (RFC 9180, base mode: X25519, HKDF-SHA256, AES-256-GCM), bound to the shelter and the submission: moved to another
shelter's stream, or under another id, it does not open. The shelter's token is inside, so that an operator of the
stream can neither read it nor submit in the shelter's name. A shelter's own software needs this file and the package
``cryptography``, nothing else of the project.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
VERSION = b"\x01"
HEADER_LENGTH = len(VERSION) + 16
"""Length of the unsealed part: the version and the submission's id."""


class CannotOpenError(Exception):
    """The message was changed, moved from another shelter's stream, sealed to another key, or never sealed."""


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """The opened message: the document unchanged, and the token to submit it with."""

    token: str = field(repr=False)
    document: bytes = field(repr=False)


def public_key_of(private_key: str) -> str:
    """The public key for the shelters; both keys are raw X25519 keys in base64."""
    return b64encode(
        X25519PrivateKey.from_private_bytes(b64decode(private_key)).public_key().public_bytes_raw()
    ).decode()


def seal_for_transit(public_key: str, *, shelter: str, submission_id: UUID, token: str, document: bytes) -> bytes:
    """The message for the shelter's stream. ``document`` is the JSON body of ``POST /submissions``.

    Sealing is randomised; a submission sealed and published again is recorded once.
    """
    inside = json.dumps({"token": token, "document": document.decode()}, ensure_ascii=False).encode()
    key = X25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
    return VERSION + submission_id.bytes + SUITE.encrypt(inside, key, _binding(shelter, submission_id))


def open_from_transit(private_key: str, *, shelter: str, message: bytes) -> OpenedEnvelope:
    """Opens a message of this shelter's stream.

    Raises:
        CannotOpenError: it was not sealed for this shelter and key, or was changed.
    """
    if len(message) <= HEADER_LENGTH or message[:1] != VERSION:
        raise CannotOpenError
    submission_id = UUID(bytes=message[1:HEADER_LENGTH])
    key = X25519PrivateKey.from_private_bytes(b64decode(private_key))
    try:
        inside = json.loads(SUITE.decrypt(message[HEADER_LENGTH:], key, _binding(shelter, submission_id)))
        return OpenedEnvelope(str(inside["token"]), str(inside["document"]).encode())
    except (InvalidTag, ValueError, KeyError, TypeError, RecursionError):
        raise CannotOpenError from None


def _binding(shelter: str, submission_id: UUID) -> bytes:
    return json.dumps(["canaliza transit v1", shelter, str(submission_id)]).encode()
