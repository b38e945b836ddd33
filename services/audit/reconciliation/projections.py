"""Stores what is counted: one row for each case, refusal, device and assessment, with days of Mexico City."""

from collections.abc import Sequence
from datetime import date, datetime

from events.contract import Event, Recorded
from events.devices import DeviceEnrolled, DeviceRevoked
from events.intake import CaseOpened, RefusalSettled, ShelterHeard, SubmissionRefused
from events.operations import CaseNotRouted, CaseRouted
from events.referral.assessment import CaseAssessed
from services.chassis.clock import MEXICO
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.projections import Projector, ReadModel, Statement, columns

OPENED = """
insert into counted_case
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::date[],
  $8::date[])
on conflict (case_id) do nothing
"""
REFUSED = """
insert into counted_refusal (refusal, position, shelter, device, device_sequence, recorded_at, day)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (refusal) do nothing
"""
SETTLED = "update counted_refusal set corrected = $2 where refusal = $1"
ENROLLED = """
insert into counted_device as known (shelter, device, enrolled_at) values ($1, $2, $3)
on conflict (shelter, device) do update set enrolled_at = excluded.enrolled_at
"""
REVOKED = """
insert into counted_device as known (shelter, device, revoked_at) values ($1, $2, $3)
on conflict (shelter, device) do update set revoked_at = excluded.revoked_at
"""
HEARD = """
insert into counted_device as known (shelter, device, heard_at, waiting) values ($1, $2, $3, $4)
on conflict (shelter, device) do update set heard_at = excluded.heard_at, waiting = excluded.waiting
"""
ASSESSED = """
insert into counted_assessment as known (case_id, outcome) values ($1, $2)
on conflict (case_id) do update set outcome = excluded.outcome
"""
PARKED = "insert into counted_assessment (case_id, outcome) values ($1, 'parked') on conflict (case_id) do nothing"
RELEASED = "delete from counted_assessment where case_id = $1 and outcome = 'parked'"

OF_INTAKE: tuple[type[Event], ...] = (
    CaseOpened,
    SubmissionRefused,
    RefusalSettled,
    DeviceEnrolled,
    DeviceRevoked,
    ShelterHeard,
)
OF_REFERRAL: tuple[type[Event], ...] = (CaseAssessed, CaseNotRouted, CaseRouted)


def day_of(moment: datetime) -> date:
    """The day of a moment in Mexico City."""
    try:
        return moment.astimezone(MEXICO).date()
    except OverflowError:  # stored before moments had limits: at an end of the calendar
        return moment.date()


def _of_intake(entries: Sequence[LogEntry]) -> list[Statement]:
    names = {event.NAME for event in OF_INTAKE}
    facts = [decode(entry) for entry in entries if entry.name in names]
    opened = [_opened(fact) for fact in facts if isinstance(fact.event, CaseOpened)]
    rest = [one for fact in facts if (one := _other(fact)) is not None]
    return [*([(OPENED, columns(opened))] if opened else []), *rest]


def _opened(fact: Recorded[Event]) -> tuple[object, ...]:
    event = fact.event
    assert isinstance(event, CaseOpened)  # noqa: S101 - the caller has looked
    return (
        fact.stream,
        fact.position,
        event.shelter,
        event.device,
        event.device_sequence,
        fact.recorded_at,
        day_of(fact.recorded_at),
        day_of(fact.occurred_at),
    )


def _other(fact: Recorded[Event]) -> Statement | None:
    at = fact.recorded_at
    match fact.event:
        case SubmissionRefused() as event:
            row = (fact.stream, fact.position, event.org, event.device, event.device_sequence, at, day_of(at))
            return None if event.amends else (REFUSED, row)
        case RefusalSettled() as event:
            return SETTLED, (event.refusal, event.corrected)
        case DeviceEnrolled() as event:
            return ENROLLED, (event.shelter, event.device, at)
        case DeviceRevoked() as event:
            return REVOKED, (event.shelter, event.device, at)
        case ShelterHeard(device=str()) as event:
            return HEARD, (event.shelter, event.device, at, event.waiting)
        case _:
            return None


def _of_referral(entries: Sequence[LogEntry]) -> list[Statement]:
    names = {event.NAME for event in OF_REFERRAL}
    statements: list[Statement] = []
    for entry in entries:
        if entry.name not in names or entry.case is None:
            continue
        match decode(entry).event:
            case CaseAssessed() as event:
                statements.append((ASSESSED, (entry.case, "routed" if event.categories else "nothing_fired")))
            case CaseNotRouted():
                statements.append((PARKED, (entry.case,)))
            case CaseRouted():
                statements.append((RELEASED, (entry.case,)))
    return statements


FOLLOWED = {
    "intake": Projector(place=_of_intake, reads=OF_INTAKE),
    "referral": Projector(place=_of_referral, reads=OF_REFERRAL),
}
"""By the log that they follow. Each table is filled from one log alone."""
MODELS = (
    ReadModel(tables=("counted_case", "counted_refusal", "counted_device"), fills={"intake": FOLLOWED["intake"]}),
    ReadModel(tables=("counted_assessment",), fills={"referral": FOLLOWED["referral"]}),
)
