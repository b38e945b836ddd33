"""An administrator's work on accounts and tokens, with the administrator's own PostgreSQL connection."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.vocabulary import Role
from services.chassis.identity.policy import INVITATION_LIFETIME
from services.chassis.identity.store import hashed, new_secret

PEOPLE = """
select person, label, role, org, state, language, time_zone, coalesce(c.totp_confirmed, false) as second_factor,
  c.password is not null as signed_in_once
from accounts.person left join accounts.credential c using (person) order by person
"""


class NoSuchPersonError(LookupError):
    """No account has that code."""


class PersonExistsError(ValueError):
    """The code, or the linked identity, belongs to an account already; codes are never used again."""


async def create_person(
    connection: asyncpg.Connection,
    person: str,
    *,
    label: str,
    role: Role,
    org: str,
    language: str,
    time_zone: str,
    at: datetime,
) -> str:
    """Creates an account. Returns the one-time code of the first sign-in.

    Raises:
        PersonExistsError: the code is taken.
    """
    try:
        async with connection.transaction():
            await connection.execute(
                """insert into accounts.person (person, label, role, org, language, time_zone, created_at)
                values ($1, $2, $3, $4, $5, $6, $7)""",
                person, label, role.value, org, language, time_zone, at,
            )  # fmt: skip
            return await _invited(connection, person, at)
    except asyncpg.UniqueViolationError:
        raise PersonExistsError(person) from None


async def disable_person(connection: asyncpg.Connection, person: str, at: datetime) -> None:
    """Disables an account from the next request on; its sessions and tokens end for good.

    Raises:
        NoSuchPersonError: there is none.
    """
    async with connection.transaction():
        await _one(
            connection, "update accounts.person set state = 'disabled', disabled_at = $2 where person = $1", person, at
        )
        await connection.execute(
            "update accounts.session set ended_at = $2 where person = $1 and ended_at is null", person, at
        )
        await connection.execute(
            "update accounts.token set revoked_at = $2 where person = $1 and revoked_at is null", person, at
        )


async def close_organisation(connection: asyncpg.Connection, org: str, at: datetime) -> tuple[int, int]:
    """Disables every account of an organisation and revokes every token. Returns how many accounts and tokens."""
    async with connection.transaction():
        people = await connection.fetch("select person from accounts.person where org = $1 and state = 'active'", org)
        tokens = await connection.fetchval(
            "select count(*) from accounts.token where org = $1 and revoked_at is null", org
        )
        for row in people:
            await disable_person(connection, row["person"], at)
        await connection.execute(
            "update accounts.token set revoked_at = $2 where org = $1 and revoked_at is null", org, at
        )
    return len(people), int(tokens)


async def enable_person(connection: asyncpg.Connection, person: str) -> None:
    """Lets a person sign in again.

    Raises:
        NoSuchPersonError: there is none.
    """
    await _one(connection, "update accounts.person set state = 'active', disabled_at = null where person = $1", person)


async def reset_person(connection: asyncpg.Connection, person: str, at: datetime) -> str:
    """Removes password, second factor, passkeys and sessions. Returns a new one-time code.

    Raises:
        NoSuchPersonError: there is none.
    """
    async with connection.transaction():
        await _one(connection, "update accounts.person set state = state where person = $1", person)
        for statement in (
            """update accounts.credential set password = null, totp = null, totp_next = null, totp_next_at = null,
            totp_confirmed = false, changed_at = $2 where person = $1""",
            "update accounts.session set ended_at = $2 where person = $1 and ended_at is null",
            "update accounts.invitation set used_at = $2 where person = $1 and used_at is null",
            "update accounts.passkey set removed_at = $2, name = '' where person = $1 and removed_at is null",
        ):
            await connection.execute(statement, person, at)
        await connection.execute("delete from accounts.recovery_code where person = $1", person)
        await connection.execute("delete from accounts.known_place where person = $1", person)
        return await _invited(connection, person, at)


async def end_sessions(connection: asyncpg.Connection, person: str | None, at: datetime) -> int:
    """Ends a person's sessions, or everybody's (``None``). Returns how many there were.

    Raises:
        NoSuchPersonError: there is no such person.
    """
    if person is not None and not await connection.fetchval("select 1 from accounts.person where person = $1", person):
        raise NoSuchPersonError(person)
    statement = """update accounts.session set ended_at = $2
        where ended_at is null and expires_at > $2 and person = coalesce($1, person)"""
    done: str = await connection.execute(statement, person, at)
    return int(done.rpartition(" ")[2])


async def link_identity(connection: asyncpg.Connection, person: str, issuer: str, subject: str, at: datetime) -> None:
    """Links an account to an identity of an OpenID provider: the issuer's URL and its unchanging id of the person.

    Raises:
        NoSuchPersonError: there is none.
        PersonExistsError: an account is linked to that identity already.
    """
    try:
        await connection.execute(
            "insert into accounts.identity (issuer, subject, person, linked_at) values ($1, $2, $3, $4)",
            issuer, subject, person, at,
        )  # fmt: skip
    except asyncpg.ForeignKeyViolationError:
        raise NoSuchPersonError(person) from None
    except asyncpg.UniqueViolationError:
        raise PersonExistsError(subject) from None


async def list_people(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """Every account, ordered by code."""
    return [dict(row) for row in await connection.fetch(PEOPLE)]


async def list_tokens(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """Every token that is not revoked, without the secrets."""
    query = """select id, role, org, label, person, scopes, created_at, expires_at from accounts.token
        where revoked_at is null order by created_at, id"""
    return [dict(row) for row in await connection.fetch(query)]


async def revoke_token(connection: asyncpg.Connection, token: UUID, at: datetime) -> bool:
    """Revokes a token from the next request on; false: no valid token has that id."""
    done: str = await connection.execute(
        "update accounts.token set revoked_at = $2 where id = $1 and revoked_at is null", token, at
    )
    return done != "UPDATE 0"


async def _invited(connection: asyncpg.Connection, person: str, at: datetime) -> str:
    code = new_secret()
    await connection.execute(
        "insert into accounts.invitation (hash, person, created_at, expires_at) values ($1, $2, $3, $4)",
        hashed(code), person, at, at + INVITATION_LIFETIME,
    )  # fmt: skip
    return code


async def _one(connection: asyncpg.Connection, statement: str, person: str, *more: Any) -> None:
    if await connection.execute(statement, person, *more) == "UPDATE 0":
        raise NoSuchPersonError(person)
