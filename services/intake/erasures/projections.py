"""Destroys keys in the transaction that records an erasure, and stores who was erased (table ``erasure``)."""

from collections.abc import Sequence

import asyncpg

from events.contract import Event, Recorded
from events.intake import PersonErased

# The digests, slips and marks of refused documents go with their keys (``on delete cascade``).
DESTROY = "delete from vault.key where subject = $1 or id = any($2::uuid[])"
TRACE = """
insert into vault.erased (id, subject, erased_at) select one, $1, $3 from unnest($2::uuid[]) as one
on conflict (id) do nothing
"""
ERASED = """
insert into erasure (target_id, subject, basis, keys, erased_at) values ($1, $2, $3, $4, $5)
on conflict (target_id) do nothing
"""

ERASURE_FACTS = (PersonErased,)


AGAIN = """
with gone as (delete from vault.key using erasure where key.subject = erasure.subject returning key.id)
select count(*) from gone
"""
TRACES = """
insert into vault.erased (id, subject, erased_at)
select one, subject, erased_at from erasure, unnest(array_append(keys, subject)) as one on conflict (id) do nothing
"""


async def erase_again(connection: asyncpg.Connection) -> int:
    """Destroys the keys that came back with an older dump of the vault. Returns their number."""
    count: int = await connection.fetchval(AGAIN)
    await connection.execute(TRACES)
    return count


async def destroy_keys(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Destroys the keys of erased persons. A log that is restored from its stream destroys them again."""
    for fact in batch:
        if isinstance(fact.event, PersonErased):
            await destroy(connection, fact.event, fact)


async def destroy(connection: asyncpg.Connection, event: PersonErased, fact: Recorded[Event]) -> None:
    """Destroys one person's keys, and leaves the trace that they were destroyed, also of keys that were lost before."""
    await connection.execute(DESTROY, event.subject, list(event.keys))
    await connection.execute(TRACE, event.subject, [event.subject, *event.keys], fact.recorded_at)


async def project_erasures(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores who was erased, and on which basis."""
    for fact in batch:
        event = fact.event
        if isinstance(event, PersonErased):
            values = (event.subject, event.basis, list(event.keys), fact.recorded_at)
            await connection.execute(ERASED, fact.stream, *values)
