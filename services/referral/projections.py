"""The referral service's read model: each referral's present state, and what the rules made of each case.

A batch's new rows are copied in, because a copy costs the least and has no plan, but for those of the referrals, which
row-level security lets nobody copy into (ADR 0019); changes are made row by row, by key.
An update from an array of changes would be planned while the table is empty and kept: it read 100,000 referrals to
change one (ADR 0002).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.referral import (
    CaseAssessed,
    ContactLost,
    Deadlines,
    DeletionConfirmed,
    DeletionDue,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    PolicyKept,
    ReferralBlocked,
    ReferralCancelled,
    ReferralEscalated,
    ReferralExpired,
    ReferralFact,
    ReferralFailed,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralWithdrawn,
    ServiceDelivered,
)

Row = dict[str, Any]
"""What is to be set, by the names of the columns."""
Columns = tuple[str, ...]
Values = tuple[Any, ...]

OF_A_NEW_ONE = ("sequence", "case_id", "submission_id", "agency", "rule_set", "replaces")
CHANGING = (
    "referral_id",
    "version",
    "changed_at",
    "state",
    "urgency",
    "categories",
    "basis",
    "reason",
    "acknowledge_by",
    "decide_by",
    "serve_by",
    "decide_by_if_asked",
    "sent_at",
    "since",
    "clocks_from",
    "asked_at",
    "answered_at",
    "expired_at",
    "escalations",
    "outcome",
    "confirmation",
    "linked",
    "deletion_due",
    "deletion_confirmed_at",
    "shelter",
    "desk",
    "deletion_from",
)
REFERRAL = (*OF_A_NEW_ONE, *CHANGING)
ASSESSMENT = ("case_id", "lead", "categories", "rule_set")

PROPOSED = (
    f"insert into referral ({', '.join(REFERRAL)}) values ({', '.join(f'${n}' for n in range(1, len(REFERRAL) + 1))})"
)

CHANGED = """
update referral set version = $2, changed_at = $3, state = coalesce($4, state), urgency = coalesce($5, urgency),
  categories = coalesce($6, categories), basis = coalesce($7, basis), reason = coalesce($8, reason),
  acknowledge_by = coalesce($9, acknowledge_by), decide_by = coalesce($10, decide_by),
  serve_by = coalesce($11, serve_by),
  decide_by_if_asked = case when $11 is null then decide_by_if_asked else $12 end,
  sent_at = coalesce($13, sent_at), since = coalesce($14, since), clocks_from = coalesce($15, clocks_from),
  asked_at = coalesce($16, asked_at), answered_at = coalesce($17, answered_at),
  expired_at = coalesce($18, expired_at), escalations = escalations || coalesce($19::jsonb, '[]'),
  outcome = coalesce($20, outcome), confirmation = coalesce($21, confirmation), linked = coalesce($22, linked),
  deletion_due = coalesce($23, deletion_due), deletion_confirmed_at = coalesce($24, deletion_confirmed_at),
  shelter = coalesce($25, shelter), desk = coalesce($26, desk), deletion_from = coalesce($27, deletion_from)
where referral_id = $1
"""
KEPT = """
insert into policy (name, sha256, text) values ($1, $2, $3)
on conflict (name) do update set sha256 = excluded.sha256, text = excluded.text
"""
ASSESSED_AGAIN = "update assessment set lead = $2, categories = $3, rule_set = $4 where case_id = $1"


async def project(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Brings the read model up to a batch, in the transaction that appends it."""
    referrals: dict[UUID, Row] = {}
    assessments: dict[UUID | None, Row] = {}
    for fact in batch:
        event = fact.event
        if isinstance(event, ReferralFact):
            row = referrals.setdefault(fact.stream, {})
            row.update(_of_referral(fact, event))
            if isinstance(event, ReferralEscalated):
                row.setdefault("climbed", []).append(_rung(fact, event))
        elif isinstance(event, CaseAssessed):
            assessments.setdefault(fact.case, {}).update(_of_assessment(fact, event))
    new, changed = _apart(assessments.values(), "first", ASSESSMENT, ASSESSMENT)
    if new:
        await connection.copy_records_to_table("assessment", records=new, columns=ASSESSMENT)
    if changed:
        await connection.executemany(ASSESSED_AGAIN, changed)
    for row in referrals.values():
        climbed = row.pop("climbed", None)
        row["escalations"] = json.dumps(climbed) if climbed else ("[]" if "sequence" in row else None)
    new, changed = _apart(referrals.values(), "sequence", REFERRAL, CHANGING)
    if new:
        await connection.executemany(PROPOSED, new)
    if changed:
        await connection.executemany(CHANGED, changed)


async def project_policy(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """The policy files as they were last adopted."""
    for fact in batch:
        if isinstance(fact.event, PolicyKept):
            await connection.execute(KEPT, fact.event.name, fact.event.sha256, fact.event.text)


def _apart(
    rows: Iterable[Row], of_a_new_one: str, whole: Columns, changing: Columns
) -> tuple[list[Values], list[Values]]:
    """The rows that are new and the changes to others, in the order of their columns."""
    new: list[Values] = []
    changed: list[Values] = []
    for row in rows:
        if of_a_new_one in row:
            new.append(tuple(map(row.get, whole)))
        else:
            changed.append(tuple(map(row.get, changing)))
    return new, changed


def _of_assessment(fact: Recorded[Event], event: CaseAssessed) -> Row:
    of_event = {"lead": event.lead, "categories": event.categories, "rule_set": event.rule_set}
    return {"case_id": fact.case, **of_event} | ({"first": True} if fact.version == 1 else {})


def _of_referral(fact: Recorded[Event], event: ReferralFact) -> Row:
    """What one fact sets. What it leaves as it was is not in it."""
    row: Row = {"referral_id": fact.stream, "version": fact.version, "changed_at": fact.recorded_at}
    if event.STATE is not None:
        row |= {"state": event.STATE, "since": fact.recorded_at}
    if isinstance(event, ReferralProposed):
        row |= _of_proposal(fact, event)
    elif isinstance(event, ReferralRequested):
        row |= {"urgency": event.urgency, "basis": event.basis, "sent_at": fact.recorded_at, "desk": event.desk}
        row |= _due(event.deadlines, fact)
    elif isinstance(event, ReferralReassessed):
        row |= {"urgency": event.urgency, "categories": event.categories} | _due(event.deadlines, fact)
        row |= {"desk": event.desk} if event.desk else {}
    elif isinstance(event, ReferralBlocked):
        row["reason"] = event.reason
    elif isinstance(event, InfoRequested):
        row["asked_at"] = fact.recorded_at
    elif isinstance(event, InfoSupplied):
        row["answered_at"] = fact.recorded_at
    elif isinstance(event, ReferralHandedOver):
        row["shelter"] = event.shelter
    elif isinstance(event, ReferralExpired):
        row["expired_at"] = fact.recorded_at
    else:
        row |= _of_the_end(fact, event)
    return row


def _of_the_end(fact: Recorded[Event], event: ReferralFact) -> Row:
    """How it ended, what took its place, and whether what was told is deleted."""
    match event:
        case ServiceDelivered() | ReferralFailed() | ContactLost() | ReferralCancelled():
            return {"outcome": event.outcome}
        case LoopClosed():
            return {"confirmation": event.confirmation}
        case ReferralRerouted() | ReferralReopened():
            return {"linked": event.linked}
        case ReferralWithdrawn() | DeletionDue():
            due = event.confirm_deletion_by
            return {"deletion_due": due, "deletion_from": None if due is None else fact.recorded_at}
        case DeletionConfirmed():
            return {"deletion_confirmed_at": fact.recorded_at}
        case _:
            return {}


def _rung(fact: Recorded[Event], event: ReferralEscalated) -> Row:
    return {
        "clock": event.clock,
        "rung": event.rung,
        "whom": event.whom,
        "asked": event.asked,
        "deadline": event.deadline.astimezone(UTC).isoformat(),
        "at": fact.recorded_at.astimezone(UTC).isoformat(),
    }


def _of_proposal(fact: Recorded[Event], event: ReferralProposed) -> Row:
    return {
        "sequence": fact.position,
        "case_id": fact.case,
        "submission_id": event.submission,
        "shelter": event.shelter,
        "agency": event.agency,
        "rule_set": event.rule_set,
        "replaces": event.replaces,
        "urgency": event.urgency,
        "categories": event.categories,
    }


def _due(deadlines: Deadlines | None, fact: Recorded[Event]) -> Row:
    if deadlines is None:
        return {}
    return {"clocks_from": fact.recorded_at, **dict(deadlines)}
