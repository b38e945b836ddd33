"""What only a log's owner knows: the subject that its stream listens to, and the key that its copies are sealed with.

NATS checks no permission on a reply subject: whoever may ask anything can have the answer written to any subject whose
name it knows. So a stream listens to a subject with a secret in it, and stores what arrives there under the public one.
The seal says who wrote a message, to whoever would adopt it into the log: a leaf hash needs no key (ADR 0033).
"""

import hmac
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from services.chassis.names import Names

SEAL = "Nats-Msg-Id"
"""The header with the seal. As the message's id, JetStream lets the next message name the one that must precede it."""
SEAL_LENGTH = 32
"""Hexadecimal digits of a seal: HMAC-SHA256 cut to 128 bits (RFC 2104, section 5)."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where and how one service publishes its log; in its own hands, and the administrator's."""

    names: Names
    token: str = field(repr=False)
    """The secret in the subject that the stream listens to."""
    key: bytes = field(repr=False)
    """The HMAC key of its seals, 32 bytes."""
    former: tuple[bytes, ...] = field(default=(), repr=False)
    """Keys that sealed what is in the stream from before a renewal."""

    @classmethod
    def of(cls, names: Names, token: str, key: str, *former: str) -> Self:
        """The outlet of a service's secrets; the keys are in base64."""
        return cls(names, token, b64decode(key, validate=True), tuple(b64decode(one, validate=True) for one in former))

    def subject(self, event_name: str) -> str:
        """The subject to publish an event on; the stream stores it as ``Names.subject`` says."""
        return self.names.incoming(self.token, event_name)

    def seal(self, leaf_hash: bytes, time: str) -> str:
        """The seal of an entry: HMAC-SHA256 over its leaf hash and ``ce-time``, which the leaf hash does not cover."""
        return _seal(self.key, leaf_hash, time)

    def has_sealed(self, headers: Mapping[str, str], leaf_hash: bytes) -> bool:
        """Whether a message with these headers, and with this leaf hash of its own content, is the owner's."""
        seal, time = headers.get(SEAL, ""), headers.get("ce-time", "")
        return seal.isascii() and any(
            hmac.compare_digest(seal, _seal(key, leaf_hash, time)) for key in (self.key, *self.former)
        )


def _seal(key: bytes, leaf_hash: bytes, time: str) -> str:
    return hmac.digest(key, leaf_hash + time.encode(), "sha256").hex()[:SEAL_LENGTH]
