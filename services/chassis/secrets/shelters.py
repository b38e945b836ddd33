"""The NATS passwords of the shelters' own software: one for each shelter, so that one can be revoked alone."""

import secrets
from collections.abc import Collection, Mapping
from pathlib import Path

from services.chassis.secrets.folder import alone_in, keys_folder
from services.chassis.secrets.installation import Secrets, write_installation


class UnknownShelterError(Exception):
    """The shelter has no NATS user: it is not in the directory, or the system has not been started with it yet."""


def admit(data: Path, keys: Path | None, shelters: Collection[str]) -> Secrets:
    """The secrets with a password for each of these shelters, and for no other; a revoked one stays revoked.

    Raises:
        UnsafeSecretsError: the files of secrets cannot be used.
    """
    with alone_in(keys_folder(data, keys)):
        found = Secrets.load(data, keys)
        revoked: dict[str, str | None] = {
            code: None for code, password in found.shelter_nats.items() if password is None
        }
        known = {code: found.shelter_nats.get(code) or secrets.token_urlsafe(32) for code in sorted(shelters)}
        return _with(found, data, keys, {**known, **revoked})


def renew(data: Path, keys: Path | None, shelter: str) -> str:
    """A new password for a shelter, which admits a revoked one again; the old one ends when NATS reads its users.

    Raises:
        UnknownShelterError: there is no such shelter.
        UnsafeSecretsError: the files of secrets cannot be used.
    """
    password = secrets.token_urlsafe(32)
    _set(data, keys, shelter, password)
    return password


def revoke(data: Path, keys: Path | None, shelter: str) -> None:
    """Takes a shelter's password away for good; its user ends when NATS reads its users.

    Raises:
        UnknownShelterError: there is no such shelter.
        UnsafeSecretsError: the files of secrets cannot be used.
    """
    _set(data, keys, shelter, None)


def _set(data: Path, keys: Path | None, shelter: str, password: str | None) -> None:
    with alone_in(keys_folder(data, keys)):
        found = Secrets.load(data, keys)
        if shelter not in found.shelter_nats:
            raise UnknownShelterError(shelter)
        _with(found, data, keys, {**found.shelter_nats, shelter: password})


def _with(found: Secrets, data: Path, keys: Path | None, passwords: Mapping[str, str | None]) -> Secrets:
    changed = found.model_copy(update={"shelter_nats": dict(passwords)})
    if changed.shelter_nats != found.shelter_nats:
        write_installation(keys_folder(data, keys), changed)
    return changed
