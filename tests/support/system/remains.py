"""What is left of a person anywhere on the disk, and whether any key that still exists anywhere opens it."""

import base64
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.vault.sealing import BrokenBoxError, Place, commit, open_box
from services.local.cluster import binary

KEY_IN_BASE64 = re.compile(rb"[A-Za-z0-9+/]{43}=")
MOST_EPOCHS = 4


@dataclass(frozen=True)
class Wrapped:
    """A person's key as the vault held it."""

    key: UUID
    kind: BoxClass
    epoch: int
    wrapped: bytes


@dataclass(frozen=True)
class Sealed:
    """A box of a log's event."""

    box: Box
    place: Place


def files(*folders: Path) -> Iterator[Path]:
    """Every file, those of the database and of the streams included."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def found_in(needle: bytes, paths: Iterable[Path]) -> list[Path]:
    """The files with these bytes, in clear or in hexadecimal."""
    forms = (needle, needle.hex().encode())
    return [path for path in paths if any(form in path.read_bytes() for form in forms)]


def keys_on_disk(paths: Iterable[Path]) -> set[bytes]:
    """Whatever may be a key of 32 bytes, as key files write it, in any file."""
    found = {match for path in paths for match in KEY_IN_BASE64.findall(path.read_bytes())}
    return {base64.b64decode(one) for one in found}


def unwrapped(one: Wrapped, keys: Iterable[bytes]) -> bytes | None:
    """The person's key, if one of these keys opens its wrapping, whatever epoch it claims."""
    for key in keys:
        for epoch in range(1, MOST_EPOCHS):
            bound = f"{one.key}|{one.kind}|{epoch}".encode()
            try:
                return AESGCM(key).decrypt(one.wrapped[:12], one.wrapped[12:], bound)
            except InvalidTag:
                continue
    return None


def opened(sealed: Iterable[Sealed], secrets: Iterable[bytes]) -> list[dict[str, Any]]:
    """What these keys open of the boxes."""
    by_commitment = {commit(secret): secret for secret in secrets}
    found = []
    for one in sealed:
        secret = by_commitment.get(one.box.commitment)
        try:
            content = None if secret is None else open_box(one.box, one.place, {one.box.key: secret})
        except BrokenBoxError:
            content = None
        if content is not None:
            found.append(content)
    return found


def dump(dsn: str, to: Path) -> None:
    """The last dump of the whole database, as an operator makes it."""
    subprocess.run([str(binary("pg_dump")), "--dbname", dsn, "--file", str(to)], check=True)
