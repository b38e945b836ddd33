"""What the operator's guide says of a standby, typed as it stands: copied, waited for, promoted, and the way back."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest

from services.chassis.secrets.installation import Secrets
from services.local.cluster import binary
from services.local.postgres import PostgresServer
from services.local.processes import unprivileged
from tests.support.guides import commands
from tests.support.system.standby import STREAMING, SYNCHRONOUS, answers, both, conninfo, promoted

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
HEADING = "A standby of PostgreSQL"


async def test_a_server_that_burns_takes_nothing_along_that_was_answered(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir(mode=0o700)
    secrets = Secrets.load_or_create(folders[0])
    a, b = (PostgresServer(folder, secrets) for folder in folders)
    copy_settings, copy, wait, promote, come_back, wait_again = commands("operator.md", HEADING)
    try:
        await a.start()
        await _type(copy_settings, a, b, secrets)
        await _type(copy, a, b, secrets)
        await b.start()
        await answers(a, STREAMING)
        await _type(wait, a, b, secrets)
        await answers(a, SYNCHRONOUS)
        await _write(both(a, b), "create table fact (number int)", "insert into fact values (1)")

        os.kill(a.pid, signal.SIGKILL)
        await a.stop()
        await _type(promote, a, b, secrets)
        await promoted(b)
        await _write(both(a, b), "insert into fact values (2)")
        await _type(come_back, a, b, secrets)
        await a.start()
        await answers(b, STREAMING)
        await _type(wait_again, a, b, secrets)
        await answers(b, SYNCHRONOUS)

        await _write(both(a, b), "insert into fact values (3)")
        await answers(a, "select (sum(number) = 6 and pg_is_in_recovery())::int from fact")
    finally:
        await asyncio.gather(a.stop(), b.stop())


async def _write(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _type(block: str, a: PostgresServer, b: PostgresServer, secrets: Secrets) -> None:
    """As the user of PostgreSQL, who has its programs in the way and its password in a file."""
    environment = {
        "PATH": f"{binary('psql').parent}:{os.environ['PATH']}",
        "PRIMARY": conninfo(a, secrets, "guide"),
        "STANDBY": conninfo(b, secrets, "guide"),
        "DATA_A": str(a.folder),
        "DATA_B": str(b.folder),
    }
    command = [*unprivileged().prefix, "bash", "-euo", "pipefail", "-c", block]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block}\n{done.stderr[-2000:]}"
