"""The read model of referrals and of the cases' assessments.

New assessments are copied in, which is cheapest; new referrals are inserted, since row-level security forbids copying
(ADR 0019). Changes go row by row: an update from arrays, planned while the table was empty, read 100,000 referrals to
change one (ADR 0002).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from events.contract import Event, Recorded
from events.referral import (
    CaseAssessed,
    Deadlines,
    DeletionConfirmed,
    DeletionDue,
    DisclosureRenewed,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    ReferralBlocked,
    ReferralEscalated,
    ReferralExpired,
    ReferralFact,
    ReferralFollowed,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralUnfrozen,
    ReferralWithdrawn,
)
from events.vocabulary import WithdrawalReason
from services.chassis.ids import short_code
from services.referral.lifecycle.after_sending import DEPENDING, NOTHING, AfterSending, changes_by
from services.referral.lifecycle.reported import Reported, reported_by

Row = dict[str, Any]
"""Values by column name."""
Columns = tuple[str, ...]
Values = tuple[Any, ...]

INITIAL_COLUMNS = ("sequence", "case_id", "submission_id", "agency", "rule_set", "replaces", "follows", "code")
CHANGING_COLUMNS = (
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
    "after_sending",
    "reported",
)
REFERRAL_COLUMNS = (*INITIAL_COLUMNS, *CHANGING_COLUMNS)
ASSESSMENT_COLUMNS = ("case_id", "lead", "categories", "rule_set")

_PARAMETERS = ", ".join(f"${number}" for number in range(1, len(REFERRAL_COLUMNS) + 1))
PROPOSED = f"insert into referral ({', '.join(REFERRAL_COLUMNS)}) values ({_PARAMETERS})"

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
  shelter = coalesce($25, shelter), desk = coalesce($26, desk), deletion_from = coalesce($27, deletion_from),
  after_sending = after_sending || coalesce($28::jsonb, '{}'), reported = reported || coalesce($29::jsonb, '{}')
where referral_id = $1
"""
REMEMBERED = "select referral_id, after_sending from referral where referral_id = any($1::uuid[])"
ASSESSED_AGAIN = "update assessment set lead = $2, categories = $3, rule_set = $4 where case_id = $1"


async def project_referrals(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> None:
    """Updates the read model in the transaction that appends the batch."""
    referrals: dict[UUID, Row] = {}
    assessments: dict[UUID | None, Row] = {}
    remembered = await _remembered(connection, batch)
    for fact in batch:
        event = fact.event
        if isinstance(event, ReferralFact):
            row = referrals.setdefault(fact.stream, {})
            row.update(referral_row(fact, event))
            _remember(row, fact, event, remembered)
            if isinstance(event, ReferralEscalated):
                row.setdefault("fired", []).append(_escalation(fact, event))
        elif isinstance(event, CaseAssessed):
            assessments.setdefault(fact.case, {}).update(assessment_row(fact, event))
    new, changed = _new_and_changed(assessments.values(), "first", ASSESSMENT_COLUMNS, ASSESSMENT_COLUMNS)
    if new:
        await connection.copy_records_to_table("assessment", records=new, columns=ASSESSMENT_COLUMNS)
    if changed:
        await connection.executemany(ASSESSED_AGAIN, changed)
    for row in referrals.values():
        _serialise(row)
    new, changed = _new_and_changed(referrals.values(), "sequence", REFERRAL_COLUMNS, CHANGING_COLUMNS)
    if new:
        await connection.executemany(PROPOSED, new)
    if changed:
        await connection.executemany(CHANGED, changed)


def _remember(row: Row, fact: Recorded[Event], event: ReferralFact, remembered: dict[UUID, AfterSending]) -> None:
    """Collects what an event changes of what is remembered, for the row and for the batch's later events."""
    before = remembered.get(fact.stream, NOTHING)
    if changes := changes_by(event, fact.recorded_at, fact.actor, before):
        remembered[fact.stream] = before.model_copy(update=changes)
        row.setdefault("changes", {}).update(changes)
    if said := reported_by(event, fact.version):
        row.setdefault("said", {}).update(said)


def _serialise(row: Row) -> None:
    """Turns the collected escalations, changes and reports of a row into its JSON columns."""
    fired, changes, new = row.pop("fired", None), row.pop("changes", None), "sequence" in row
    row["escalations"] = json.dumps(fired) if fired else ("[]" if new else None)
    row["after_sending"] = _as_json(AfterSending, changes) if changes else ("{}" if new else None)
    said = row.pop("said", None)
    row["reported"] = _as_json(Reported, said) if said else ("{}" if new else None)


async def _remembered(connection: asyncpg.Connection, batch: Sequence[Recorded[Event]]) -> dict[UUID, AfterSending]:
    """What was remembered of the referrals of which some change depends on that."""
    streams = {fact.stream for fact in batch if isinstance(fact.event, DEPENDING)}
    if not streams:
        return {}
    rows = await connection.fetch(REMEMBERED, streams)
    return {row["referral_id"]: AfterSending.model_validate_json(row["after_sending"]) for row in rows}


def _as_json(kind: type[BaseModel], changes: dict[str, Any]) -> str:
    """The changed values alone, as the column stores them."""
    return kind.model_construct(**changes).model_dump_json(include=set(changes))


def _new_and_changed(
    rows: Iterable[Row], of_a_new_one: str, whole: Columns, changing: Columns
) -> tuple[list[Values], list[Values]]:
    """Separates new rows from changes, each in the order of its columns."""
    new: list[Values] = []
    changed: list[Values] = []
    for row in rows:
        if of_a_new_one in row:
            new.append(tuple(map(row.get, whole)))
        else:
            changed.append(tuple(map(row.get, changing)))
    return new, changed


def assessment_row(fact: Recorded[Event], event: CaseAssessed) -> Row:
    """The columns that an assessment sets."""
    of_event = {"lead": event.lead, "categories": event.categories, "rule_set": event.rule_set}
    return {"case_id": fact.case, **of_event} | ({"first": True} if fact.version == 1 else {})


def referral_row(fact: Recorded[Event], event: ReferralFact) -> Row:  # noqa: C901 - a table: one branch an event
    """The columns that one fact sets."""
    row: Row = {"referral_id": fact.stream, "version": fact.version, "changed_at": fact.recorded_at}
    if event.STATE is not None:
        row |= {"state": event.STATE, "since": fact.recorded_at}
    if isinstance(event, ReferralProposed):
        row |= _proposal_row(fact, event)
    elif isinstance(event, ReferralRequested):
        row |= {"urgency": event.urgency, "basis": event.basis, "sent_at": fact.recorded_at}
        row |= _deadlines(event.deadlines, fact) | ({"desk": event.desk} if event.desk else {})
    elif isinstance(event, ReferralReassessed):
        row |= {"urgency": event.urgency, "categories": event.categories} | _deadlines(event.deadlines, fact)
        row |= {"desk": event.desk} if event.desk else {}
    elif isinstance(event, ReferralBlocked):
        row["reason"] = event.reason
    elif isinstance(event, InfoRequested):
        row["asked_at"] = fact.recorded_at
    elif isinstance(event, InfoSupplied):
        row["answered_at"] = fact.recorded_at
    elif isinstance(event, ReferralHandedOver):
        row |= {"shelter": event.shelter} | ({"desk": event.desk} if event.desk else {})
    elif isinstance(event, DisclosureRenewed):
        row["basis"] = event.basis
    elif isinstance(event, ReferralUnfrozen):
        row |= {} if event.deadlines is None else dict(event.deadlines)
        row |= {} if event.clocks_from is None else {"clocks_from": event.clocks_from}
    elif isinstance(event, ReferralExpired):
        row["expired_at"] = fact.recorded_at
    else:
        row |= _outcome(fact, event)
    return row


def _outcome(fact: Recorded[Event], event: ReferralFact) -> Row:
    """Linked referral, confirmation and deletion, and the outcome that follows from a reason."""
    match event:
        case LoopClosed():
            return {"confirmation": event.confirmation}
        case ReferralRerouted() | ReferralReopened() | ReferralFollowed():
            return {"linked": event.linked}
        case ReferralWithdrawn(reason=WithdrawalReason.CONSENT_EXPIRED | WithdrawalReason.TWO_PEOPLE):
            return {"outcome": event.outcome} | _deletion(
                fact, event.confirm_deletion_by
            )  # the person declined nothing
        case ReferralWithdrawn() | DeletionDue():
            return _deletion(fact, event.confirm_deletion_by)
        case DeletionConfirmed():
            return {"deletion_confirmed_at": fact.recorded_at}
        case _:
            return {}


def _deletion(fact: Recorded[Event], due: datetime | None) -> Row:
    return {} if due is None else {"deletion_due": due, "deletion_from": fact.recorded_at}


def _escalation(fact: Recorded[Event], event: ReferralEscalated) -> Row:
    return {
        "clock": event.clock,
        "rung": event.rung,
        "whom": event.whom,
        "asked": event.asked,
        "deadline": event.deadline.astimezone(UTC).isoformat(),
        "at": fact.recorded_at.astimezone(UTC).isoformat(),
    }


def _proposal_row(fact: Recorded[Event], event: ReferralProposed) -> Row:
    return {
        "sequence": fact.position,
        "case_id": fact.case,
        "submission_id": event.submission,
        "shelter": event.shelter,
        "agency": event.agency,
        "rule_set": event.rule_set,
        "replaces": event.replaces,
        "follows": event.follows,
        "urgency": event.urgency,
        "categories": event.categories,
        "code": short_code(fact.stream),
    }


def _deadlines(deadlines: Deadlines | None, fact: Recorded[Event]) -> Row:
    if deadlines is None:
        return {}
    return {"clocks_from": fact.recorded_at, **dict(deadlines)}
