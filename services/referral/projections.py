"""The referral service's read model: each referral's present state, and what the rules made of each case."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.referral import (
    CaseAssessed,
    ReferralBlocked,
    ReferralFact,
    ReferralProposed,
    ReferralReassessed,
    ReferralRequested,
)

INSERT = """
insert into referral (referral_id, sequence, case_id, submission_id, shelter, agency, rule_set, version, changed_at,
  state, urgency, categories, basis, reason, acknowledge_by, decide_by, serve_by, sent_at)
values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)
"""
UPDATE = """
update referral set version = $2, changed_at = $3, state = coalesce($4, state), urgency = coalesce($5, urgency),
  categories = coalesce($6, categories), basis = coalesce($7, basis), reason = coalesce($8, reason),
  acknowledge_by = coalesce($9, acknowledge_by), decide_by = coalesce($10, decide_by),
  serve_by = coalesce($11, serve_by), sent_at = coalesce($12, sent_at)
where referral_id = $1
"""
ASSESSED = """
insert into assessment values ($1,$2,$3,$4)
on conflict (case_id) do update set lead = excluded.lead, categories = excluded.categories, rule_set = excluded.rule_set
"""


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the read model up to a batch, in the transaction that appends it."""
    proposed: dict[UUID, tuple[Any, ...]] = {}
    changed: dict[UUID, tuple[Any, ...]] = {}
    assessed: list[tuple[Any, ...]] = []
    for fact in batch:
        event = fact.event
        if isinstance(event, CaseAssessed):
            assessed.append((fact.case, event.lead, list(event.categories), event.rule_set))
        elif isinstance(event, ReferralProposed):
            of_case = (fact.case, event.submission, event.shelter)
            proposed[fact.stream] = (fact.stream, fact.position, *of_case, event.agency, event.rule_set)
        if isinstance(event, ReferralFact):
            changed[fact.stream] = _merged(changed.get(fact.stream), _change(fact, event))
    new = [(*start, *changed.pop(stream)[1:]) for stream, start in proposed.items()]
    if assessed:
        await connection.executemany(ASSESSED, assessed)
    if new:
        await connection.executemany(INSERT, new)
    if changed:
        await connection.executemany(UPDATE, list(changed.values()))


def _change(fact: Recorded[Event], event: ReferralFact) -> tuple[Any, ...]:
    """What one fact sets, in the order of ``UPDATE``; ``None`` leaves a column as it is."""
    urgency = categories = basis = reason = due = sent_at = None
    if isinstance(event, ReferralRequested):
        urgency, basis, due, sent_at = event.urgency, event.basis, event.deadlines, fact.recorded_at
    elif isinstance(event, ReferralProposed):
        urgency, categories = event.urgency, list(event.categories)
    elif isinstance(event, ReferralReassessed):
        urgency, categories, due = event.urgency, list(event.categories), event.deadlines
    elif isinstance(event, ReferralBlocked):
        reason = event.reason
    limits = (None, None, None) if due is None else (due.acknowledge_by, due.decide_by, due.serve_by)
    of_state = (fact.stream, fact.version, fact.recorded_at, event.STATE)
    return (*of_state, urgency, categories, basis, reason, *limits, sent_at)


def _merged(earlier: tuple[Any, ...] | None, later: tuple[Any, ...]) -> tuple[Any, ...]:
    """Two changes of one referral in one batch: the later, with what only the earlier one set."""
    if earlier is None:
        return later
    return tuple(new if new is not None else old for old, new in zip(earlier, later, strict=True))
