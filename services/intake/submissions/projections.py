"""Stores each submission, its custody for row-level security, and its digests (blind index)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from events.consent_rules import ALL_FIELDS
from events.continuity import HandedOver, WithdrawalChecked, WithdrawalFrozen
from events.contract import Event, Recorded
from events.hidden_from_shelters import is_hidden_from_shelters
from events.intake import AnswersAmended, CaseOpened, ConsentRecorded, ConsentWithdrawn
from services.chassis.eventlog.projections import columns
from services.chassis.eventlog.side_rows import Rows
from services.chassis.ids import receipt_of
from services.intake.submissions.blind_index import NO_DIGESTS, Digests
from services.intake.submissions.domain import CaseChange

REGISTERED = """
insert into submission (id, case_id, subject, shelter, opened, fingerprint, recorded_at, changed_at, kind, worker,
  receipt, sealed_with, answered_with, change)
select *, 'registered' from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[],
  $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::uuid[])
"""
ANSWERED = "update submission set answered_with = $2 where case_id = $1"
RESTORED = "update submission set fingerprint = $2, sealed_with = $3 where case_id = $1"
CHANGED = """
update submission set change = $2, changed_at = $3, worker = coalesce($4, worker) where case_id = $1
"""
HANDED_OVER = """
update submission set held_by = $2, held_since = $3, partly_known = $4, worker = null where case_id = $1
"""
INDEX = """
insert into vault.person_index (id, case_id, family, name, document, phone)
select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])
on conflict (id) do nothing returning id
"""
REINDEX = """
insert into vault.person_index (id, case_id, family, name, document, phone) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update set family = excluded.family, name = excluded.name, document = excluded.document,
  phone = excluded.phone
"""
LINK_FAMILY = """
insert into vault.person_index (id, case_id, family) values ($1, $2, $3)
on conflict (id) do update set family = excluded.family
"""


CHANGES: Mapping[type[Event], CaseChange] = {
    AnswersAmended: CaseChange.AMENDED,
    ConsentRecorded: CaseChange.CONSENT_RECORDED,
    ConsentWithdrawn: CaseChange.CONSENT_WITHDRAWN,
    HandedOver: CaseChange.HANDED_OVER,
    WithdrawalFrozen: CaseChange.WITHDRAWAL_FROZEN,
    WithdrawalChecked: CaseChange.WITHDRAWAL_CHECKED,
}
"""What the list of cases says of each event of a case."""


async def project_submissions(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Stores the submissions of opened cases, what changed last, and the shelter with custody after a transfer."""
    rows = [
        (
            fact.event.submission,
            fact.stream,
            fact.event.subject,
            fact.event.shelter,
            fact.id,
            fact.event.fingerprint,
            fact.recorded_at,
            fact.recorded_at,
            fact.event.kind,
            fact.event.worker,
            receipt_of(fact.id),
            fact.event.screening.key,
            fact.event.screening.key,
        )
        for fact in batch
        if isinstance(fact.event, CaseOpened)
    ]
    if rows:
        await connection.execute(REGISTERED, *columns(rows))
    for fact in batch:
        event, change = fact.event, CHANGES.get(type(fact.event))
        if change is None or is_hidden_from_shelters(event):
            continue
        if isinstance(event, HandedOver):
            partly = ALL_FIELDS not in event.consent.fields
            await connection.execute(HANDED_OVER, fact.stream, event.to_shelter, fact.recorded_at, partly)
        if isinstance(event, AnswersAmended):
            await connection.execute(ANSWERED, fact.stream, event.screening.key)
            if event.restored:
                await connection.execute(RESTORED, fact.stream, event.fingerprint, event.screening.key)
        await connection.execute(CHANGED, fact.stream, change, fact.recorded_at, _worker(event))


def _worker(event: Event) -> str | None:
    """The code of the worker who amended or received a case; a shelter is not shown the last one's."""
    if isinstance(event, HandedOver):
        return event.consent.asked_by
    return event.worker if isinstance(event, AnswersAmended) else None


def index_rows(found: Digests, key: UUID, case: UUID) -> Rows:
    """The rows of a new case's digests, committed with the case; none if there is nothing to compare."""
    return {} if found == NO_DIGESTS else {INDEX: [found.row(key, case)]}


async def reindex(connection: asyncpg.Connection, found: Digests, key: UUID, case: UUID) -> None:
    """Stores a new case's digests if the person's key existed before the case."""
    await connection.execute(REINDEX, *found.row(key, case))


async def link_family(connection: asyncpg.Connection, found: Digests, key: UUID, case: UUID) -> None:
    """Replaces the link to a family after an amendment.

    Name, document and telephone stay those of the submission: if amended ones were compared, whoever may amend one case
    could look anybody up with it.
    """
    await connection.execute(LINK_FAMILY, key, case, found.family)
