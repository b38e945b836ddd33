"""What shelters sent over their leaf nodes, and what intake has made of it."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.intake.submissions.domain import case_of
from tests.faults.cluster.conftest import Linked
from tests.faults.cluster.shelter import Shelter
from tests.support.system.health import ready
from tests.support.system.logs import as_admin
from tests.support.system.system import eventually, sample_day

FIRST_30 = 30


def documents(shelter: Shelter, count: int) -> dict[int, list[dict[str, Any]]]:
    """New submissions of a shelter, by which of the sample day they are."""
    own = [(index, one) for index, one in enumerate(sample_day()[:FIRST_30]) if one["shelter"] == shelter.code]
    found: dict[int, list[dict[str, Any]]] = {}
    for number in range(count):
        index, one = own[number % len(own)]
        found.setdefault(index, []).append(one | {"submission_id": str(uuid4())})
    return found


async def sent(shelter: Shelter, count: int) -> dict[str, int]:
    """Sends new submissions; the cases they open."""
    cases = {}
    for index, several in documents(shelter, count).items():
        for one in several:
            await shelter.send(one)
            cases[str(case_of(UUID(one["submission_id"])))] = index
    return cases


async def refusals(linked: Linked) -> list[tuple[str, str]]:
    """Of each refusal that intake has kept: whose it is and why."""
    assert linked.installation.settings.postgres_dsn is not None
    async with as_admin(linked.installation.settings.postgres_dsn.get_secret_value()) as admin:
        rows = await admin.fetch(
            "select state from intake.event where topic like 'intake.submission_refused%' order by position"
        )
    return [(event["org"], event["code"]) for event in (json.loads(row["state"])["data"] for row in rows)]


async def followed_to(linked: Linked, shelter: Shelter, position: int) -> None:
    """Waits until intake would go on after this position of a shelter's stream."""

    async def there() -> bool:
        return (await linked.system.service("intake").log.progress(f"shelter:{shelter.code}")).position == position

    await eventually(there)


async def taken_in(linked: Linked, number: int, *, within: float = 90) -> None:
    """Waits until intake has opened so many cases."""
    await _counted(linked, "intake.case_opened", number, within)


async def refused(linked: Linked, number: int) -> None:
    """Waits until intake has kept so many refusals."""
    await _counted(linked, "intake.submission_refused", number, 90)


async def _counted(linked: Linked, event: str, number: int, within: float) -> None:
    assert linked.installation.settings.postgres_dsn is not None
    async with as_admin(linked.installation.settings.postgres_dsn.get_secret_value()) as admin:

        async def there() -> bool:
            found: int = await admin.fetchval("select count(*) from intake.event where topic like $1", f"{event}%")
            return found >= number

        await eventually(there, within=within)


async def link_of(linked: Linked, shelter: Shelter) -> tuple[int, dict[str, Any]]:
    """Whether intake says that it is ready, and what it says of a shelter's link."""
    status, services = await ready(linked.system)
    link: dict[str, Any] = services["intake"]["shelters"][shelter.code]
    return status, link


async def alarm_is(linked: Linked, shelter: Shelter, alarm: str | None) -> None:
    async def told() -> bool:
        return bool((await link_of(linked, shelter))[1]["alarm"] == alarm)

    await eventually(told)


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[tuple[str, str]]:
    said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [(one["code"], one["shelter"]) for one in said if one.get("event") == event and "shelter" in one]
