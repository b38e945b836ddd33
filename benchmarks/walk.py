"""Follows one flagged child through the code, from the HTTP request to the alert's e-mail: which files, in which order.

``python -m benchmarks.walk`` starts a throw-away system in this process, flags a child who travels alone and notes the
file of every function of the project that is entered until the desk's e-mail has arrived. A *stay* is a run of calls
within one file; a *return* is a stay in a file that was left before. What the loops do that also turn when nothing
happens is watched beforehand and left out. docs/walk.md tells the same path in words.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from pydantic import SecretStr

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import create_token
from services.chassis.runtime.server import listen, served, url_of
from services.chassis.settings import Settings
from services.demo.day import until
from services.demo.mailbox import Mailbox, open_mailbox
from services.system import Installation, installation

ROOT = Path(__file__).parents[1]
OURS = (f"{ROOT}/services/", f"{ROOT}/events/")
LOOKING_ON = f"{ROOT}/services/demo/"
"""The mail server that waits for the e-mail, and the waiting itself."""
IDLE = 4.0
"""Seconds in which nothing happens, to learn which functions turn anyway."""
SHELTER = "ALB-TAP-01"

Step = tuple[str, str]
"""A file, and a function in it."""


@dataclass
class Trail:
    """The functions of the project in the order in which they are entered."""

    steps: list[Step] = field(default_factory=list)
    _entered: dict[int, FrameType] = field(default_factory=dict)

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Records for as long as the context lasts. A coroutine that goes on is not entered anew."""
        sys.setprofile(self._see)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._entered.clear()

    def _see(self, frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_code.co_filename
        if (
            event == "call"
            and id(frame) not in self._entered
            and name.startswith(OURS)
            and not name.startswith(LOOKING_ON)
        ):
            self._entered[id(frame)] = frame
            self.steps.append((str(Path(name).relative_to(ROOT)), frame.f_code.co_qualname))


def stays(files: Sequence[str]) -> list[str]:
    """The files in order, a run of calls in one file as one."""
    return [file for at, file in enumerate(files) if at == 0 or files[at - 1] != file]


def counts(steps: Sequence[Step]) -> tuple[int, int, int]:
    """How many files, how many stays, and how many of those are returns."""
    path = stays([file for file, _ in steps])
    return len(set(path)), len(path), len(path) - len(set(path))


def a_child_alone() -> dict[str, Any]:
    """Flagged just now."""
    return {
        "submission_id": str(uuid4()),
        "shelter": SHELTER,
        "worker": "w-1",
        "occurred_at": datetime.now(UTC).isoformat(),
        "screening": {
            "danger_now": "no",
            "medical_now": "no",
            "age_band": "12-14",
            "age_certainty": "stated",
            "accompaniment": "alone",
            "fear_of_return": "no",
            "language": "es",
            "interpreter_needed": False,
            "planned_departure": "24h",
            "safe_contact": "shelter_only",
            "needs": ["child_protection"],
        },
        "best_interests": {"assent": "yes", "basis": "assessment_started"},
    }


async def walk(system: Installation, mailbox: Mailbox) -> list[Step]:
    """The steps from the request until the e-mail, without those of loops that turn anyway."""
    assert system.settings.postgres_dsn is not None  # noqa: S101 - a running installation has servers
    connection = await asyncpg.connect(system.settings.postgres_dsn.get_secret_value())
    token = await create_token(connection, role=Role.SHELTER_WORKER, org=SHELTER, label="walk", at=system_clock())
    await connection.close()
    listener = listen("127.0.0.1", 0)
    headers = {"Authorization": f"Bearer {token}"}
    async with served(system.application(), listener), httpx2.AsyncClient(base_url=url_of(listener)) as client:
        await until(lambda: _is_ready(client), "the system did not become ready")
        await client.post("/api/v1/submissions", json=a_child_alone(), headers=headers)  # what is read once is read
        await _until_mailed(mailbox, 1)
        idle, trail = Trail(), Trail()
        with idle.recorded():
            await asyncio.sleep(IDLE)
        with trail.recorded():
            answer = await client.post("/api/v1/submissions", json=a_child_alone(), headers=headers)
            assert answer.status_code == 201, answer.status_code  # noqa: S101 - the path would be another one
            await _until_mailed(mailbox, 2)
    anyway = set(idle.steps)
    return [step for step in trail.steps if step not in anyway]


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def _until_mailed(mailbox: Mailbox, number: int) -> None:
    async def arrived() -> bool:
        return len(mailbox.mails) >= number

    await until(arrived, "no e-mail arrived")


async def main() -> None:
    """Prints the files in the order of their first stay, and the counts."""
    with tempfile.TemporaryDirectory(prefix="canaliza-walk-") as data, open_mailbox() as mailbox:
        settings = Settings(data=Path(data), mail_url=SecretStr(mailbox.url))
        async with installation(settings) as system:
            steps = await walk(system, mailbox)
    for file in dict.fromkeys(file for file, _ in steps):
        functions = [name for where, name in steps if where == file]
        print(f"{file:<64} {len(functions):>4} calls  {', '.join(list(dict.fromkeys(functions))[:4])}")  # noqa: T201
    print("\npart                       files  stays  returns")  # noqa: T201 - this is its output
    for name, found in {"from HTTP to the e-mail": steps, **_by_service(steps)}.items():
        print(f"{name:<25} {counts(found)[0]:>6} {counts(found)[1]:>6} {counts(found)[2]:>8}")  # noqa: T201


def _by_service(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """What is walked within each service, without the chassis."""
    names = ("intake", "referral", "notifications")
    return {f"within {name}": [step for step in steps if step[0].startswith(f"services/{name}/")] for name in names}


if __name__ == "__main__":
    asyncio.run(main())
