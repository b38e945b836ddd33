"""The secrets of an installation from before they had a folder of their own: inside the data, all in a few files."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.chassis.private_files import UnsafeSecretsError, read_private

SECRETS, KEYS = Path("secrets.json"), Path("keys") / "keys.json"
FURTHER = (Path("keys") / "transit.json", Path("keys") / "accounts.json", Path("links.json"))
DERIVED = {"index_key": b"canaliza person index v1", "slips_key": b"canaliza slip lookup v1"}
"""Keys that were derived from the identity class's epoch key, which is now replaced from time to time."""


def found_in(data: Path) -> Mapping[str, Any]:
    """The secrets in the data, in the form of today; empty: there are none.

    Raises:
        UnsafeSecretsError: they cannot be used.
    """
    if not (data / SECRETS).exists() and not (data / KEYS).exists():
        return {}
    try:
        found = json.loads(read_private(data / SECRETS)) if (data / SECRETS).exists() else {}
        for path in FURTHER:
            found |= json.loads(read_private(data / path)) if (data / path).exists() else {}
        epochs = json.loads(read_private(data / KEYS))
        identity = base64.b64decode(epochs["identity"], validate=True)
        derived = {name: base64.b64encode(_derived(identity, purpose)).decode() for name, purpose in DERIVED.items()}
        return {**found, **derived, "epoch_keys": {kind: {1: key} for kind, key in epochs.items()}}
    except (ValueError, TypeError, KeyError):
        raise UnsafeSecretsError(f"{data / SECRETS} or a file in {data / KEYS.parent} cannot be used") from None


def are_of(data: Path, postgres_admin: str, index_key: str | None) -> bool:
    """Whether the secrets in the data are those of the installation with these two; those that cannot be read are not.

    Files that are left of a removal that was interrupted count as its own.
    """
    try:
        if (data / SECRETS).exists() and json.loads(read_private(data / SECRETS))["postgres_admin"] != postgres_admin:
            return False
        if not (data / KEYS).exists():
            return True
        identity = base64.b64decode(json.loads(read_private(data / KEYS))["identity"], validate=True)
    except (UnsafeSecretsError, ValueError, TypeError, KeyError):
        return False
    return base64.b64encode(_derived(identity, DERIVED["index_key"])).decode() == index_key


def remove_from(data: Path) -> None:
    """Removes the files from the data once they are in the folder of the secrets."""
    for path in (SECRETS, KEYS, *FURTHER):
        (data / path).unlink(missing_ok=True)
    folder = data / KEYS.parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
