"""What a service's role reads outside its own log: the logs it follows, the accounts and its part of the vault."""

from uuid import uuid4

import asyncpg
import pytest

from events.vocabulary import BoxClass
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.sql import APPEND, append_arguments
from services.chassis.names import SERVICES, UPSTREAMS
from services.chassis.operations.migrate import OWNER
from tests.support.system.database_roles import As, not_refused, refused
from tests.support.system.logs import as_admin

NOBODY = (
    "truncate vault.key",
    "alter table vault.key disable row level security",
    "alter table vault.key no force row level security",
    "drop policy referral_screening on vault.key",
    "create policy all_of_it on vault.key using (true)",
)
NEW_KEY = "insert into vault.key values ($1, $1, $2, 1, 'wrapped', now())"
VAULT = {"intake": {"SELECT", "INSERT", "DELETE"}, "referral": {"SELECT"}}
"""Rights to the keys, by service."""


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


@pytest.mark.parametrize("service", SERVICES)
async def test_of_others_a_service_sees_the_logs_it_follows_the_accounts_and_its_part_of_the_vault(
    signed_in: As, service: str
) -> None:
    expected = {f"{log}.{table}": {"SELECT"} for log in UPSTREAMS[service] for table in ("event", "head", "heartbeat")}
    expected["accounts.token"] = {"SELECT"}
    if service == "notifications":  # it raises the alarms
        expected["accounts.watched"] = {"SELECT"}
    if service in VAULT:
        expected["vault.key"] = VAULT[service]
        expected["vault.epoch"] = expected["vault.erased"] = VAULT[service] - {"DELETE"}
    if service == "intake":
        expected["vault.slip"] = {"SELECT", "INSERT", "DELETE"}
        expected["vault.person_index"] = {"SELECT", "INSERT", "UPDATE"}
        expected["vault.refused"] = {"SELECT", "INSERT"}
    async with signed_in(service) as connection:
        assert await visible(connection) == expected


@pytest.mark.usefixtures("intake_has_an_event")
async def test_referral_reads_intakes_log_and_nothing_else_of_it(signed_in: As) -> None:
    async with signed_in("referral") as connection:
        assert await connection.fetchval("select count(*) from intake.event") == 1
        assert await connection.fetchval("select position from intake.head") == 1
        assert await connection.fetch("select beat_at from intake.heartbeat") == []
        for table in ("command", "tracking", "parked", "migration"):
            with refused():
                await connection.fetch(f"select * from intake.{table}")
        for statement in (
            "delete from intake.event",
            "update intake.head set position = 0",
            "insert into intake.heartbeat (beat_at) values (now())",
        ):
            with refused():
                await connection.execute(statement)
        with refused():
            await connection.fetch(APPEND.replace("append(", "intake.append("), *append_arguments([Append()]))


@pytest.mark.usefixtures("intake_has_an_event")
async def test_notifications_cannot_read_intake_at_all(signed_in: As) -> None:
    async with signed_in("notifications") as connection:
        for table in ("event", "head", "heartbeat", "command", "parked"):
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

    async def test_lets_intake_wrap_a_key_anew_or_destroy_it_and_change_nothing_else(self, signed_in: As) -> None:
        async with signed_in("intake") as connection:
            forbidden = ("update vault.key set class = 'identity'", "update vault.key set subject = id", *NOBODY)
            assert await not_refused(connection, forbidden) == []
            await connection.execute("update vault.key set wrapped = 'anew', epoch = 2")
            await connection.execute("delete from vault.key")
            assert await connection.fetchval("select count(*) from vault.erased") == 2
            kept = ("delete from vault.erased", "update vault.erased set subject = id", "delete from vault.epoch")
            assert await not_refused(connection, kept) == []

    async def test_lets_referral_neither_change_nor_destroy_a_key(self, signed_in: As) -> None:
        statements = ("update vault.key set wrapped = ''", "delete from vault.key", *NOBODY)
        async with signed_in("referral") as connection:
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
