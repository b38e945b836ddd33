"""A shelter's telephone, as its scripts do it: enrols, seals records to the reception key, signs, sends and asks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import httpx2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from services.intake.devices.envelope import base64url, coordinates_of, plain_bytes, text_of
from tests.support.people.people import SHELTER, Item, an_adult

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
STEP = 2048
"""The lengths of what is sealed are multiples of it."""
MADE_AT, SENT_AT = "2013-06-12T14:10:02.000Z", "2013-06-12T20:32:04Z"


@dataclass
class Telephone:
    """A browser with a key of its own."""

    id: str = "tel-0000"
    shelter: str = SHELTER
    reception_key: Item = field(default_factory=dict)
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def jwk(self) -> Item:
        x, y = coordinates_of(text_of(self.key.public_key()))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "ext": True, "key_ops": ["verify"]}

    @classmethod
    async def enrolled(cls, coordinator: httpx2.AsyncClient, worker: httpx2.AsyncClient) -> Self:
        """One that a worker enrols with a code of their coordinator."""
        answer = await coordinator.post("/api/v1/devices/codes", json={"command_id": str(uuid4())})
        assert answer.status_code == 201, answer.text
        telephone = cls()
        answer = await telephone.enrols(worker, answer.json()["code"])
        assert answer.status_code == 201, answer.text
        return telephone

    async def enrols(self, worker: httpx2.AsyncClient, code: str, **changes: Any) -> httpx2.Response:
        body = {"command_id": str(uuid4()), "code": code, "public_key": self.jwk, **changes}
        answer = await worker.post("/api/v1/devices", json=body)
        if answer.is_success:
            said = answer.json()
            self.id, self.shelter, self.reception_key = said["device_id"], said["shelter"], said["reception_key"]
        return answer

    def document(self, *asked: Item, **answers: Any) -> Item:
        """A submission made with this telephone."""
        return an_adult(*asked, **answers) | {"device": {"id": self.id, "sequence": 1}, "shelter": self.shelter}

    def seals(self, document: Item, *, decided: Item | None = None, **envelope: Any) -> Item:
        """The sealed and signed record of a document; ``envelope`` changes what is signed."""
        return self.seals_bytes(
            padded({"document": document, "decided": decided}), document["submission_id"], **envelope
        )

    def seals_bytes(self, plain: bytes, submission: str, **envelope: Any) -> Item:
        named = {"id": submission, "device": self.id, "shelter": self.shelter, "key": self.reception_key["id"]}
        head = {"format": 1, **named, "made_at": MADE_AT, **envelope}
        sealed = SUITE.encrypt(plain, self._sealed_to(), info_of(head))
        return {**head, "sealed": base64url(sealed), "signature": self.signs(info_of(head) + b"\x00" + sealed)}

    def signs(self, what: bytes) -> str:
        r, s = decode_dss_signature(self.key.sign(what, ECDSA(SHA256())))
        return base64url(r.to_bytes(32) + s.to_bytes(32))

    def asks_about(self, ids: Sequence[str], at: str = MADE_AT) -> Item:
        """The signed question what became of records."""
        signed = compact(["canaliza status v1", self.id, at, list(ids)])
        return {"device": self.id, "ids": list(ids), "at": at, "signature": self.signs(signed)}

    def _sealed_to(self) -> EllipticCurvePublicKey:
        point = self.reception_key["public_key"]
        encoded = b"\x04" + plain_bytes(point["x"]) + plain_bytes(point["y"])
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), encoded)


async def hands_in(anybody: httpx2.AsyncClient, record: Item, sent_at: str = SENT_AT) -> httpx2.Response:
    """Brings a record, without an account."""
    return await anybody.post("/api/v1/device-records", json={"record": record, "sent_at": sent_at})


async def state_of(anybody: httpx2.AsyncClient, telephone: Telephone, record: str) -> Item:
    """What the telephone is told of one of its records."""
    answer = await anybody.post("/api/v1/device-records/status", json=telephone.asks_about([record]))
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["records"]
    return {name: value for name, value in found.items() if value is not None}


def padded(inside: Mapping[str, Any]) -> bytes:
    """What is inside a record, of a length that tells nothing."""
    plain = json.dumps({**inside, "pad": ""}).encode()
    return json.dumps({**inside, "pad": "x" * (-len(plain) % STEP)}).encode()


def info_of(head: Item) -> bytes:
    return compact(["canaliza record v1", *(head[name] for name in ("shelter", "id", "device", "key", "made_at"))])


def compact(values: list[Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()
