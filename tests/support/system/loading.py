"""``canaliza load`` as a technician runs it, and what the logs contain afterwards."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.chassis.names import SERVICES
from services.system import Installation
from tests.support.system.system import HANG, System, eventually

ROOT = Path(__file__).parents[3]
EMPTY: Mapping[str, str] = {}

Kept = dict[str, list[tuple[str, str, str]]]
"""Every event about a case, of every service: its topic, stream and id, in the order of these."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What ``canaliza load`` did."""

    code: int
    said: str
    complained: str


def program(*words: str, patience: float | None = None, here: Mapping[str, str] = EMPTY) -> dict[str, Any]:
    """How to start the program, with nothing of our own environment in it."""
    less_patient = "" if patience is None else f"import services.cli.loading as it; it.RETRY_SECONDS = {patience}; "
    return {
        "args": [sys.executable, "-c", f"{less_patient}from services.cli import main; main()", *words],
        "cwd": ROOT,
        "env": {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")}
        | {"NO_COLOR": "1", "COLUMNS": "300", **here},
        "stdin": subprocess.DEVNULL,
    }


async def load(file: Path, *options: str, patience: float | None = None, here: Mapping[str, str] = EMPTY) -> Loaded:
    def run() -> Loaded:
        start = program("load", str(file), *options, patience=patience, here=here)
        done = subprocess.run(**start, capture_output=True, check=False, timeout=HANG)
        return Loaded(done.returncode, done.stdout.decode(), done.stderr.decode())

    return await asyncio.to_thread(run)


def operator_of(system: System) -> tuple[str, ...]:
    """Where the system is, and its operator's token."""
    return ("--url", system.url, "--token", system.installation.secrets.operator_token)


def dsn_of(installation: Installation) -> str:
    assert installation.settings.postgres_dsn is not None
    return installation.settings.postgres_dsn.get_secret_value()


async def kept(dsn: str) -> Kept:
    connection = await asyncpg.connect(dsn)
    try:
        query = "select topic, stream::text, id::text from {}.event where case_id is not null order by 1, 2, 3"
        return {name: [tuple(row) for row in await connection.fetch(query.format(name))] for name in SERVICES}
    finally:
        await connection.close()


def counted(everything: Kept) -> Counter[str]:
    return Counter(topic for events in everything.values() for topic, _, _ in events)


async def at_rest(dsn: str, url: str) -> Kept:
    """Everything, once nobody is behind anybody and nothing has come between two looks."""
    before: Kept = {}
    connection = await asyncpg.connect(dsn)
    try:
        token = await create_token(connection, role=Role.OPERATOR, org="*", label="at-rest", at=system_clock())
    finally:
        await connection.close()

    async def look() -> Kept | None:
        nonlocal before
        bearer = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=url, timeout=HANG, headers=bearer) as client:
            answer = await client.get("/api/v1/operate/ready")
        checks = answer.json()["services"].values()
        behind = sum(value for each in checks for name, value in each.items() if "behind" in name)
        now = await kept(dsn)
        before, last = now, before
        return now if answer.status_code == 200 and behind == 0 and now == last else None

    found = await eventually(look)
    assert found is not None
    return found
