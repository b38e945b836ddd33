"""Tokens are announced before they end, and a crash leaves no file with what was in memory."""

import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import as_administrator
from tests.support.system.system import System, eventually, running

SHOWN = """
import resource
from services.chassis.runtime.memory import no_core_dumps
no_core_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE))
"""


async def facts(system: System) -> list[dict[str, Any]]:
    auditor = await system.signed_in(Role.AUDITOR, "*", f"a-{uuid4().hex[:6]}")
    answer = await auditor.get("/api/v1/audit/security", params={"limit": 500})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_token_is_announced_before_it_ends_and_its_end_is_recorded_once(installation: Installation) -> None:
    at, clock = system_clock(), AdjustableClock()
    async with as_administrator(installation) as connection:
        for org, days in (("ACNUR", 10), ("OIM", 300)):
            await create_token(
                connection,
                role=Role.OFFICER,
                org=org,
                label="x",
                at=at - timedelta(days=60),
                expires_at=at + timedelta(days=days),
            )

    async def told() -> list[tuple[str, str]]:
        ending = [item for item in await facts(system) if item["name"].startswith("audit.token_expir")]
        return sorted((item["name"], item["data"]["org"]) for item in ending)

    async with running(installation, clock) as system:
        assert await eventually(told) == [("audit.token_expiring", "ACNUR")]
    clock.ahead = timedelta(days=11)
    async with running(installation, clock) as system:  # a start looks at once, and says again nothing that was said

        async def ended() -> bool:
            return await told() == [("audit.token_expired", "ACNUR"), ("audit.token_expiring", "ACNUR")]

        await eventually(ended)


def test_a_crash_writes_no_core_file() -> None:
    done = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(0, 0)"
