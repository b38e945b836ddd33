"""An authenticator and its browser, in software: makes passkeys and answers challenges, rightly or not."""

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device. ``verifies``: it asks for a PIN, a finger or a face; ``counts``: it has a counter of its uses."""

    origin: str
    verifies: bool = True
    counts: bool = True
    uses: int = 0
    credential: bytes = field(default_factory=lambda: os.urandom(32))
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def makes(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to ``navigator.credentials.create``."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + encode_cbor(key)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        response = {
            "clientDataJSON": bytes_to_base64url(self._client("webauthn.create", options, lies)),
            "attestationObject": bytes_to_base64url(encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._answer(response)

    def answers(self, options: dict[str, Any], **lies: Any) -> str:
        """The answer to ``navigator.credentials.get``. ``lies``: ``origin``, ``challenge``, ``rp``, ``handle``."""
        client = self._client("webauthn.get", options, lies)
        data = self._data(lies.get("rp", options["rpId"]))
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
            "userHandle": bytes_to_base64url(lies.get("handle", self.handle)),
        }
        return self._answer(response)

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {
            "type": kind,
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _data(self, site: str, flags: int = 0) -> bytes:
        self.uses += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(site.encode()).digest() + struct.pack(">BI", flags, self.uses)

    def _answer(self, response: dict[str, str]) -> str:
        known = bytes_to_base64url(self.credential)
        return json.dumps({"id": known, "rawId": known, "type": "public-key", "response": response})
