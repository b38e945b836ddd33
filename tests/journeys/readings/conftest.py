"""A person of restricted categories, of whom a desk was told and who told of the shelter's staff, too."""

import json
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from events.vocabulary import Role
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to
from tests.support.system.system import System

VIOLENCE = {"kind": "sexual_violence", "when": "30d", "perpetrator": "common_criminal"}
BY_STAFF = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}


@dataclass(frozen=True, slots=True)
class Watched:
    """The person's case, and what the logs say of who was shown it."""

    programme: Programme
    case: str
    unfpa: Item
    peas: Item
    acnur: Item

    async def records(self, log: str, name: str, case: str | None = None) -> list[Item]:
        """The records of one name, oldest first: actor, and what the event says."""
        return await records_of(self.programme.system, log, name, self.case if case is None else case)


async def records_of(system: System, log: str, name: str, case: str) -> list[Item]:
    assert system.installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        rows = await connection.fetch(
            f"select convert_from(state, 'UTF8')::jsonb ->> 'actor' as actor,"
            f" convert_from(state, 'UTF8')::jsonb -> 'data' as data from {log}.event"
            f" where topic = $1 and case_id = $2 order by position",
            f"{name}.v1",
            case,
        )
    finally:
        await connection.close()
    return [{"actor": row["actor"], **json.loads(row["data"])} for row in rows]


async def flagged(programme: Programme, **more: Any) -> Watched:
    document = an_adult(
        consent_to("UNFPA"), consent_to("ACNUR"), consent_to("PEAS"), harm_events=[VIOLENCE, BY_STAFF], **more
    )
    case = await programme.flag(document)
    found = {name: await programme.referral_to(name, case, state="requested") for name in ("UNFPA", "PEAS", "ACNUR")}
    await programme.system.followed_by("intake")  # the shelter sees them, too
    return Watched(programme, case, found["UNFPA"], found["PEAS"], found["ACNUR"])


@pytest.fixture
async def watched(programme: Programme) -> Watched:
    return await flagged(programme)


@pytest.fixture
async def alone(own_system: System) -> Watched:
    """In a system of its own, whose log a test may stop."""
    shelter = await own_system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return await flagged(Programme(own_system, shelter, await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*")))
