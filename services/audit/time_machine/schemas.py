"""States at a moment in answers: codes and times, nothing of the person but what is clear in the logs."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from events.vocabulary import (
    Agency,
    BlockReason,
    Capacity,
    ConsentDecision,
    DeclineReason,
    ErasureBasis,
    Obligation,
    ObligationOwner,
    ObligationResult,
    ReferralClock,
    ReferralState,
    RiskCategory,
    SendingBasis,
    Urgency,
)
from services.audit.history.schemas import HistoryEntry
from services.audit.knowledge.domain import Standing
from services.audit.time_machine.clocks import Waits
from services.audit.time_machine.times import By
from services.chassis.web.schemas import Answer, Moment, examples_of

_CLOCK: JsonDict = {
    "what": "decide",
    "until": "2026-03-02T18:04:05+00:00",
    "until_day": None,
    "since": "2026-03-02T15:04:05+00:00",
    "seconds_left": 5400,
    "stands": False,
    "at_latest": False,
}
_REFERRAL: JsonDict = {
    "referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
    "case_id": "9d1c0f5e-3b1a-4f0e-8a57-1f2e3d4c5b6a",
    "agency": "ACNUR",
    "shelter": "ALB-IXT-01",
    "desk": "ACNUR-CHP",
    "state": "acknowledged",
    "since": "2026-03-02T15:20:00+00:00",
    "version": 3,
    "changed_by": "officer:ACNUR:p-013",
    "urgency": "U1",
    "categories": ["ASILO"],
    "rule_set": "2013.2-0123456789ab",
    "basis": "consent",
    "receipts": ["3c2f1e0d-9b8a-4c7d-8e6f-5a4b3c2d1e0f"],
    "blocked_for": None,
    "declined_for": None,
    "linked": None,
    "clocks": [_CLOCK],
}
_TASK: JsonDict = {
    "obligation": "notice_to_procuraduria",
    "owner": "shelter",
    "whose": "ALB-IXT-01",
    "referral_id": None,
    "result": None,
    "clock": {**_CLOCK, "what": "duty"},
}
_DECISION: JsonDict = {
    "receipt": "3c2f1e0d-9b8a-4c7d-8e6f-5a4b3c2d1e0f",
    "recipient": "ACNUR",
    "decision": "granted",
    "since": "2026-03-02T15:04:05+00:00",
    "expires_at": None,
    "withdrawn_at": None,
}
_READER: JsonDict = {"org": "ACNUR", "standing": "open", "since": "2026-03-02T15:04:05+00:00"}
_READING: JsonDict = {
    "at": "2026-03-02T15:25:00+00:00",
    "actor": "officer:ACNUR:p-013",
    "org": "ACNUR",
    "what": "disclosure",
    "fields": ["disclosure"],
    "purpose": "respond",
    "referral_id": "0b9a52c4-5a35-5f0f-8d3c-1f2e3d4c5b6a",
}


class ClockThen(Answer):
    """A clock that ran."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CLOCK]})

    what: Annotated[
        ReferralClock | Waits,
        Field(description="What was waited for; `wants_time`, `renewal` and `duty` besides the ladders' clocks."),
    ]
    until: Annotated[Moment | None, Field(description="Its end; null: it had none, or is due on a day.")]
    until_day: date | None
    since: Moment | None
    seconds_left: Annotated[int | None, Field(description="Seconds left at that moment; negative: it was over.")]
    stands: Annotated[bool, Field(description="Whether it stood still: a withdrawal to be checked, a question.")]
    at_latest: Annotated[
        bool, Field(description="Whether `until` is the latest that it can have been: a pause in a desk's own hours.")
    ]


class ReferralThenAnswer(Answer):
    """A referral as it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REFERRAL]})

    referral_id: UUID
    case_id: UUID
    agency: Agency
    shelter: str
    desk: str | None
    state: ReferralState
    since: Moment
    version: int
    changed_by: str
    urgency: Urgency
    categories: list[RiskCategory]
    rule_set: str
    basis: SendingBasis | None
    receipts: list[UUID]
    blocked_for: BlockReason | None
    declined_for: DeclineReason | None
    linked: UUID | None
    clocks: list[ClockThen]


class ReferralMomentAnswer(Answer):
    """A referral at a moment; ``referral`` is null when it had not been proposed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"at": "2026-03-02T16:34:05+00:00", "by": "recorded", "referral": _REFERRAL}]}
    )

    at: Moment
    by: By
    referral: ReferralThenAnswer | None


class TaskThen(Answer):
    """A task that the law or the programme sets."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TASK]})

    obligation: Obligation
    owner: ObligationOwner
    whose: str
    referral_id: UUID | None
    result: Annotated[ObligationResult | None, Field(description="null: it was still to be done.")]
    clock: ClockThen | None


class DecisionThen(Answer):
    """What the person, or somebody for them, had decided about a recipient."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    receipt: UUID
    recipient: Agency
    decision: ConsentDecision
    since: Moment
    expires_at: Moment | None
    withdrawn_at: Moment | None


class ReaderThen(Answer):
    """How much an organisation knew: from what had been stored by then, whichever time is chosen."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READER]})

    org: Annotated[str, Field(description="A shelter, an agency, or `*`: the programme's coordination.")]
    standing: Standing
    since: Annotated[Moment | None, Field(description="Since when it could read, if it could.")]


class ReadingThen(Answer):
    """Somebody had been handed sealed data. Never what it said."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READING]})

    at: Moment
    actor: str
    org: str
    what: str
    fields: list[str]
    purpose: str | None
    referral_id: UUID | None


_CASE: JsonDict = {
    "case_id": "9d1c0f5e-3b1a-4f0e-8a57-1f2e3d4c5b6a",
    "at": "2026-03-02T16:34:05+00:00",
    "by": "recorded",
    "facts": 7,
    "shelter": "ALB-IXT-01",
    "opened_at": "2026-03-02T15:04:05+00:00",
    "lead": "ACNUR",
    "categories": ["ASILO"],
    "rule_set": "2013.2-0123456789ab",
    "frozen_at": None,
    "erased_at": None,
    "erased_for": None,
    "referrals": [_REFERRAL],
    "tasks": [_TASK],
    "decisions": [_DECISION],
    "readers": [_READER],
    "readings": [_READING],
    "late": [],
}


class CaseMomentAnswer(Answer):
    """A case at a moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CASE]})

    case_id: UUID
    at: Moment
    by: Annotated[By, Field(description="By which of its two times a fact counts: stored, or happened.")]
    facts: Annotated[int, Field(description="How many facts belong to the moment.")]
    shelter: Annotated[str | None, Field(description="The shelter that held it; null: it had not been flagged.")]
    opened_at: Moment | None
    lead: Agency | None
    categories: list[RiskCategory]
    rule_set: str | None
    frozen_at: Annotated[Moment | None, Field(description="Since when a withdrawal with the slip was to be checked.")]
    erased_at: Moment | None
    erased_for: ErasureBasis | None
    referrals: list[ReferralThenAnswer]
    tasks: list[TaskThen]
    decisions: list[DecisionThen]
    readers: list[ReaderThen]
    readings: list[ReadingThen]
    late: Annotated[list[HistoryEntry], Field(description="What had happened by then and was stored only later.")]


_DESK: JsonDict = {"desk": "ACNUR-CHP", "silent_since": None, "capacity": "capacity"}


class DeskThen(Answer):
    """What was known of a desk itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DESK]})

    desk: str
    silent_since: Moment | None
    capacity: Annotated[Capacity | None, Field(description="As it had said; null: nothing that still counted.")]


class StayThen(Answer):
    """A referral that was at a desk."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"there_since": "2026-03-02T15:04:05+00:00", "referral": _REFERRAL}]}
    )

    there_since: Moment
    referral: ReferralThenAnswer


class DeskMomentAnswer(Answer):
    """An agency's desks at a moment; the referrals in pages, the longest there first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agency": "ACNUR",
                    "at": "2026-03-02T16:34:05+00:00",
                    "by": "recorded",
                    "number": 1,
                    "desks": [_DESK],
                    "items": examples_of(StayThen),
                    "next_cursor": None,
                }
            ]
        }
    )

    agency: Agency
    at: Moment
    by: By
    number: Annotated[int, Field(description="How many referrals were there in all.")]
    desks: list[DeskThen]
    items: list[StayThen]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last.")]
