"""Stores each wish to contact an authority, and its state."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from events.authorities import (
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event, Recorded
from services.chassis.eventlog.projections import columns

WISHED = """
insert into restricted_contact (contact_id, case_id, shelter, wish, recipient, purpose, wording_version, requested_by,
  requested_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::timestamptz[])
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

CONTACT_FACTS = (RestrictedContactRequested, RestrictedContactAuthorised, RestrictedContactWithdrawn)

Row = tuple[Any, ...]


async def project_contacts(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the wishes, authorisations and withdrawals of a batch with one statement each."""
    wished: list[Row] = []
    authorised: list[Row] = []
    withdrawn: list[Row] = []
    for fact in batch:
        event = fact.event
        if isinstance(event, RestrictedContactRequested):
            sealed = None if event.wish is None else event.wish.model_dump_json()
            of_before = (event.clear_recipient, event.clear_purpose)
            of_event = (event.shelter, sealed, *of_before, event.wording_version, event.requested_by)
            wished.append((fact.stream, fact.case, *of_event, fact.recorded_at))
        elif isinstance(event, RestrictedContactAuthorised):
            authorised.append((fact.stream, event.authorised_by, event.authorised_as, fact.recorded_at))
        elif isinstance(event, RestrictedContactWithdrawn):
            withdrawn.append((fact.stream, fact.recorded_at))
    for statement, rows in ((WISHED, wished), (AUTHORISED, authorised), (WITHDRAWN, withdrawn)):
        if rows:
            await connection.execute(statement, *columns(rows))
