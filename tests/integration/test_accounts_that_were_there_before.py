"""Accounts from before everybody had a second factor: nothing stops working when the program is upgraded."""

import asyncpg

from services.chassis.operations.migrate import OWNER, steps
from tests.support.system.logs import as_admin

THIS = "accounts_0003_sessions_and_factors.sql"


async def applied(admin: asyncpg.Connection, name: str) -> None:
    (sql,) = [sql for schema, step, sql in steps() if (schema, step) == ("accounts", name)]
    async with admin.transaction():
        await admin.execute(f"set local role {OWNER}")
        await admin.execute(sql)


async def test_a_factor_that_was_being_set_up_waits_on_and_one_that_counts_counts(database: str) -> None:
    before = [step for schema, step, _ in steps() if schema == "accounts" and step < THIS]
    assert before
    async with as_admin(database) as admin:
        await admin.execute("drop schema accounts cascade")
        await admin.execute(f"create schema accounts authorization {OWNER}")
        for step in before:
            await applied(admin, step)
        for person in ("p-101", "p-102", "p-103"):
            await admin.execute(
                """insert into accounts.person (person, label, role, org, created_at)
                values ($1, 'x', 'officer', 'ACNUR', now())""",
                person,
            )
        await admin.execute(
            """insert into accounts.credential (person, password, totp, totp_confirmed, totp_step, changed_at) values
            ('p-101', 'hash', null, false, 0, now()), ('p-102', 'hash', '\\x02', false, 0, now()),
            ('p-103', 'hash', '\\x03', true, 7, now())"""
        )
        await admin.execute("insert into accounts.known_place select person, sha256('x'), now() from accounts.person")
        await admin.execute(
            """insert into accounts.session (id, hash, person, stage, created_at, seen_at, expires_at)
            select gen_random_uuid(), sha256('s'), 'p-103', 'full', now(), now(), now() + interval '1 hour'"""
        )
        await applied(admin, THIS)
        rows = await admin.fetch("select person, totp, totp_next, totp_confirmed, totp_step from accounts.credential")
        found = {row["person"]: tuple(row)[1:] for row in rows}
        assert found == {
            "p-101": (None, None, False, 0),
            "p-102": (None, b"\x02", False, 0),
            "p-103": (b"\x03", None, True, 7),
        }
        assert await admin.fetchval("select accounts.offered_totp('p-102', now() - interval '1 minute')") == b"\x02"
        assert await admin.fetchval("select count(*) from accounts.known_place") == 0  # those were addresses
        going_on = "select person from accounts.session_of(sha256('s'), now(), interval '1 hour')"
        assert await admin.fetchval(going_on) == "p-103"
        assert not await admin.fetchval("select accounts.proved_since(sha256('s'), now() - interval '1 hour')")
