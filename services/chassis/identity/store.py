"""The accounts in PostgreSQL, through the functions of the schema ``accounts``: one method for each."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from events.vocabulary import Role
from services.chassis.database import Database
from services.chassis.errors import AdmissionClosedError
from services.chassis.identity.policy import IDLE_LIFETIME, MAX_ELSEWHERE, MAX_SESSIONS, Stage
from services.chassis.security.acts import noted

BYTES = 32
NOBODY_BECAUSE = "select nobody_because from accounts.entrance"
SESSION = """
select entrance.nobody_because, found.* from accounts.entrance left join accounts.session_of($1, $2, $3) found on true
"""


def new_secret() -> str:
    """A secret of 256 random bits, in base64url."""
    return secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> bytes:
    """The SHA-256 hash that is stored of a secret with 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended, and its person."""

    id: UUID
    person: str
    label: str
    role: Role
    org: str
    language: str
    time_zone: str
    stage: Stage
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """The stored credentials of an account."""

    active: bool
    role: Role
    org: str
    password: str | None
    totp: bytes | None
    totp_confirmed: bool
    known: bool
    """Whether the person has signed in with the same browser before."""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What a person sees of their own account."""

    has_password: bool
    second_factor: bool
    recovery_codes: int
    """How many of them are left."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The account that an identity of an OpenID provider is linked to."""

    person: str
    role: Role
    totp_confirmed: bool


@dataclass(frozen=True, slots=True)
class Count:
    """A counter of failed attempts: how many are free, and the longest wait after those."""

    key: bytes
    free: int
    longest: timedelta


class AccountsSchema:
    """Calls the functions of the schema ``accounts``; services may not write its tables otherwise."""

    def __init__(self, database: Database) -> None:
        """Calls them with the service's own role."""
        self._database = database

    @asynccontextmanager
    async def _entering(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for whoever enters, or is in, by an account.

        Raises:
            AdmissionClosedError: nobody is admitted.
            StoreUnavailableError: PostgreSQL cannot be reached.
        """
        async with self._database.reading() as connection:
            if await connection.fetchval(NOBODY_BECAUSE) is not None:
                raise AdmissionClosedError
            yield connection

    async def _value(self, statement: str, *arguments: Any) -> Any:
        async with self._entering() as connection:
            return await noted(connection, statement, *arguments)

    async def _row(self, statement: str, *arguments: Any) -> Any:
        async with self._entering() as connection:
            return await connection.fetchrow(statement, *arguments)

    async def _rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self._entering() as connection:
            return [dict(row) for row in await connection.fetch(statement, *arguments)]


class Accounts(AccountsSchema):
    """Accounts, their credentials and sessions."""

    async def _session(self, secret: str, at: datetime, idle: timedelta) -> Session | None:
        """Looks up whether anybody is admitted with the session: every request does this, in one round trip."""
        async with self._database.reading() as connection:
            row = await connection.fetchrow(SESSION, hashed(secret), at, idle)
        if row["nobody_because"] is not None:
            raise AdmissionClosedError
        return None if row["id"] is None else _session(row)

    async def session(self, secret: str, at: datetime) -> Session | None:
        """The session of a cookie; ``None``: it has ended, or the person is disabled.

        Raises:
            AdmissionClosedError: nobody is admitted.
        """
        return await self._session(secret, at, IDLE_LIFETIME)

    async def session_left_alone(self, secret: str, now: datetime) -> Session | None:
        """The session of a cookie, without noting that it is in use.

        What a page or a stream asks by itself is no activity of the person's: the session ends by its idle time. The
        function of the schema notes a use by the moment it is given, so it is given the earliest at which a session
        that still lives can have been used: nothing that is older than the last use is noted.
        """
        found = await self._session(secret, now - IDLE_LIFETIME, timedelta())
        return None if found is None or found.expires_at <= now else found

    async def begin(self, session: UUID, person: str, stage: Stage, at: datetime, until: datetime) -> str | None:
        """Starts a session. Returns its secret; ``None``: the person is not active."""
        secret = new_secret()
        statement = "select accounts.begin_session($1, $2, $3, $4, $5, $6, $7)"
        began = await self._value(statement, session, hashed(secret), person, stage.value, at, until, MAX_SESSIONS)
        return secret if began else None

    async def end(self, secret: str, at: datetime, which: UUID | None = None) -> bool:
        """Ends this session, or another one of the same person. Returns whether there was one."""
        return bool(await self._value("select accounts.end_session($1, $2, $3)", hashed(secret), which, at))

    async def end_others(self, secret: str, at: datetime) -> int:
        """Ends the other sessions of the same person. Returns how many there were."""
        return int(await self._value("select accounts.end_other_sessions($1, $2)", hashed(secret), at))

    async def prove(self, secret: str, at: datetime) -> str | None:
        """Records that the person proved again who they are. Returns the session's new secret; ``None``: it ended."""
        renewed = new_secret()
        proved = await self._value("select accounts.prove_session($1, $2, $3)", hashed(secret), hashed(renewed), at)
        return renewed if proved else None

    async def proved_since(self, secret: str, since: datetime) -> bool:
        """Whether the person of this session has proved again who they are."""
        return bool(await self._value("select accounts.proved_since($1, $2)", hashed(secret), since))

    async def account(self, person: str) -> OwnAccount | None:
        """What a person sees of their own account; ``None``: it is not active."""
        row = await self._row("select * from accounts.account_of($1)", person)
        return None if row is None else OwnAccount(**dict(row))

    async def change_password(self, person: str, checked: str, password: str, at: datetime) -> bool:
        """Replaces the password's hash that was checked, and ends all sessions; false: it is another one by now."""
        statement = "select accounts.change_password($1, $2, $3, $4)"
        return bool(await self._value(statement, person, checked, password, at))

    async def sessions(self, secret: str, at: datetime) -> list[dict[str, Any]]:
        """The sessions that have not ended of the person of this one."""
        return await self._rows("select * from accounts.sessions_of($1, $2, $3)", hashed(secret), at, IDLE_LIFETIME)

    async def choose_pages(self, person: str, language: str, time_zone: str) -> bool:
        """Stores the language and time zone of a person's pages; false: the account is not active."""
        return bool(await self._value("select accounts.choose_pages($1, $2, $3)", person, language, time_zone))

    async def has_passkey(self, person: str) -> bool:
        """Whether a person has a passkey, which is a second factor."""
        return bool(await self._value("select exists (select from accounts.passkeys_of($1))", person))

    async def attempt(self, counts: list[Count], at: datetime) -> datetime | None:
        """Counts an attempt. Returns the end of the wait if there is one; then the attempt must be refused."""
        keys = [each.key for each in counts]
        rest = [each.free for each in counts], [each.longest for each in counts]
        until: datetime | None = await self._value("select accounts.attempt($1, $2, $3, $4)", keys, *rest, at)
        return until

    async def signed_in(
        self, person: str, place: bytes, forget: list[bytes], give_back: list[bytes], at: datetime
    ) -> None:
        """Records a successful sign-in with a browser (``place``): forgets counters, takes one back from others."""
        await self._value("select accounts.signed_in($1, $2, $3, $4, $5)", person, place, forget, give_back, at)

    async def forget_attempts(self, forget: list[bytes]) -> None:
        """Resets counters of failed attempts after a right one within a session."""
        await self._value("select accounts.forget_attempts($1)", forget)

    async def credential(self, person: str, place: bytes) -> Credential | None:
        """The credentials of an account; ``None``: there is no such account."""
        row = await self._row("select * from accounts.credential_of($1, $2)", person, place)
        return None if row is None else Credential(**(dict(row) | {"role": Role(row["role"])}))

    async def take_step(self, person: str, step: int) -> bool:
        """Marks the code of a time step as used. Returns false if it, or a later one, was used before."""
        return bool(await self._value("select accounts.take_totp_step($1, $2)", person, step))

    async def use_recovery_code(self, person: str, code: bytes, at: datetime) -> bool:
        """Uses up a recovery code. Returns false if it is not the person's, or was used before."""
        return bool(await self._value("select accounts.use_recovery_code($1, $2, $3)", person, code, at))

    async def offer_totp(self, person: str, box: bytes, at: datetime, *, replaces: bool) -> bool:
        """Stores a new second factor until it is confirmed; false: one is confirmed, and this ``replaces`` none."""
        return bool(await self._value("select accounts.offer_totp($1, $2, $3, $4)", person, box, replaces, at))

    async def offered_totp(self, person: str, since: datetime) -> bytes | None:
        """The second factor that waits to be confirmed; ``None``: none was offered since then."""
        box: bytes | None = await self._value("select accounts.offered_totp($1, $2)", person, since)
        return box

    async def confirm_totp(
        self, person: str, box: bytes, step: int, codes: list[bytes], at: datetime, *, replaces: bool
    ) -> bool:
        """Confirms the offered second factor, uses up the step of its first code, and ends all sessions.

        Returns false if another was offered or confirmed meanwhile.
        """
        statement = "select accounts.confirm_totp($1, $2, $3, $4, $5, $6)"
        return bool(await self._value(statement, person, box, step, replaces, codes, at))

    async def remove_totp(self, person: str, at: datetime) -> None:
        """Removes the second factor, and ends all sessions."""
        await self._value("select accounts.remove_totp($1, $2)", person, at)

    async def replace_recovery_codes(self, person: str, codes: list[bytes], at: datetime) -> bool:
        """Stores new recovery codes instead of all before; false: there is no second factor."""
        return bool(await self._value("select accounts.replace_recovery_codes($1, $2, $3)", person, codes, at))

    async def redeem(self, code: bytes, person: str, password: str, at: datetime) -> bool:
        """Uses up a one-time code and sets the password; false: it is not the person's, was used, or is too old."""
        return bool(await self._value("select accounts.redeem_invitation($1, $2, $3, $4)", code, person, password, at))

    async def begin_oidc(
        self,
        state: bytes,
        browser: bytes,
        issuer: str,
        nonce: str,
        verifier: str,
        return_to: str,
        at: datetime,
        until: datetime,
        *,
        proves: bool,
    ) -> None:
        """Stores an attempt to sign in at a provider. ``proves``: to prove again who is there."""
        statement = "select accounts.begin_oidc($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        row = (state, browser, issuer, nonce, verifier, return_to, proves, at, until)
        await self._value(statement, *row, MAX_ELSEWHERE)

    async def take_oidc(self, state: bytes, browser: bytes, at: datetime) -> dict[str, Any] | None:
        """Removes and returns an attempt that this browser began; ``None``: there is none."""
        row = await self._row("select * from accounts.take_oidc($1, $2, $3)", state, browser, at)
        return None if row is None else dict(row)

    async def person_of(self, issuer: str, subject: str) -> Linked | None:
        """The active account that is linked to an issuer's id of a person; ``None``: there is none."""
        row = await self._row("select * from accounts.person_of($1, $2)", issuer, subject)
        return None if row is None else Linked(row["person"], Role(row["role"]), row["totp_confirmed"])


def _session(row: Any) -> Session:
    values = {name: value for name, value in row.items() if name != "nobody_because"}
    values |= {"id": UUID(int=row["id"].int), "role": Role(row["role"]), "stage": Stage(row["stage"])}
    return Session(**values)
