"""The role that owns the schemas signs in nowhere, has no other right, and cannot change what is recorded."""

import asyncpg
import pytest

from services.chassis.operations.migrate import OWNER
from tests.support.system.logs import as_admin


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
