"""The epoch keys that a process holds, and their check values in the vault, which tell one key file from another.

An epoch key wraps the keys of people of one class. It is replaced at least once a month and after erasures (ADR 0035);
a process reads its key file again when it has changed, so that nothing has to be started anew.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from time import monotonic
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.vocabulary import BoxClass
from services.chassis.errors import StoreUnavailableError
from services.chassis.private_files import UnsafeSecretsError

logger = structlog.get_logger(__name__)

CHECK = b"canaliza epoch check v1"
NONCE_BYTES = 12
LOOK_AGAIN = 1.0
"""Seconds after which a process looks whether its key file has changed."""

KeysByEpoch = Mapping[BoxClass, Mapping[int, bytes]]
"""Keys of 32 bytes by class and epoch."""


class KeysUnavailableError(StoreUnavailableError):
    """This process has no key of the epoch that wraps what it needs. As with a database that is away, it may come."""

    code = "keys_unavailable"


class AnotherKeyFileError(KeysUnavailableError):
    """The key file is another installation's, or an older one: its check values are not those of the vault."""

    code = "another_key_file"


class UnwrappingError(Exception):
    """A wrapped key cannot be unwrapped with its epoch's key: it was changed, or moved to another row."""


def check_value(kind: BoxClass, epoch: int, key: bytes) -> bytes:
    """Identifies an epoch key by 32 bytes, disclosing nothing about it."""
    return hmac.digest(key, CHECK + f"|{kind}|{epoch}".encode(), hashlib.sha256)


def decoded(epochs: Mapping[int, str]) -> dict[int, bytes]:
    """The epoch keys of one class as bytes, from base64."""
    return {epoch: base64.b64decode(key) for epoch, key in epochs.items()}


class EpochKeys:
    """The keys of a process's classes, by epoch; the newest one wraps."""

    def __init__(
        self,
        keys: KeysByEpoch,
        *,
        read: Callable[[], KeysByEpoch] | None = None,
        stamp: Callable[[], object] = lambda: None,
    ) -> None:
        """``read`` reads the key file again; ``stamp`` is another value once the file has changed."""
        self._read = read
        self._stamp_of = stamp
        self._stamp = stamp()
        self._looked = monotonic()
        self._ciphers: dict[tuple[BoxClass, int], AESGCM] = {}
        self._checks: dict[tuple[BoxClass, int], bytes] = {}
        self._newest: dict[BoxClass, int] = {}
        self.use(keys)

    def use(self, keys: KeysByEpoch) -> None:
        """Takes these keys in place of the present ones."""
        known = [(kind, epoch, key) for kind, epochs in keys.items() for epoch, key in epochs.items()]
        self._ciphers = {(kind, epoch): AESGCM(key) for kind, epoch, key in known}
        self._checks = {(kind, epoch): check_value(kind, epoch, key) for kind, epoch, key in known}
        self._newest = {kind: max(epochs) for kind, epochs in keys.items()}

    @property
    def kinds(self) -> list[BoxClass]:
        """The classes that this process may open."""
        return list(self._newest)

    @property
    def checks(self) -> Mapping[tuple[BoxClass, int], bytes]:
        """The check value of each key."""
        return self._checks

    def newest(self, kind: BoxClass) -> int:
        """The epoch that wraps new keys of a class."""
        if monotonic() - self._looked > LOOK_AGAIN:
            self.refresh()
        return self._newest[kind]

    def refresh(self, *, even_if_unchanged: bool = False) -> None:
        """Reads the key file again if it has changed."""
        self._looked = monotonic()
        if self._read is None:
            return
        stamp = self._stamp_of()
        if not even_if_unchanged and stamp == self._stamp:
            return
        try:
            self.use(self._read())
        except UnsafeSecretsError as error:  # the present keys go on until a person has looked
            logger.warning("key_file_unusable", error=type(error).__name__)
        else:
            self._stamp = stamp

    def has(self, kind: BoxClass, epoch: int) -> bool:
        """Whether the key of an epoch is there; if not, the file is read again first."""
        if (kind, epoch) not in self._ciphers:
            self.refresh(even_if_unchanged=True)
        return (kind, epoch) in self._ciphers

    def wrap(self, key: UUID, kind: BoxClass, epoch: int, secret: bytes) -> bytes:
        """Wraps a person's key; the nonce leads the result."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[kind, epoch].encrypt(nonce, secret, _bound(key, kind, epoch))

    def unwrap(self, key: UUID, kind: BoxClass, epoch: int, wrapped: bytes) -> bytes:
        """Unwraps a person's key.

        Raises:
            KeysUnavailableError: there is no key of this epoch.
            UnwrappingError: it was wrapped with another key, or changed.
        """
        if not self.has(kind, epoch):
            raise KeysUnavailableError
        try:
            return self._ciphers[kind, epoch].decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(key, kind, epoch)
            )
        except InvalidTag:
            raise UnwrappingError from None


def _bound(key: UUID, kind: BoxClass, epoch: int) -> bytes:
    return f"{key}|{kind}|{epoch}".encode()
