"""Counts in answers."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.audit.reconciliation.domain import DayCounts, Gap, Record, WhyMissing
from services.chassis.web.schemas import Answer, Moment

_RECORD: JsonDict = {"number": 41, "recorded_at": "2026-03-02T15:04:05.678901+00:00", "opened": True}
_GAP: JsonDict = {
    "device": "tel-4821",
    "first": 42,
    "last": 43,
    "before": _RECORD,
    "after": {**_RECORD, "number": 44},
    "why": "unexplained",
}
_ROW: JsonDict = {
    "shelter": "ALB-IXT-01",
    "day": "2026-03-02",
    "flagged": 7,
    "accepted": 7,
    "numbered": 6,
    "refused": 1,
    "corrected": 1,
    "assessed": {"routed": 6, "nothing_fired": 1, "parked": 0, "waiting": 0},
    "logs": [{"log": "intake", "events": 9, "missing": 0}],
    "in_stream": 9,
    "gaps": [_GAP],
    "agrees": False,
}


class ArrivedRecord(Answer):
    """A record of a device that arrived beside a gap."""

    number: int
    recorded_at: Moment
    opened: Annotated[bool, Field(description="Whether it opened a case; otherwise it was refused.")]

    @classmethod
    def of(cls, record: Record | None) -> Self | None:
        """The answer; ``None``: there is none."""
        return None if record is None else cls(number=record.number, recorded_at=record.at, opened=record.opened)


class MissingNumbers(Answer):
    """Numbers of a device, from ``first`` to ``last``, that opened no case."""

    device: str
    first: int
    last: int
    before: Annotated[ArrivedRecord | None, Field(description="The record with the next lower number.")]
    after: Annotated[ArrivedRecord | None, Field(description="The record with the next higher number.")]
    why: Annotated[WhyMissing, Field(description="What explains it: `unexplained` if nothing that was recorded does.")]

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """The answer."""
        return cls(
            device=gap.device,
            first=gap.first,
            last=gap.last,
            before=ArrivedRecord.of(gap.before),
            after=ArrivedRecord.of(gap.after),
            why=gap.why,
        )


class Assessed(Answer):
    """What the rules made of a day's cases."""

    routed: int
    nothing_fired: int
    parked: Annotated[int, Field(description="Cases of which an event could not be digested.")]
    waiting: Annotated[int, Field(description="Cases on which the rules have not been run.")]


class EventsInLog(Answer):
    """Events of a day's cases in one log."""

    log: Literal["intake", "referral", "notifications"]
    events: Annotated[int, Field(description="As many as were received.")]
    missing: Annotated[int, Field(description="Of these, as many as the log lacks now.")]


class ShelterDay(Answer):
    """What is counted of one shelter on one day of Mexico City."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ROW]})

    shelter: str
    day: Annotated[date, Field(description="By the time of recording; `flagged` by the reporter's clock.")]
    flagged: Annotated[int, Field(description="Cases that were flagged on this day by the reporter's clock.")]
    accepted: Annotated[int, Field(description="Submissions accepted on this day, each of which opened a case.")]
    numbered: Annotated[int, Field(description="Of these, records with a device's number.")]
    refused: int
    corrected: Annotated[int, Field(description="Of the refused ones, those that were corrected since.")]
    assessed: Assessed
    logs: list[EventsInLog]
    in_stream: Annotated[
        int | None,
        Field(description="Events of these cases in intake's stream; null: it could not be counted now."),
    ]
    gaps: list[MissingNumbers]
    agrees: Annotated[bool, Field(description="Whether everything agrees, or what is missing is explained.")]

    @classmethod
    def of(cls, counts: DayCounts) -> Self:
        """The answer."""
        return cls(
            shelter=counts.shelter,
            day=counts.day,
            flagged=counts.by_device_day,
            accepted=counts.opened,
            numbered=counts.numbered,
            refused=counts.refused,
            corrected=counts.corrected,
            assessed=Assessed(
                routed=counts.routed,
                nothing_fired=counts.nothing_fired,
                parked=counts.parked,
                waiting=counts.unassessed,
            ),
            logs=[
                EventsInLog.model_validate({"log": log, "events": one.events, "missing": one.missing})
                for log, one in counts.logs.items()
            ],
            in_stream=counts.in_stream,
            gaps=[MissingNumbers.of(gap) for gap in counts.gaps],
            agrees=counts.agrees,
        )


class CountsPage(Answer):
    """A page of the counts, newest day first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ROW], "next_cursor": None}]})

    items: list[ShelterDay]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last.")]

    @classmethod
    def of(cls, counts: Sequence[DayCounts], after: str | None) -> Self:
        """The answer."""
        return cls(items=[ShelterDay.of(one) for one in counts], next_cursor=after)
