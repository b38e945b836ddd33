"""Expand and contract: what a newer program only added is no reason to stop, anything else is refused by name."""

import asyncpg
import pytest

from services.chassis.operations import migrate, migrations
from services.chassis.operations.migrate import (
    ChangedMigrationError,
    NewerDatabaseError,
    difference,
    migrate_database,
    pending,
)
from services.chassis.operations.migration_locks import locks_of, touched
from services.chassis.operations.migrations import Migration
from services.chassis.secrets.installation import Secrets
from tests.support.system.health import failing, ready, until_ready
from tests.support.system.logs import as_admin
from tests.support.system.system import System

ADDED = "insert into referral.migration (name, sha256, expands) values ('9998_adds.sql', '', true)"
CHANGED = "insert into referral.migration (name, sha256, expands) values ('9999_takes.sql', '', false)"


async def test_an_older_service_goes_on_beside_an_expanding_migration_and_not_beside_a_contracting_one(
    own_system: System,
) -> None:
    dsn = own_system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as admin:
        await admin.execute(ADDED)
        await admin.execute("alter table referral.referral add column of_next_year text")
        assert await difference(admin, "referral") == migrate.Difference()
        assert (await ready(own_system))[0] == 200
        await admin.execute(CHANGED)
        await until_ready(own_system, status=503)
        assert failing((await ready(own_system))[1]) == {("referral", "database_newer", None)}


async def test_migrate_of_an_older_program_refuses_by_name_before_it_changes_anything(
    database: str, secrets: Secrets
) -> None:
    async with as_admin(database) as admin:
        await admin.execute(ADDED)
        assert (await pending(database)).tolerated == ["referral/9998_adds.sql"]
        assert await migrate_database(database, secrets) == []
        await admin.execute(CHANGED)
        await admin.execute("drop function audit.refuse_change() cascade; delete from audit.migration")
        with pytest.raises(NewerDatabaseError, match=r"referral/9999_takes\.sql"):
            await migrate_database(database, secrets)
        assert await admin.fetchval("select count(*) from audit.migration") == 0


async def test_what_is_missing_is_named_with_whom_it_makes_wait_and_nothing_is_changed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = Migration("referral", "9999_more.sql", "-- expand\nalter table referral.referral add column more text;")
    monkeypatch.setattr(migrate, "migrations", lambda: (*migrations.migrations(), added))
    async with as_admin(database) as admin:
        await admin.execute("analyze referral.referral")
        found = await pending(database)
        assert [each.name for each in found.missing] == ["9999_more.sql"]
        locks = await locks_of(database, found.missing)
        assert [(one.table, one.kind) for one in locks[added]] == [("referral.referral", "all_wait_a_moment")]
        with pytest.raises(asyncpg.UndefinedColumnError):
            await admin.fetch("select more from referral.referral")


async def test_a_file_that_changed_after_it_was_applied_is_refused_by_name(database: str, secrets: Secrets) -> None:
    async with as_admin(database) as admin:
        await admin.execute("update intake.migration set sha256 = 'another' where name = '0001_cases.sql'")
    with pytest.raises(ChangedMigrationError, match=r"intake/0001_cases\.sql"):
        await pending(database)
    with pytest.raises(ChangedMigrationError, match=r"intake/0001_cases\.sql"):
        await migrate_database(database, secrets)


async def test_a_database_from_before_kinds_were_recorded_is_read_and_gets_them(
    database: str, secrets: Secrets
) -> None:
    async with as_admin(database) as admin:
        await admin.execute("alter table referral.migration drop column expands")
        assert await difference(admin, "referral") == migrate.Difference()
        await admin.execute("insert into referral.migration (name, sha256) values ('9999_old.sql', '')")
        assert (await difference(admin, "referral")).unknown == 1
        await admin.execute("delete from referral.migration where name = '9999_old.sql'")
        await migrate_database(database, secrets)
        assert not await admin.fetchval("select bool_or(expands) from referral.migration")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("create unique index on case_list (shelter);", [("intake.case_list", "writers_wait")]),
        ("alter table intake.case_list alter column x type bigint;", [("intake.case_list", "all_wait")]),
        ("alter table only case_list add column y text;", [("intake.case_list", "all_wait_a_moment")]),
        ("update case_list set x = 1; update case_list set y = 2;", [("intake.case_list", "rows_change")]),
        ("create function f() returns int as $$ begin delete from case_list; end $$; -- drop table x", []),
        ("drop table if exists referral.old", [("referral.old", "all_wait_a_moment")]),
    ],
)
def test_a_migrations_text_says_whom_it_makes_wait(sql: str, found: list[tuple[str, str]]) -> None:
    assert touched(Migration("intake", "x.sql", sql)) == found
