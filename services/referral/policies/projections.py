"""Stores the policy files that were adopted."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.referral import (
    PolicyKept,
)

STORE = """
insert into policy (name, sha256, text) values ($1, $2, $3)
on conflict (name) do update set sha256 = excluded.sha256, text = excluded.text
"""


async def project_policy(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the policy files' texts as last adopted."""
    for fact in batch:
        if isinstance(fact.event, PolicyKept):
            await connection.execute(STORE, fact.event.name, fact.event.sha256, fact.event.text)
