"""Compares what the rules on a shelter's telephone decided with what the same rules decide here (ADR 0039).

Both ran on the same answers, so a difference means that one of the two evaluators is wrong: it is an alarm. A telephone
that had other rules is no fault: it decided by what it knew.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.operations import DeviceDisagreed
from events.vocabulary import Agency
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.chassis.moments import moment_of
from services.referral.case_file.domain import CaseFile
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import Assessment, assess
from services.referral.routing.policy import RuleSet

NAMESPACE = UUID("3f6d2b1c-7a54-5e0b-9c41-5d8e0b7a6f23")


def decision_streams(facts: Iterable[Recorded[Event]]) -> list[UUID]:
    """The streams that ``compare_with_device`` records in."""
    return [
        _stream_of(fact.event.decided.rule_set)
        for fact in facts
        if isinstance(fact.event, CaseOpened) and fact.event.decided is not None
    ]


def compare_with_device(file: CaseFile, rules: RuleSet, work: UnitOfWork) -> None:
    """Records that a telephone decided otherwise, if it had the rules that are in force here."""
    opened = file.opened
    decided = opened.event.decided
    if decided is None or decided.rule_set != rules.version:
        return
    # The telephone took the day from its own clock, right or wrong: so does the comparison.
    assessment = assess(file.answers, rules, day_in_mexico(_said_at(file)))
    if decision_digest(opened.event.submission, assessment) == decided.digest:
        return
    event = DeviceDisagreed(
        submission=opened.event.submission,
        shelter=opened.event.shelter,
        device=opened.event.device,
        rule_set=rules.version,
    )
    actor = f"rules:{rules.version}"
    work.record(_stream_of(rules.version), event, case=opened.stream, actor=actor, cause=opened)


def decision_digest(submission: UUID, assessment: Assessment) -> str:
    """The digest of an assessment, as the telephone makes it.

    A report about a shelter's staff is left out: the digest is in clear, and must not tell that there is one.
    """
    lines = sorted(
        f"{one.agency}:{one.urgency}:{','.join(sorted(one.categories))}"
        for one in assessment.proposals
        if one.agency is not Agency.PEAS
    )
    said = "\n".join([str(submission), assessment.rule_set, "\n".join(lines)])
    return hashlib.sha256(said.encode()).hexdigest()


def _said_at(file: CaseFile) -> datetime:
    return moment_of(file.answers["occurred_at"])


def _stream_of(rule_set: str) -> UUID:
    return uuid5(NAMESPACE, rule_set)
