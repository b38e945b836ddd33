"""The keys that an installation's checkpoints are signed with, all derived from the one that the audit service keeps.

Each log has a key of its own, and so have bundles: C2SP tlog-policy allows no key for two logs. The name of a log in
the world, its origin, is ``canaliza.invalid/<ledger>/<log>``; no host has a name in ``.invalid`` (RFC 2606), so it
promises no address.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.audit.ledger.notes import SignerKey, VerifierKey
from services.chassis.names import SERVICES
from services.chassis.secrets.service import ServiceSecrets

DOMAIN = "canaliza.invalid"
BUNDLE = "bundle"
LOGS = SERVICES
"""Every log has a tree: audit's own, too."""
PURPOSE = b"canaliza ledger v1 "


class NoLedgerKeyError(RuntimeError):
    """The service's secrets have no key for the ledger."""


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """The keys of one ledger."""

    id: str
    """32 hexadecimal digits, made once."""
    seed: bytes = field(repr=False)

    @classmethod
    def of(cls, secrets: ServiceSecrets) -> "LedgerKeys":
        """The keys of the audit service's secrets.

        Raises:
            NoLedgerKeyError: they have none.
        """
        if secrets.ledger_key is None or secrets.ledger_id is None:
            raise NoLedgerKeyError("service.json of audit has no ledger_key: bring it back from its backup")
        return cls(secrets.ledger_id, base64.b64decode(secrets.ledger_key))

    def origin(self, name: str) -> str:
        """The origin of a log's checkpoints, and the name of its key."""
        return f"{DOMAIN}/{self.id}/{name}"

    def signer(self, log: str) -> SignerKey:
        """The key of one log's checkpoints."""
        derivation = HKDF(algorithm=SHA256(), length=32, salt=self.id.encode(), info=PURPOSE + log.encode())
        return SignerKey(self.origin(log), Ed25519PrivateKey.from_private_bytes(derivation.derive(self.seed)))

    def bundle_signer(self) -> SignerKey:
        """The key of exported bundles."""
        return self.signer(BUNDLE)

    def verifiers(self) -> Mapping[str, VerifierKey]:
        """The public keys by the name of their log, and that of bundles."""
        return {name: self.signer(name).verifier for name in (*LOGS, BUNDLE)}
