"""A record as a telephone sealed and signed it: reads the envelope, checks the signature, opens what is inside.

HPKE (RFC 9180, base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM) keeps the telephone itself from reading
what it queued; base mode says nothing of the sender, so the telephone signs it as well (ADR 0040).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from events.intake import DeviceDecision
from services.intake.devices.domain import RecordUnreadableError, UnknownDeviceError
from services.intake.devices.schemas import MOMENT_PATTERN, UUID_PATTERN
from services.intake.opaque_codes import DEVICE_PATTERN

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
RECORD, STATUS = "canaliza record v1", "canaliza status v1"
SIGNATURE_BYTES, COORDINATE_BYTES = 64, 32
BASE64_PATTERN = "^[A-Za-z0-9_-]+$"


class SealedRecord(BaseModel):
    """The envelope, as the telephone stores it. Its texts are signed as they are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    format: Literal[1]
    id: str = Field(pattern=UUID_PATTERN)
    """The submission's id."""
    device: str = Field(pattern=f"^{DEVICE_PATTERN}$")
    shelter: str = Field(pattern="^[A-Z0-9-]{1,40}$")
    key: str = Field(pattern=UUID_PATTERN)
    """The reception key that it was sealed to."""
    made_at: str = Field(pattern=MOMENT_PATTERN, max_length=40)
    """When, by the clock of the telephone."""
    sealed: str = Field(pattern=BASE64_PATTERN, repr=False)
    signature: str = Field(pattern=BASE64_PATTERN, max_length=100, repr=False)

    @property
    def info(self) -> bytes:
        """What the sealing is bound to, and the signature, too."""
        return _compact([RECORD, self.shelter, self.id, self.device, self.key, self.made_at])

    @property
    def submission(self) -> UUID:
        """The submission's id."""
        return UUID(self.id)


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """What was inside: the submission, and what the telephone's rules decided about it."""

    document: dict[str, Any] = field(repr=False)
    decided: DeviceDecision | None


class _Inside(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    document: dict[str, Any]
    decided: Any = None
    pad: str = ""

    @classmethod
    def read(cls, plain: bytes) -> Self:
        return cls.model_validate(from_json(plain))


def read_record(value: Any) -> SealedRecord:
    """The envelope of a parsed record.

    Raises:
        RecordUnreadableError: it is none.
    """
    try:
        return SealedRecord.model_validate(value)
    except ValidationError:
        raise RecordUnreadableError from None


def verify_record(record: SealedRecord, public_key: str) -> None:
    """Checks that the telephone with this key signed the record.

    Raises:
        UnknownDeviceError: it did not.
        RecordUnreadableError: a part is not base64 in its one form.
    """
    verify(public_key, record.info + b"\x00" + plain_bytes(record.sealed), record.signature)


def status_question(device: str, at: str, ids: list[str]) -> bytes:
    """What a telephone signs to ask what became of its records."""
    return _compact([STATUS, device, at, ids])


def verify(public_key: str, signed: bytes, signature: str) -> None:
    """Checks a signature: r and s one after the other, as browsers write it.

    Raises:
        UnknownDeviceError: it is another's, or of something else.
        RecordUnreadableError: it is no signature.
    """
    written = plain_bytes(signature)
    if len(written) != SIGNATURE_BYTES:
        raise RecordUnreadableError
    r, s = int.from_bytes(written[:COORDINATE_BYTES]), int.from_bytes(written[COORDINATE_BYTES:])
    try:
        public_key_of(public_key).verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        raise UnknownDeviceError from None


def open_record(record: SealedRecord, private_key: EllipticCurvePrivateKey) -> OpenedRecord:
    """Opens a record and compares what is inside with its envelope.

    Raises:
        RecordUnreadableError: it does not open, or is about another submission, shelter or telephone.
    """
    try:
        inside = _Inside.read(SUITE.decrypt(plain_bytes(record.sealed), private_key, record.info))
    except (InvalidTag, ValueError, RecursionError):  # a ValidationError is a ValueError
        raise RecordUnreadableError from None
    document = inside.document
    device = document.get("device")
    said = (
        document.get("submission_id"),
        document.get("shelter"),
        device.get("id") if isinstance(device, dict) else None,
    )
    if said != (record.id, record.shelter, record.device):
        raise RecordUnreadableError
    return OpenedRecord(document, _decided(inside.decided))


def _decided(value: Any) -> DeviceDecision | None:
    """What the rules on the telephone decided; ``None`` for what cannot be compared: no case is lost because of it."""
    try:
        return None if value is None else DeviceDecision.model_validate(value)
    except ValidationError:
        return None


def public_key_of(text: str) -> EllipticCurvePublicKey:
    """A public key as events have it.

    Raises:
        ValueError: it is no point of the curve.
    """
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), plain_bytes(text))


def text_of(key: EllipticCurvePublicKey) -> str:
    """A public key as events have it: uncompressed, in base64url."""
    return base64url(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def coordinates_of(text: str) -> tuple[str, str]:
    """The coordinates of a public key, as a JSON Web Key has them."""
    point = plain_bytes(text)[1:]
    return base64url(point[:COORDINATE_BYTES]), base64url(point[COORDINATE_BYTES:])


def key_of_coordinates(x: str, y: str) -> str:
    """A public key as events have it, from a JSON Web Key.

    Raises:
        ValueError: it is no point of the curve.
    """
    try:
        point = b"\x04" + plain_bytes(x) + plain_bytes(y)
    except RecordUnreadableError:
        raise ValueError from None
    return text_of(EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def plain_bytes(text: str) -> bytes:
    """What base64url says. Every content has one spelling, so that no changed letter goes unnoticed.

    Raises:
        RecordUnreadableError: it is not base64url in that spelling.
    """
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise RecordUnreadableError from None
    if base64url(data) != text:
        raise RecordUnreadableError
    return data


def _compact(values: list[Any]) -> bytes:
    """JSON as ``JSON.stringify`` writes it; everything in it is ASCII."""
    return json.dumps(values, separators=(",", ":")).encode()
