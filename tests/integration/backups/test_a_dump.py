"""A dump, for servers that allow nothing else: restored as the guide says, with the roles that migrate makes."""

from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

from services.backups.positions import log_ends
from services.backups.programs import connection_parameters, run_program
from services.backups.refusals import RefusedError
from services.chassis.operations.migrate import migrate_database
from services.chassis.private_files import write_private
from services.chassis.secrets.installation import Secrets
from tests.support.system.backups import Site, made_of
from tests.support.system.logs import append, entry, opened


async def test_a_dump_comes_back_into_a_new_database_that_migrate_has_made_the_roles_in(
    database: str, secrets: Secrets, tmp_path: Path
) -> None:
    Secrets.load_or_create(tmp_path / "data")
    await migrate_database(database, secrets)
    async with opened(database, secrets) as log:
        await append(log, entry(), command=uuid4())
    made = await made_of(Site(tmp_path), database, kind="dump", keys_to=None)
    assert (made.manifest.kind, made.manifest.logs["intake"].position) == ("dump", 1)
    admin = await asyncpg.connect(database)
    name = f"restored_{uuid4().hex}"
    await admin.execute(f"create database {name}")
    try:
        whence = connection_parameters(database)["dbname"]
        target = database.replace(f"/{whence}?", f"/{name}?")
        assert target != database
        await migrate_database(target, secrets)
        options = ("--clean", "--if-exists", "--no-owner", "--role=canaliza_owner", "--dbname=service=canaliza")
        await run_program("pg_restore", *options, str(made.folder / "database.dump"), dsn=target)
        await migrate_database(target, secrets)
        restored = await asyncpg.connect(target)
        try:
            assert await log_ends(restored) == made.manifest.logs
        finally:
            await restored.close()
        async with opened(target, secrets) as log:
            await append(log, entry(), command=uuid4())
            assert await log.head() == 2
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


async def test_a_password_that_is_in_a_file_of_libpqs_is_found(
    database: str, secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = connection_parameters(database)
    without = database.replace(f":{quote(secrets.postgres_admin, safe='')}@", "@")
    assert "password" not in connection_parameters(without)
    with pytest.raises(RefusedError):
        await run_program("psql", "--no-password", "--command", "select 1", dsn=without)
    write_private(tmp_path / "pgpass", f"*:*:*:{where['user']}:{where['password']}\n")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    assert "1 row" in await run_program("psql", "--no-password", "--command", "select 1", dsn=without)


async def test_a_role_that_sees_not_every_row_is_told_what_it_needs(
    database: str, secrets: Secrets, tmp_path: Path
) -> None:
    Secrets.load_or_create(tmp_path / "data")
    await migrate_database(database, secrets)
    role = f"half_{uuid4().hex}"
    admin = await asyncpg.connect(database)
    await admin.execute(f"create role {role} login password 'of-a-test' in role pg_read_all_data")
    try:
        where = connection_parameters(database)
        await admin.execute(f"grant connect on database {where['dbname']} to {role}")
        dsn = database.replace(f"{where['user']}:{quote(secrets.postgres_admin, safe='')}@", f"{role}:of-a-test@")
        assert connection_parameters(dsn)["user"] == role
        with pytest.raises(RefusedError, match="REPLICATION"):
            await run_program("pg_dump", "--file", str(tmp_path / "dump"), dsn=dsn)
        await admin.execute(f"alter role {role} replication")
        made = await made_of(Site(tmp_path), dsn, kind=None, keys_to=None)
        assert made.manifest.kind == "base", "such a role copies the server's files, and may not begin a segment"
    finally:
        await admin.execute(f"drop owned by {role}")
        await admin.execute(f"drop role {role}")
        await admin.close()


@pytest.mark.parametrize(
    ("dsn", "parameters"),
    [
        (
            "postgresql://a:b%2Fc@db.example:6432/canaliza?sslmode=verify-full",
            {"user": "a", "password": "b/c", "host": "db.example", "port": "6432", "sslmode": "verify-full"},
        ),
        ("postgresql://a@one,two:5433/canaliza", {"user": "a", "host": "one,two", "port": ",5433"}),
        ("postgresql://a@[::1]:5432/canaliza", {"user": "a", "host": "::1", "port": "5432"}),
        ("postgresql://a@/canaliza?host=%2Frun%2Fx&port=5432", {"user": "a", "host": "/run/x", "port": "5432"}),
    ],
)  # fmt: skip
def test_a_dsn_is_given_to_postgresqls_programs_as_it_is_meant(dsn: str, parameters: dict[str, str]) -> None:
    assert connection_parameters(dsn) == {**parameters, "dbname": "canaliza"}
