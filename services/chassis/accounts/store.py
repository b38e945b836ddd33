"""The accounts in PostgreSQL, through the functions that the migration made: one method a function."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from events.vocabulary import Role
from services.chassis.accounts.policy import IDLE, Stage
from services.chassis.database import Database

BYTES = 32


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> bytes:
    """What is stored of a secret with 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class Session:
    """A live session, and whose it is."""

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
    """What somebody proves who they are with."""

    active: bool
    role: Role
    org: str
    password: str | None
    totp: bytes | None
    totp_confirmed: bool
    known: bool
    """They have signed in from there before."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Who somebody is whom their organisation signed in."""

    person: str
    role: Role
    totp_confirmed: bool


@dataclass(frozen=True, slots=True)
class Count:
    """Something that failed attempts are counted for: how many are free, and how long the waits get."""

    key: bytes
    free: int
    longest: timedelta


class Accounts:
    """Every statement is one call: a service may write nothing else here."""

    def __init__(self, database: Database) -> None:
        """With the role of the service that asks."""
        self._database = database

    async def _value(self, statement: str, *arguments: Any) -> Any:
        async with self._database.reading() as connection:
            return await connection.fetchval(statement, *arguments)

    async def _row(self, statement: str, *arguments: Any) -> Any:
        async with self._database.reading() as connection:
            return await connection.fetchrow(statement, *arguments)

    async def session(self, secret: str, at: datetime) -> Session | None:
        """The session of a cookie, while it lives and whoever has it is active."""
        row = await self._row("select * from accounts.session_of($1, $2, $3)", hashed(secret), at, IDLE)
        if row is None:
            return None
        values = dict(row) | {"id": UUID(int=row["id"].int), "role": Role(row["role"]), "stage": Stage(row["stage"])}
        return Session(**values)

    async def begin(self, session: UUID, person: str, stage: Stage, at: datetime, until: datetime) -> str | None:
        """A new session's secret; ``None``: the person is not active."""
        secret = new_secret()
        statement = "select accounts.begin_session($1, $2, $3, $4, $5, $6)"
        began = await self._value(statement, session, hashed(secret), person, stage.value, at, until)
        return secret if began else None

    async def end(self, secret: str, at: datetime, which: UUID | None = None) -> bool:
        """Ends this session, or another of the same person's."""
        return bool(await self._value("select accounts.end_session($1, $2, $3)", hashed(secret), which, at))

    async def sessions(self, secret: str, at: datetime) -> list[dict[str, Any]]:
        """The live sessions of whoever has this one."""
        async with self._database.reading() as connection:
            rows = await connection.fetch("select * from accounts.sessions_of($1, $2, $3)", hashed(secret), at, IDLE)
        return [dict(row) for row in rows]

    async def attempt(self, counts: list[Count], at: datetime) -> datetime | None:
        """Counts an attempt; the moment until which there may be none, if there may be none."""
        keys = [each.key for each in counts]
        rest = [each.free for each in counts], [each.longest for each in counts]
        until: datetime | None = await self._value("select accounts.attempt($1, $2, $3, $4)", keys, *rest, at)
        return until

    async def signed_in(
        self, person: str, place: bytes, forget: list[bytes], give_back: list[bytes], at: datetime
    ) -> None:
        """It was the person: what was counted against them is forgotten."""
        await self._value("select accounts.signed_in($1, $2, $3, $4, $5)", person, place, forget, give_back, at)

    async def credential(self, person: str, place: bytes) -> Credential | None:
        """What an account has; ``None``: there is none."""
        row = await self._row("select * from accounts.credential_of($1, $2)", person, place)
        return None if row is None else Credential(**(dict(row) | {"role": Role(row["role"])}))

    async def take_step(self, person: str, step: int) -> bool:
        """Whether this time step's code had not been used."""
        return bool(await self._value("select accounts.take_totp_step($1, $2)", person, step))

    async def use_recovery_code(self, person: str, code: bytes, at: datetime) -> bool:
        """Whether it was one of theirs, unused."""
        return bool(await self._value("select accounts.use_recovery_code($1, $2, $3)", person, code, at))

    async def offer_totp(self, person: str, box: bytes, at: datetime) -> bool:
        """Keeps a new second factor until it is confirmed; false: one counts already."""
        return bool(await self._value("select accounts.offer_totp($1, $2, $3)", person, box, at))

    async def confirm_totp(self, person: str, codes: list[bytes], at: datetime) -> bool:
        """From now on it counts, with these recovery codes."""
        return bool(await self._value("select accounts.confirm_totp($1, $2, $3)", person, codes, at))

    async def remove_totp(self, person: str, at: datetime) -> None:
        """Takes the second factor off."""
        await self._value("select accounts.remove_totp($1, $2)", person, at)

    async def redeem(self, code: bytes, person: str, password: str, at: datetime) -> bool:
        """Uses a one-time code up and sets the password; false: it is not theirs, used, or too old."""
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
    ) -> None:
        """Keeps an attempt to sign in elsewhere."""
        statement = "select accounts.begin_oidc($1, $2, $3, $4, $5, $6, $7, $8)"
        await self._value(statement, state, browser, issuer, nonce, verifier, return_to, at, until)

    async def take_oidc(self, state: bytes, browser: bytes, at: datetime) -> dict[str, str] | None:
        """An attempt that this browser began, once; ``None``: there is none."""
        row = await self._row("select * from accounts.take_oidc($1, $2, $3)", state, browser, at)
        return None if row is None else dict(row)

    async def person_of(self, issuer: str, subject: str) -> Linked | None:
        """The active person who is linked to an issuer's id of them."""
        row = await self._row("select * from accounts.person_of($1, $2)", issuer, subject)
        return None if row is None else Linked(row["person"], Role(row["role"]), row["totp_confirmed"])
