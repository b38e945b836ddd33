"""Passwords of PostgreSQL roles: as the server stores them, and whether it still wants a former one."""

import base64
import hashlib
import hmac
import secrets

import asyncpg

from services.chassis.names import SERVICES, postgres_role
from services.chassis.secrets.installation import Secrets

ITERATIONS = 4096
"""As PostgreSQL itself does: the passwords have 256 random bits."""
_NOT_ADMITTED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)


def verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL stores of a password (SCRAM, RFC 5802): the password itself never reaches the server's log."""
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt_64, stored_64, server_64 = (base64.b64encode(each).decode() for each in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt_64}${stored_64}:{server_64}"


async def being_renewed(dsn: str, secrets: Secrets) -> set[str]:
    """The services whose role the server still admits by its former password: hosts may not have the new one yet.

    ``canaliza renew postgres`` gives it the new one.
    """
    return {
        service
        for service in SERVICES
        for former in secrets.of(service).former.get("postgres", ())
        if await _admits(dsn, postgres_role(service), former)
    }


async def _admits(dsn: str, role: str, password: str) -> bool:
    try:
        await (await asyncpg.connect(dsn, user=role, password=password)).close()
    except _NOT_ADMITTED:
        return False
    except asyncpg.InsufficientPrivilegeError:  # the password is right; the database is not granted yet
        return True
    return True
