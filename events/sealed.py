"""What an event carries instead of personal data: a box that only a key opens."""

from uuid import UUID

from pydantic import Field

from events.contract import Value
from events.vocabulary import BoxClass


class Box(Value):
    """Sealed JSON. Opening it takes the key of one person and one class, and the very place it was sealed for.

    AES-256-GCM; the nonce leads the sealed bytes. The commitment pins the key in the log: AES-GCM alone
    would let a key holder open one ciphertext to two texts. When the key is destroyed, the box stays,
    every proof over it stays valid, and nobody can open it.
    """

    key: UUID
    kind: BoxClass
    commitment: str = Field(min_length=43, max_length=43)
    """HMAC-SHA-256 of the key over a fixed text, base64url without padding."""
    sealed: str
    """Nonce (12 bytes) and ciphertext with tag, base64url without padding."""
