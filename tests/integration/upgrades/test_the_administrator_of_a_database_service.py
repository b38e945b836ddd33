"""Where a provider keeps PostgreSQL nobody is superuser; what the administrator lacks is said in a sentence."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.cli import app
from services.local import PostgresServer
from services.system import prepare_database
from services.upkeep import rebuild_read_models

pytestmark = pytest.mark.slow

NOWHERE = "nats://127.0.0.1:1"
THEIRS = "theirs"


@dataclass(frozen=True)
class Provider:
    """A server whose superuser is somebody else."""

    dsn: str
    """The superuser's."""
    data: Path

    def as_(self, user: str, *, words: str = THEIRS, database: str = "canaliza") -> str:
        """A DSN of somebody else."""
        where = self.dsn.split("?", 1)[1]
        return f"postgresql://{user}:{words}@/{database}?{where}"

    async def do(self, *statements: str) -> None:
        """What the provider's superuser does."""
        connection = await asyncpg.connect(self.dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    data = tmp_path / "data"
    server = PostgresServer(data, Secrets.load_or_create(data), durable=False)
    await server.start()
    found = Provider(server.dsn, data)
    await found.do(
        "create role agency login createrole createdb password 'theirs'",
        "create role nobody login password 'theirs'",
        "alter database canaliza owner to agency",
    )
    yield found
    await server.stop()


async def migrate(environment: Mapping[str, str], *words: str) -> tuple[int, str]:
    """The command's exit code, and what it said."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["migrate", *words], env=dict(environment))
    return done.exit_code, done.output


async def test_whoever_may_create_roles_migrates_again_and_again_and_gives_new_passwords(provider: Provider) -> None:
    secrets = Secrets.load(provider.data)
    settings = Settings(data=provider.data, postgres_dsn=SecretStr(provider.as_("agency")), nats_url=NOWHERE)
    assert await prepare_database(settings, secrets)
    assert await prepare_database(settings, secrets) == []
    renewed = secrets.model_copy(
        update={
            "services": {
                **secrets.services,
                "audit": secrets.services["audit"].model_copy(update={"postgres": "another"}),
            }
        }
    )
    await prepare_database(settings, renewed)
    connection = await asyncpg.connect(provider.as_("canaliza_audit", words="another"))
    assert not await connection.fetchval("select rolsuper or rolcreaterole from pg_roles where rolname = current_user")
    await connection.close()
    await rebuild_read_models(provider.as_("agency"), "intake")
    # A role that somebody made stronger is made weak again by whoever may.
    await provider.do("alter role canaliza_audit createdb")
    await prepare_database(settings.model_copy(update={"postgres_dsn": SecretStr(provider.dsn)}), renewed)
    connection = await asyncpg.connect(provider.dsn)
    assert not await connection.fetchval("select rolcreatedb from pg_roles where rolname = 'canaliza_audit'")
    await connection.close()


async def test_what_the_administrator_lacks_is_said_in_words_and_with_the_code_of_a_server_that_cannot_be_used(
    provider: Provider,
) -> None:
    here = {"CANALIZA_DATA": str(provider.data), "CANALIZA_NATS_URL": NOWHERE}

    async def said(dsn: str, *words: str) -> tuple[int, str]:
        code, output = await migrate({**here, "CANALIZA_POSTGRES_DSN": dsn}, *words)
        assert "Traceback" not in output
        assert "theirs" not in output
        return code, output

    assert (await said(provider.as_("agency", database="nothere")))[0] == 3
    assert "create database nothere;" in (await said(provider.as_("agency", database="nothere"), "--check"))[1]
    code, output = await said(provider.as_("agency", words="wrong"), "--check")
    assert code == 3
    assert "no admite a agency" in output
    code, output = await said(provider.as_("nobody"))
    assert code == 3
    assert "CREATEROLE" in output
    code, output = await said("postgresql://agency:theirs@127.0.0.1:1/canaliza")
    assert code == 3
    assert "PostgreSQL no responde en 127.0.0.1:1" in output


async def test_postgresql_is_migrated_without_nats_and_what_is_missing_is_said(provider: Provider) -> None:
    here = {"CANALIZA_DATA": str(provider.data), "CANALIZA_POSTGRES_DSN": provider.as_("agency")}
    code, output = await migrate(here, "--check")
    assert code == 1
    assert "intake/0001_log.sql" in output
    code, output = await migrate(here)
    assert code == 2
    assert "migrate --database-only" in output
    code, output = await migrate(here, "--database-only")
    assert code == 0, output
    code, output = await migrate(here, "--check", "--json")
    assert code == 0
    assert '"missing": []' in output
    code, output = await migrate({**here, "CANALIZA_NATS_URL": NOWHERE})
    assert code == 3
    assert "PostgreSQL está al día. NATS no responde" in output
    assert "canaliza nats users > users.conf" in output
    await provider.do(
        "insert into intake.migration (name, sha256, expands) values ('9998_adds.sql', '', true)",
    )
    code, output = await migrate(here, "--check")
    assert code == 0
    assert "9998_adds.sql: de un programa más nuevo, no estorba" in output
    await provider.do("insert into intake.migration (name, sha256) values ('9999_takes.sql', '')")
    for words in (("--check",), ("--database-only",)):
        code, output = await migrate(here, *words)
        assert code == 3
        assert "más nuevo que este (intake/9999_takes.sql)" in output
