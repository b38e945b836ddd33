"""Read models of what concerns authorities: wishes for a contact by case, and the register of demands."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.authorities import (
    AuthorityDemandAnswered,
    AuthorityDemandRecorded,
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event, Recorded
from services.chassis.read_models import columns

WISHED = """
insert into restricted_contact (contact_id, case_id, shelter, recipient, purpose, wording_version, requested_by,
  requested_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
  $8::timestamptz[])
"""
AUTHORISED = """
update restricted_contact as old set authorised_by = new.by, authorised_as = new.role, authorised_at = new.at
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as new (contact_id, by, role, at)
where old.contact_id = new.contact_id
"""
WITHDRAWN = """
update restricted_contact as old set withdrawn_at = new.at
from unnest($1::uuid[], $2::timestamptz[]) as new (contact_id, at) where old.contact_id = new.contact_id
"""
DEMANDED = """
insert into authority_demand (demand_id, sequence, authority, demanded, came_to, court_order, received_at, recorded_at,
  recorded_by)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[],
  $8::timestamptz[], $9::text[])
"""
ANSWERED = """
update authority_demand set answer = $2, answered_by = $3, answered_as = $4, answered_at = $5 where demand_id = $1
"""

CONTACT_FACTS = (RestrictedContactRequested, RestrictedContactAuthorised, RestrictedContactWithdrawn)
DEMAND_FACTS = (AuthorityDemandRecorded, AuthorityDemandAnswered)

Row = tuple[Any, ...]


async def project_contacts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Wishes and authorisations of a batch, each with one statement."""
    wished: list[Row] = []
    authorised: list[Row] = []
    withdrawn: list[Row] = []
    for fact in batch:
        event = fact.event
        if isinstance(event, RestrictedContactRequested):
            of_event = (event.shelter, event.recipient, event.purpose, event.wording_version, event.requested_by)
            wished.append((fact.stream, fact.case, *of_event, fact.recorded_at))
        elif isinstance(event, RestrictedContactAuthorised):
            authorised.append((fact.stream, event.authorised_by, event.authorised_as, fact.recorded_at))
        elif isinstance(event, RestrictedContactWithdrawn):
            withdrawn.append((fact.stream, fact.recorded_at))
    for statement, rows in ((WISHED, wished), (AUTHORISED, authorised), (WITHDRAWN, withdrawn)):
        if rows:
            await connection.execute(statement, *columns(rows))


async def project_demands(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Demands of a batch with one statement; answers in their order, the last one stays."""
    demanded: list[Row] = []
    answers: dict[UUID, Row] = {}
    for fact in batch:
        event = fact.event
        if isinstance(event, AuthorityDemandRecorded):
            of_event = (event.authority, event.demanded, event.came_to, event.court_order)
            times = (fact.occurred_at, fact.recorded_at)
            demanded.append((fact.stream, fact.position, *of_event, *times, event.recorded_by))
        elif isinstance(event, AuthorityDemandAnswered):
            given = (event.answer, event.answered_by, event.answered_as, fact.recorded_at)
            answers[fact.stream] = (fact.stream, *given)
    if demanded:
        await connection.execute(DEMANDED, *columns(demanded))
    if answers:
        await connection.executemany(ANSWERED, list(answers.values()))
