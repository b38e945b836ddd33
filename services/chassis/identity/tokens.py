"""Bearer tokens of people and software: shown once, stored as a hash, and optionally limited to some actions."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime

import asyncpg

from events.vocabulary import Agency, Role
from services.chassis.authorization.policy import EVERYWHERE, Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import AdmissionClosedError, NotSignedInError
from services.chassis.identity.policy import Stage
from services.chassis.identity.store import Accounts, Session

PREFIX = "czl_"
NOT_COMPARED = "not_compared"
"""Nobody is admitted because audit has not compared its log with its stream yet, for instance without NATS."""

_SHELTER_ROLES = (Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR, Role.INTEGRATOR)
_AGENCY_ROLES = (Role.OFFICER, Role.SUPERVISOR)


class WrongOrganisationError(ValueError):
    """The role does not exist in that organisation."""


def digest(token: str) -> bytes:
    """The hash that is stored: a token has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def check_organisation(role: Role, org: str, shelters: frozenset[str]) -> None:
    """Refuses a role that does not exist in an organisation.

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
    person: str | None = None,
    scopes: Collection[Action] | None = None,
) -> str:
    """Creates a token with the administrator's connection. Returns it: only its hash is stored.

    A ``person``'s token has the role that the person has when it is used, and ends when the account is disabled.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    await store_token(
        connection, token, role=role, org=org, label=label, at=at, expires_at=expires_at, person=person, scopes=scopes
    )
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
    person: str | None = None,
    scopes: Collection[Action] | None = None,
) -> None:
    """Stores the hash of an existing token, e.g. the operator's own of this machine."""
    await connection.execute(
        """insert into accounts.token (hash, role, org, label, created_at, expires_at, person, scopes)
        values ($1,$2,$3,$4,$5,$6,$7,$8) on conflict (hash) do nothing""",
        digest(token),
        role.value,
        org,
        label,
        at,
        expires_at,
        person,
        None if scopes is None else sorted(scopes),
    )


BEARER = """
select entrance.nobody_because, found.*
from accounts.entrance left join (
  select coalesce(p.role, t.role) as role, coalesce(p.org, t.org) as org, coalesce(p.person, t.label) as label,
    t.person, t.scopes, t.id
  from accounts.token t left join accounts.person p on p.person = t.person
  where t.hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2)
    and (t.person is null or p.state = 'active')
) found on true
"""
"""Why nobody is admitted, and the token: one row, whether or not there is such a token."""


class Tokens:
    """Looks up tokens and sessions at every request, so that revoking and disabling take effect with the next one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Reads with the service's own role."""
        self._database = database
        self._clock = clock
        self._accounts = Accounts(database)

    async def principal(self, authorization: str | None, action: Action | None = None) -> Principal:
        """The principal of a header ``Authorization: Bearer …``, for an action.

        Raises:
            NotSignedInError: no token, or an unknown, expired or revoked one.
            AdmissionClosedError: nobody is admitted, and it is not an operator's of this machine. A shelter may hand
                in a case all the same, as long as it is only unknown whether anybody was put out (ADR 0038).
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(PREFIX):
            raise NotSignedInError
        async with self._database.reading() as connection:
            row = await connection.fetchrow(BEARER, digest(token.strip()), self._clock())
        of_this_machine = row["role"] == Role.OPERATOR and row["person"] is None
        hands_in = action is Action.SUBMIT and row["role"] in _SHELTER_ROLES and row["nobody_because"] == NOT_COMPARED
        if row["nobody_because"] is not None and not (of_this_machine or hands_in):
            raise AdmissionClosedError
        if row["id"] is None:
            raise NotSignedInError
        # A scope that this program does not know (any more) allows nothing.
        scopes = row["scopes"] and frozenset(Action(each) for each in row["scopes"] if each in set(Action))
        return Principal(Role(row["role"]), row["org"], row["label"], scopes, row["person"], row["id"])

    async def admit_submission(self) -> None:
        """Admits a submission that needs no account: the same rule as for a shelter's token (ADR 0038).

        Raises:
            AdmissionClosedError: nobody is admitted, for another reason than that nothing was compared yet.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._database.reading() as connection:
            because = await connection.fetchval("select nobody_because from accounts.entrance")
        if because not in (None, NOT_COMPARED):
            raise AdmissionClosedError

    async def of_session(self, secret: str) -> Principal:
        """The principal of a session's cookie; its label is the person's code.

        Raises:
            NotSignedInError: the session has ended, or its second step is missing.
            AdmissionClosedError: nobody is admitted.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        return _principal_of(await self._accounts.session(secret, self._clock()))

    async def of_session_left_alone(self, secret: str) -> Principal:
        """The principal of a session's cookie that a script sent by itself: it does not keep the session alive.

        Raises:
            NotSignedInError: the session has ended.
            AdmissionClosedError: nobody is admitted.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        return _principal_of(await self._accounts.session_left_alone(secret, self._clock()))


def principal_of(session: Session) -> Principal:
    """The principal of a whole session; its label is the person's code."""
    return Principal(
        session.role,
        session.org,
        session.person,
        person=session.person,
        language=session.language,
        time_zone=session.time_zone,
    )


def _principal_of(session: Session | None) -> Principal:
    if session is None or session.stage is not Stage.FULL:
        raise NotSignedInError
    return principal_of(session)
