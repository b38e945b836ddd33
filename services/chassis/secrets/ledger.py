"""The key of the audit service's ledger: made once, never again by itself, given up only by an operator.

Beside it stands what it signed last (``sealed/``): an older copy of the database can then be told from the present one.
"""

import base64
import json
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.chassis.private_files import UnsafeSecretsError, write_private
from services.chassis.secrets.folder import SERVICE_FILE
from services.chassis.secrets.service import ServiceSecrets

KEEPER = "audit"
SEALED = "sealed"
"""The folder with the last checkpoint of each log, within the service's own."""


def new_ledger() -> dict[str, Any]:
    """A new key and the id of its ledger, as fields of the service's secrets."""
    return {"ledger_key": base64.b64encode(secrets.token_bytes(32)).decode(), "ledger_id": uuid4().hex}


def sealed_folder(keys: Path) -> Path:
    """Where the last checkpoints are."""
    return keys / KEEPER / SEALED


def add_ledger_key(keys: Path) -> None:
    """Adds a key to the secrets of an installation that was there before there was a ledger.

    Raises:
        UnsafeSecretsError: there is none although something was signed already: it must come back from its backup.
    """
    found = ServiceSecrets.load(keys, KEEPER)
    if found.ledger_key is not None and found.ledger_id is not None:
        return
    if found.ledger_id is not None or _was_used(keys):
        raise UnsafeSecretsError(f"{keys / KEEPER / SERVICE_FILE} has no ledger_key: bring it back from its backup")
    _write(keys, found, **new_ledger())


def begin_anew(keys: Path, given_up: Collection[str]) -> str:
    """Makes the key of another ledger in the place of those that are given up. Returns the new ledger's id.

    Raises:
        UnsafeSecretsError: the service's secrets cannot be used.
    """
    found = ServiceSecrets.load(keys, KEEPER)
    made = new_ledger()
    _write(keys, found, **made, ledgers_before=sorted({*(found.ledgers_before or ()), *given_up}))
    return str(made["ledger_id"])


def _was_used(keys: Path) -> bool:
    folder = sealed_folder(keys)
    return folder.is_dir() and any(folder.iterdir())


def _write(keys: Path, found: ServiceSecrets, **changed: Any) -> None:
    text = json.loads(found.file()) | changed
    write_private(keys / KEEPER / SERVICE_FILE, json.dumps(text, indent=2) + "\n")
