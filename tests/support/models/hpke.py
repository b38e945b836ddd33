"""HPKE's base mode for P-256 (RFC 9180), written from the RFC's text: slow, plain, and apart from any library's own."""

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEM = b"KEM" + (0x0010).to_bytes(2)
AES_128, AES_256 = 1, 2
KEY_BYTES = {AES_128: 16, AES_256: 32}
POINT, NONCE = 65, 12


def seal(
    ephemeral: EllipticCurvePrivateKey,
    reader: EllipticCurvePublicKey,
    info: bytes,
    plain: bytes,
    *,
    aad: bytes = b"",
    aead: int = AES_256,
) -> bytes:
    """The encapsulated key, and the first message."""
    encapsulated = _point(ephemeral.public_key())
    key, nonce = _schedule(_secret(ephemeral, reader, encapsulated, _point(reader)), info, aead)
    return encapsulated + AESGCM(key).encrypt(nonce, plain, aad)


def open_sealed(
    reader: EllipticCurvePrivateKey, info: bytes, sealed: bytes, *, aad: bytes = b"", aead: int = AES_256
) -> bytes:
    """What is in the first message.

    Raises:
        InvalidTag: anything of it was changed.
    """
    encapsulated = sealed[:POINT]
    sender = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), encapsulated)
    key, nonce = _schedule(_secret(reader, sender, encapsulated, _point(reader.public_key())), info, aead)
    return AESGCM(key).decrypt(nonce, sealed[POINT:], aad)


def _secret(own: EllipticCurvePrivateKey, other: EllipticCurvePublicKey, encapsulated: bytes, reader: bytes) -> bytes:
    """ExtractAndExpand of §4.1."""
    extracted = _extract(KEM, b"", b"eae_prk", own.exchange(ECDH(), other))
    return _expand(KEM, extracted, b"shared_secret", encapsulated + reader, 32)


def _schedule(secret: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """KeySchedule of §5.1 in base mode."""
    suite = b"HPKE" + b"".join(one.to_bytes(2) for one in (0x0010, 0x0001, aead))
    context = b"\x00" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", info)
    extracted = _extract(suite, secret, b"secret", b"")
    return (
        _expand(suite, extracted, b"key", context, KEY_BYTES[aead]),
        _expand(suite, extracted, b"base_nonce", context, NONCE),
    )


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, sha256)


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labelled + b"\x01", sha256)[:length]


def _point(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
