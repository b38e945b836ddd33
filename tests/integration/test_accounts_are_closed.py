"""What a service's role may do with the accounts: next to nothing, shown by trying what is forbidden."""

from datetime import timedelta
from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity import administration
from services.chassis.names import SERVICES, SIGN_IN
from services.chassis.operations.migrate import migrate_database
from services.chassis.secrets.installation import Secrets
from tests.support.system.database_roles import As, not_refused
from tests.support.system.logs import as_admin

TABLES = (
    "credential", "recovery_code", "invitation", "session", "throttle", "known_place", "identity", "oidc_attempt",
    "passkey", "passkey_challenge",
)  # fmt: skip
FIRST = {"token": "hash", "throttle": "key", "oidc_attempt": "state", "passkey_challenge": "challenge"}
WRITING = (
    "select accounts.begin_session(gen_random_uuid(), '\\x00', 'p-101', 'full', now(), now(), 9)",
    "select accounts.end_session('\\x00', null, now())",
    "select * from accounts.sessions_of('\\x00', now(), '1 hour')",
    "select accounts.attempt(array[]::bytea[], array[]::integer[], array[]::interval[], now())",
    "select accounts.signed_in('p-101', '\\x00', array[]::bytea[], array[]::bytea[], now())",
    "select * from accounts.credential_of('p-101', '\\x00')",
    "select accounts.take_totp_step('p-101', 1)",
    "select accounts.use_recovery_code('p-101', '\\x00', now())",
    "select accounts.end_other_sessions('\\x00', now())",
    "select accounts.prove_session('\\x00', '\\x01', now())",
    "select accounts.proved_since('\\x00', now())",
    "select * from accounts.account_of('p-101')",
    "select accounts.change_password('p-101', 'x', 'y', now())",
    "select accounts.forget_attempts(array[]::bytea[])",
    "select accounts.offer_totp('p-101', '\\x00', false, now())",
    "select accounts.offered_totp('p-101', now())",
    "select accounts.confirm_totp('p-101', '\\x00', 1, false, array[]::bytea[], now())",
    "select accounts.replace_recovery_codes('p-101', array[]::bytea[], now())",
    "select accounts.remove_totp('p-101', now())",
    "select accounts.redeem_invitation('\\x00', 'p-101', 'x', now())",
    "select accounts.begin_oidc('\\x00', '\\x00', '', '', '', '', false, now(), now(), 9)",
    "select * from accounts.take_oidc('\\x00', '\\x00', now())",
    "select * from accounts.person_of('', '')",
    "select accounts.begin_passkey('\\x00', '\\x00', 'proof', now(), now(), 9)",
    "select accounts.take_passkey('\\x00', '\\x00', 'proof', now())",
    "select accounts.add_passkey(gen_random_uuid(), 'p-101', '\\x00', '\\x00', 0, '', 9, now())",
    "select * from accounts.passkeys_of('p-101')",
    "select * from accounts.passkey_of('\\x00')",
    "select accounts.use_passkey('\\x00', 1, now())",
    "select accounts.remove_passkey('p-101', gen_random_uuid(), now())",
    "select accounts.choose_pages('p-101', 'es', 'UTC')",
)

OF_EVERY_SERVICE = {"session_of", "count_watched"}
"""Who a session is of, and how much of what is watched a service has answered: it adds to sums and reads none."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_writes_to_no_table_of_the_accounts_and_reads_only_who_has_which_role(
    signed_in: As, service: str
) -> None:
    everything = [
        statement
        for table in (*TABLES, "person", "token")
        for statement in (
            f"insert into accounts.{table} default values",
            f"update accounts.{table} set {FIRST.get(table, 'person')} = null",
            f"delete from accounts.{table}",
            f"truncate accounts.{table} cascade",
        )
    ]
    everything += [f"select * from accounts.{table}" for table in (*TABLES, "person")]
    everything += ["select label from accounts.person", "select language, time_zone from accounts.person"]
    async with signed_in(service) as connection:
        assert await not_refused(connection, everything) == []
        assert await connection.fetch("select person, role, org, state from accounts.person") == []


@pytest.mark.parametrize("service", SERVICES)
async def test_only_where_people_sign_in_may_the_functions_that_write_be_called(
    database: str, signed_in: As, service: str
) -> None:
    async with as_admin(database) as admin:
        rows = await admin.fetch(
            """select p.proname, p.prosecdef, p.proconfig, has_function_privilege($1, p.oid, 'execute') as may,
                 exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
                   as public
               from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'accounts'""",
            f"canaliza_{service}",
        )
    assert all(row["prosecdef"] and "search_path=accounts, pg_temp" in row["proconfig"] for row in rows)
    assert not any(row["public"] for row in rows)
    assert len(rows) == len(WRITING) + len(OF_EVERY_SERVICE)
    assert {row["proname"] for row in rows if row["may"]} == (
        {row["proname"] for row in rows} if service == SIGN_IN else OF_EVERY_SERVICE
    )
    if service != SIGN_IN:
        async with signed_in(service) as connection:
            assert await not_refused(connection, WRITING) == []


async def test_nobody_ends_or_sees_another_persons_session(database: str, secrets: Secrets, signed_in: As) -> None:
    await migrate_database(database, secrets)
    at = system_clock()
    ids = {person: uuid4() for person in ("p-101", "p-102")}
    async with as_admin(database) as admin:
        for person in ids:
            await administration.create_person(
                admin, person, label="x", role=Role.OFFICER, org="ACNUR", language="es", time_zone="UTC", at=at
            )
    async with signed_in(SIGN_IN) as connection:
        for person, session in ids.items():
            began = await connection.fetchval(
                "select accounts.begin_session($1, $2, $3, 'full', $4, $5, 9)",
                session,
                person.encode().ljust(32),
                person,
                at,
                at + timedelta(hours=1),
            )
            assert began
        mine = b"p-101".ljust(32)
        assert not await connection.fetchval("select accounts.end_session($1, $2, $3)", mine, ids["p-102"], at)
        seen = await connection.fetch("select id from accounts.sessions_of($1, $2, '1 hour')", mine, at)
        assert [row["id"] for row in seen] == [ids["p-101"]]
        assert await connection.fetchval("select accounts.end_session($1, null, $2)", mine, at)
        gone = await connection.fetch("select id from accounts.session_of($1, $2, '1 hour')", mine, at)
        assert gone == []
        assert await connection.fetch("select id from accounts.sessions_of($1, $2, '1 hour')", mine, at) == []
