"""The server's side of a telephone, played by a test: it opens by another implementation, and answers as it is told."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from playwright.async_api import BrowserContext, Route

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
DEVICE, CODE = "tel-4821", "7F3K-2Q9M"
Answers = Callable[[str], tuple[int, dict[str, Any]] | None]


def to_text(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """What base64url says."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwk_of(key: EllipticCurvePublicKey) -> dict[str, str]:
    """A public key as browsers take it."""
    numbers = key.public_numbers()
    return {"kty": "EC", "crv": "P-256"} | {
        name: to_text(value.to_bytes(32)) for name, value in [("x", numbers.x), ("y", numbers.y)]
    }


def key_of(jwk: dict[str, str]) -> EllipticCurvePublicKey:
    """A public key as a browser wrote it."""
    x, y = (int.from_bytes(to_bytes(jwk[name])) for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


def compact(values: list[Any]) -> bytes:
    """JSON as ``JSON.stringify`` writes it."""
    return json.dumps(values, separators=(",", ":")).encode()


def said(route: Route) -> dict[str, Any]:
    """What a request says."""
    body: dict[str, Any] = json.loads(route.request.post_data or "{}")
    return body


@dataclass
class Reception:
    """Enrols one telephone and takes its records. ``says``: the answer to a record, where it is not a receipt."""

    shelter: str
    says: Answers = lambda _: None
    telephone: EllipticCurvePublicKey | None = None
    keys: dict[str, EllipticCurvePrivateKey] = field(default_factory=dict)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was inside, by the submission's id."""
    tried: list[str] = field(default_factory=list)
    """The ids of what came, again and again."""
    reached: bool = True
    """Whether there is a network between the telephone and this."""
    cut: set[str] = field(default_factory=set)
    """The ids whose next answer is lost on its way, after they were taken."""
    date: str | None = None
    """What the answers say of the time."""

    def __post_init__(self) -> None:
        """Makes its first key."""
        self.rotate()

    def rotate(self) -> str:
        """Makes a new reception key, the one for the next records."""
        self.keys[str(uuid4())] = generate_private_key(SECP256R1())
        return self.current

    @property
    def current(self) -> str:
        """The id of the newest key."""
        return list(self.keys)[-1]

    @property
    def reception_key(self) -> dict[str, Any]:
        """The newest key as answers have it."""
        made_at = f"2026-11-{len(self.keys):02}T00:00:00.000000+00:00"
        return {"id": self.current, "public_key": jwk_of(self.keys[self.current].public_key()), "made_at": made_at}

    async def serves(self, context: BrowserContext) -> None:
        """Answers a browser's requests from now on."""
        await context.route("**/api/v1/devices", self._enrol)
        await context.route("**/api/v1/device-records", self._take)

    async def _enrol(self, route: Route) -> None:
        body = said(route)
        if not self.reached:
            await route.abort("internetdisconnected")
            return
        if body["code"] != CODE:
            refused = {"code": "device_code_not_accepted", "title": "Esa clave no sirve.", "title_en": "No good."}
            await route.fulfill(status=403, json=refused)
            return
        self.telephone = key_of(body["public_key"])
        answer = {"device_id": DEVICE, "shelter": self.shelter, "reception_key": self.reception_key}
        await route.fulfill(status=201, json=answer)

    async def _take(self, route: Route) -> None:
        record = said(route)["record"]
        if not self.reached:
            await route.abort("internetdisconnected")
            return
        self.tried.append(record["id"])
        answer = self.says(record["id"])
        if answer is not None:
            await route.fulfill(status=answer[0], json=answer[1])
            return
        self.taken[record["id"]] = self.opened(record)
        if record["id"] in self.cut:
            self.cut.remove(record["id"])
            await route.abort("connectionreset")
            return
        receipt = {"submission_id": record["id"], "receipt": record["id"][:8], "recorded_at": "2026-11-30T10:00:00Z"}
        headers = {} if self.date is None else {"Date": self.date}
        await route.fulfill(status=201, headers=headers, json={**receipt, "reception_key": self.reception_key})

    def opened(self, record: dict[str, Any]) -> dict[str, Any]:
        """What is inside a record, after checking who signed it.

        Raises:
            InvalidSignature: another telephone did, or it was changed.
        """
        about = [record[name] for name in ("shelter", "id", "device", "key", "made_at")]
        info, sealed = compact(["canaliza record v1", *about]), to_bytes(record["sealed"])
        signature = to_bytes(record["signature"])
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        assert self.telephone is not None
        self.telephone.verify(encode_dss_signature(r, s), info + b"\0" + sealed, ECDSA(SHA256()))
        plain = SUITE.decrypt(sealed, self.keys[record["key"]], info=info)
        assert len(plain) % 2_048 == 0
        inside: dict[str, Any] = json.loads(plain)
        return inside
