"""What a service's role may do with its own log in PostgreSQL: read it and call append."""

import pytest

from services.chassis.eventlog.append import Append
from services.chassis.eventlog.sql import APPEND, append_arguments
from services.chassis.names import SERVICES, postgres_role
from services.chassis.operations.migrate import OWNER
from tests.support.system.database_roles import As, not_refused, refused
from tests.support.system.logs import A_DAY, as_admin, entry

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
