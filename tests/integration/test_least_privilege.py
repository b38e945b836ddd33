"""What a service's role may do in PostgreSQL: read its log, call append, and hardly anything else."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from events.vocabulary import BoxClass
from services.chassis.log import Append
from services.chassis.log_sql import APPEND, append_arguments
from services.chassis.migrate import OWNER, migrate_database
from services.chassis.names import SERVICES, UPSTREAMS, postgres_role
from services.chassis.secrets import Secrets
from tests.harness.logs import A_DAY, append, as_admin, entry, opened

As = Callable[[str], AbstractAsyncContextManager[asyncpg.Connection]]
"""Signs in as a service."""

NEW_KEY = "insert into vault.key values ($1, $1, $2, 1, 'wrapped', now())"


@pytest.fixture
async def signed_in(database: str, secrets: Secrets) -> As:
    await migrate_database(database, secrets)  # what a database grants is not copied with it

    @asynccontextmanager
    async def as_service(service: str) -> AsyncIterator[asyncpg.Connection]:
        role, password = postgres_role(service), secrets.postgres[service]
        connection = await asyncpg.connect(database, user=role, password=password)
        try:
            yield connection
        finally:
            await connection.close()

    return as_service


@pytest.fixture
async def intake_has_an_event(database: str, secrets: Secrets) -> None:
    async with opened(database, secrets) as log:
        await append(log, entry(), command=uuid4())


def refused() -> Any:
    return pytest.raises(asyncpg.InsufficientPrivilegeError)


CHANGES = {
    "event": (
        "insert into {log}.event select 1, id, id, 1, 'x.v1', null, now(), '' from gen_random_uuid() as id",
        "update {log}.event set state = ''",
    ),
    "head": ("insert into {log}.head (only_row, position) values (true, 7)", "update {log}.head set position = 0"),
    "command": ("insert into {log}.command values (gen_random_uuid(), 1, 1)", "update {log}.command set events = 2"),
    "tracking": (
        "insert into {log}.tracking values ('referral', 9, null, null)",
        "update {log}.tracking set position = 0",
    ),
}


async def not_refused(connection: asyncpg.Connection, statements: Iterable[str]) -> list[str]:
    """Which of these statements the role was let to carry out; each is undone."""
    let = []
    for statement in statements:
        undone = connection.transaction()
        await undone.start()
        try:
            with suppress(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
                let.append(statement)
        finally:
            await undone.rollback()
    return let


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_write_to_its_log_past_append(signed_in: As, service: str) -> None:
    async with signed_in(service) as connection:
        for table, changes in CHANGES.items():
            wanted = [*changes, f"delete from {{log}}.{table}", f"truncate {{log}}.{table}"]
            assert await not_refused(connection, [each.format(log=service) for each in wanted]) == []
            assert await connection.fetch(f"select * from {service}.{table}") is not None


MAKING = (
    "alter table {log}.event add column note text",
    "alter table {log}.event disable trigger all",
    "alter table {log}.event owner to {role}",
    "drop table {log}.event",
    "drop trigger append_only on {log}.event",
    "create trigger mine before insert on {log}.event for each row execute function {log}.refuse_change()",
    "create function {log}.mine() returns integer language sql as 'select 1'",
    "create table {log}.mine (n integer)",
    "create schema mine",
    "create temporary table mine (n integer)",
    "create or replace function {log}.refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "alter function {log}.refuse_change() rename to mine",
    "drop schema {log} cascade",
    "set role {owner}",
    "set local role {owner}",
    "select set_config('role', '{owner}', true)",
    "set session authorization {owner}",
    "set session_replication_role = replica",
    "alter role {role} superuser",
    "grant {owner} to {role}",
    "create role mine",
    "select pg_read_file('PG_VERSION')",
    "copy {log}.event to program 'cat'",
    "delete from {log}.migration",
)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_change_how_its_log_is_made(signed_in: As, service: str) -> None:
    statements = [each.format(log=service, role=postgres_role(service), owner=OWNER) for each in MAKING]
    async with signed_in(service) as connection:
        assert await not_refused(connection, statements) == []


@pytest.mark.usefixtures("intake_has_an_event")
async def test_what_a_service_grants_itself_is_worth_nothing(signed_in: As) -> None:
    async with signed_in("intake") as connection:
        await connection.execute("grant all on intake.event to canaliza_intake")
        assert await not_refused(connection, ["delete from intake.event", "update intake.event set state = ''"]) == []


async def visible(connection: asyncpg.Connection) -> dict[str, set[str]]:
    """What a role may do to tables outside its own schema."""
    rows = await connection.fetch(
        """select schemaname || '.' || tablename as name, privilege from pg_tables,
           unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as privilege
           where has_schema_privilege(schemaname, 'USAGE')
             and has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), privilege)
             and schemaname not in ('pg_catalog', 'information_schema')
             and 'canaliza_' || schemaname <> current_user"""
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["name"], set()).add(row["privilege"])
    return found


VAULT = {"intake": {"SELECT", "INSERT"}, "referral": {"SELECT"}}


@pytest.mark.parametrize("service", SERVICES)
async def test_of_others_a_service_sees_the_logs_it_follows_the_accounts_and_its_part_of_the_vault(
    signed_in: As, service: str
) -> None:
    expected = {f"{log}.{table}": {"SELECT"} for log in UPSTREAMS[service] for table in ("event", "head")}
    expected["accounts.token"] = {"SELECT"}
    if service in VAULT:
        expected["vault.key"] = VAULT[service]
    if service == "intake":
        expected["vault.slip"] = {"SELECT", "INSERT", "DELETE"}
        expected["vault.person_index"] = {"SELECT", "INSERT", "UPDATE"}
    async with signed_in(service) as connection:
        assert await visible(connection) == expected


@pytest.mark.usefixtures("intake_has_an_event")
async def test_referral_reads_intakes_log_and_nothing_else_of_it(signed_in: As) -> None:
    async with signed_in("referral") as connection:
        assert await connection.fetchval("select count(*) from intake.event") == 1
        assert await connection.fetchval("select position from intake.head") == 1
        for table in ("command", "tracking", "parked", "migration"):
            with refused():
                await connection.fetch(f"select * from intake.{table}")
        for statement in ("delete from intake.event", "update intake.head set position = 0"):
            with refused():
                await connection.execute(statement)
        with refused():
            await connection.fetch(APPEND.replace("append(", "intake.append("), *append_arguments([Append()]))


@pytest.mark.usefixtures("intake_has_an_event")
async def test_notifications_cannot_read_intake_at_all(signed_in: As) -> None:
    async with signed_in("notifications") as connection:
        for table in ("event", "head", "command", "parked"):
            with refused():
                await connection.fetch(f"select * from intake.{table}")


class TestTheVault:
    @pytest.fixture(autouse=True)
    async def _two_keys(self, signed_in: As) -> None:
        async with signed_in("intake") as connection:
            for kind in BoxClass:
                await connection.execute(NEW_KEY, uuid4(), kind.value)

    async def test_shows_intake_both_classes_and_referral_only_the_screening(self, signed_in: As) -> None:
        for service, classes in (("intake", {"identity", "screening"}), ("referral", {"screening"})):
            async with signed_in(service) as connection:
                assert {row["class"] for row in await connection.fetch("select class from vault.key")} == classes

    @pytest.mark.parametrize("service", ["notifications", "audit"])
    async def test_shows_nothing_to_who_needs_no_key(self, signed_in: As, service: str) -> None:
        async with signed_in(service) as connection:
            with refused():
                await connection.fetch("select id from vault.key")

    @pytest.mark.parametrize("service", ["intake", "referral"])
    async def test_lets_nobody_change_or_destroy_a_key(self, signed_in: As, service: str) -> None:
        statements = (
            "update vault.key set wrapped = ''",
            "delete from vault.key",
            "truncate vault.key",
            "alter table vault.key disable row level security",
            "alter table vault.key no force row level security",
            "drop policy referral_screening on vault.key",
            "create policy all_of_it on vault.key using (true)",
        )
        async with signed_in(service) as connection:
            assert await not_refused(connection, statements) == []

    async def test_takes_new_keys_from_intake_alone(self, signed_in: As) -> None:
        for service in ("referral", "notifications", "audit"):
            async with signed_in(service) as connection:
                with refused():
                    await connection.execute(NEW_KEY, uuid4(), "screening")

    async def test_is_not_shown_to_the_owner_of_the_schemas_either(self, database: str) -> None:
        async with as_admin(database) as admin:
            await admin.execute(f"set role {OWNER}")
            assert await admin.fetch("select id from vault.key") == []


class TestTheOwner:
    async def test_cannot_sign_in(self, database: str) -> None:
        async with as_admin(database) as admin:
            assert not await admin.fetchval("select rolcanlogin from pg_roles where rolname = $1", OWNER)
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await asyncpg.connect(database, user=OWNER, password="")

    async def test_is_nobody_special(self, database: str) -> None:
        async with as_admin(database) as admin:
            row = await admin.fetchrow(
                "select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication as special"
                " from pg_roles where rolname = $1",
                OWNER,
            )
            members = await admin.fetch(
                "select rolname from pg_roles where pg_has_role(rolname, $1, 'member') and not rolsuper", OWNER
            )
        assert not row["special"]
        assert [member["rolname"] for member in members] == [OWNER]

    @pytest.mark.usefixtures("intake_has_an_event")
    async def test_is_stopped_by_the_triggers(self, database: str) -> None:
        statements = (
            "update intake.event set state = ''",
            "delete from intake.event",
            "truncate intake.event",
            "update intake.command set events = 2",
            "delete from intake.command",
            "truncate intake.command",
            "delete from intake.head",
            "truncate intake.head",
        )
        async with as_admin(database) as admin:
            for statement in statements:
                async with admin.transaction():
                    await admin.execute(f"set local role {OWNER}")
                    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                        async with admin.transaction():
                            await admin.execute(statement)


@pytest.mark.parametrize("service", SERVICES)
async def test_append_may_be_called_by_its_own_service_alone(database: str, service: str) -> None:
    async with as_admin(database) as admin:
        rows = await admin.fetch(
            """select p.oid::regprocedure::text as name, p.prosecdef, p.proconfig, role.rolname,
                 has_function_privilege(role.rolname, p.oid, 'execute') as may
               from pg_proc p join pg_namespace n on n.oid = p.pronamespace, pg_roles role
               where n.nspname = $1 and p.proname = 'append' and role.rolname like 'canaliza%'
                 and not role.rolsuper and role.rolname <> $2""",
            service,
            OWNER,
        )
        public = await admin.fetch(
            """select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
                 aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
               where n.nspname = $1 and acl.grantee = 0""",
            service,
        )
    assert {row["rolname"] for row in rows if row["may"]} == {postgres_role(service)}
    assert all(row["prosecdef"] and f"search_path={service}, pg_temp" in row["proconfig"] for row in rows)
    assert public == []


async def test_a_services_own_tables_do_not_stand_in_for_the_logs(signed_in: As) -> None:
    """The function's own search path comes first: nothing of the caller's is written to, or read, instead."""
    async with signed_in("intake") as connection:
        await connection.execute("select set_config('search_path', 'pg_temp, intake', false)")
        (row,) = await connection.fetch(
            APPEND.replace("append(", "intake.append("), *append_arguments([Append(entries=[entry()])])
        )
        assert (row["outcome"], row["first_position"]) == ("appended", 1)
        assert await connection.fetchval("select recorded_at from intake.event") == A_DAY


async def test_a_refused_statement_says_nothing_of_what_was_in_it(signed_in: As) -> None:
    async with signed_in("intake") as connection:
        with refused() as error:
            await connection.execute("update intake.event set state = 'CANARIO'")
        assert "CANARIO" not in str(error.value)
