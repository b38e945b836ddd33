"""The referral service's read model: each referral's present state, and what the rules made of each case."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.referral import CaseAssessed, ReferralBlocked, ReferralProposed, ReferralRequested
from services.referral.domain import STATE_AFTER

INSERT = """
insert into referral (referral_id, sequence, case_id, submission_id, shelter, agency, categories, urgency, state,
  rule_set, version, changed_at)
values ($1,$2,$3,$4,$5,$6,$7,$8,'proposed',$9,$10,$11)
"""
UPDATE = """
update referral set state = $2, version = $3, changed_at = $4, basis = coalesce($5, basis),
  reason = $6, acknowledge_by = coalesce($7, acknowledge_by), decide_by = coalesce($8, decide_by),
  serve_by = coalesce($9, serve_by), sent_at = coalesce($10, sent_at)
where referral_id = $1
"""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the read model up to a batch, in the transaction that appends it."""
    proposed: list[tuple[Any, ...]] = []
    changed: dict[UUID, tuple[Any, ...]] = {}
    assessed: list[tuple[Any, ...]] = []
    for fact in batch:
        event = fact.event
        if isinstance(event, CaseAssessed):
            assessed.append((fact.case, event.lead, list(event.categories), event.rule_set))
        elif isinstance(event, ReferralProposed):
            categories = list(event.categories)
            proposed.append(
                (fact.stream, fact.position, fact.case, event.submission, event.shelter, event.agency, categories,
                 event.urgency, event.rule_set, fact.version, fact.recorded_at)
            )  # fmt: skip
        else:
            changed[fact.stream] = _merged(changed.get(fact.stream), _change(fact))
    if assessed:
        await connection.executemany("insert into assessment values ($1,$2,$3,$4)", assessed)
    if proposed:
        await connection.executemany(INSERT, proposed)
    if changed:
        await connection.executemany(UPDATE, list(changed.values()))


def _change(fact: Recorded[Event]) -> tuple[Any, ...]:
    event = fact.event
    head = (fact.stream, STATE_AFTER[type(event)], fact.version, fact.recorded_at)
    if isinstance(event, ReferralRequested):
        due = event.deadlines
        return (*head, event.basis, None, due.acknowledge_by, due.decide_by, due.serve_by, fact.recorded_at)
    reason = event.reason if isinstance(event, ReferralBlocked) else None
    return (*head, None, reason, None, None, None, None)


def _merged(earlier: tuple[Any, ...] | None, later: tuple[Any, ...]) -> tuple[Any, ...]:
    """Two changes of one referral in one batch: the later state, and what only the earlier one set."""
    if earlier is None:
        return later
    kept = (new if new is not None else old for old, new in zip(earlier[4:], later[4:], strict=True))
    basis, _, *rest = kept
    return (*later[:4], basis, later[5], *rest)
