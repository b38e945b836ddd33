"""Bearer tokens: shown once, stored as a hash, scoped to a role and an organisation."""

import hashlib
import secrets
from datetime import datetime

import asyncpg

from events.vocabulary import Agency, Role
from services.chassis.access import EVERYWHERE, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import NotSignedInError

PREFIX = "czl_"

_SHELTER_ROLES = (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR)
_AGENCY_ROLES = (Role.OFFICER, Role.SUPERVISOR)


class WrongOrganisationError(ValueError):
    """The role does not go with the organisation."""


def digest(token: str) -> bytes:
    """What is stored: the token has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def check_organisation(role: Role, org: str, shelters: frozenset[str]) -> None:
    """Refuses a role for an organisation where nobody has it.

    Raises:
        WrongOrganisationError: e.g. an officer of a shelter, or an unknown shelter.
    """
    fits = (
        org in shelters
        if role in _SHELTER_ROLES
        else org in set(Agency)
        if role in _AGENCY_ROLES
        else org == EVERYWHERE and role is not Role.OPERATOR
    )
    if not fits:
        raise WrongOrganisationError


async def create_token(
    connection: asyncpg.Connection,
    *,
    role: Role,
    org: str,
    label: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Makes a token with the administrator's connection. Returns it: it cannot be read again later."""
    token = PREFIX + secrets.token_urlsafe(32)
    await store_token(connection, token, role=role, org=org, label=label, at=at, expires_at=expires_at)
    return token


async def store_token(
    connection: asyncpg.Connection,
    token: str,
    *,
    role: Role,
    org: str,
    label: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Stores the hash of a token that exists already, e.g. the machine's own."""
    await connection.execute(
        """insert into accounts.token (hash, role, org, label, created_at, expires_at) values ($1,$2,$3,$4,$5,$6)
        on conflict (hash) do nothing""",
        digest(token),
        role.value,
        org,
        label,
        at,
        expires_at,
    )


class Tokens:
    """Looks tokens up, at every request: a revoked one ends within one request."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Reads with the service's own role."""
        self._database = database
        self._clock = clock

    async def principal(self, authorization: str | None) -> Principal:
        """Who sends ``Authorization: Bearer …``.

        Raises:
            NotSignedInError: no token, an unknown, expired or revoked one.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(PREFIX):
            raise NotSignedInError
        query = """select role, org, label from accounts.token where hash = $1
            and revoked_at is null and (expires_at is null or expires_at > $2)"""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(query, digest(token.strip()), self._clock())
        if row is None:
            raise NotSignedInError
        return Principal(Role(row["role"]), row["org"], row["label"])
