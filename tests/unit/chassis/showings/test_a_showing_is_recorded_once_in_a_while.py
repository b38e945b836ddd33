"""The same reader, view and thing within one stretch of time are one record; what cannot be recorded is left out."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from events.readings import HistoryRead, ReferralShown
from events.vocabulary import RESTRICTED_CATEGORIES, Agency, AuditView, RiskCategory, Role, ShownView
from services.audit.readings.domain import goes_as_far, looked
from services.chassis.authorization.policy import Principal
from services.chassis.errors import LogHaltedError, StoreUnavailableError, VersionConflictError
from services.chassis.eventlog.append import Append
from services.chassis.showings import recorder as recorders
from services.chassis.showings.domain import Showing, stream_of, stretch_end, tells, without_restricted
from services.chassis.showings.recorder import ShowingRecorder
from services.programme.showings import ShowingPolicy
from tests.support.builders.living_case import MemoryLog, at_once

AT = datetime(2026, 11, 24, 15, 59, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
CASE, REFERRAL = UUID(int=1), UUID(int=2)
OFFICER = Principal(Role.OFFICER, "UNFPA", "p-013")
OF_PEAS = Principal(Role.OFFICER, "PEAS", "p-031")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given one
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(days=1))


class Item(BaseModel):
    agency: Agency = Agency.UNFPA
    categories: list[RiskCategory]
    uncovered: list[RiskCategory] = []
    categories_withheld: bool = False


class Log(MemoryLog):
    """One that counts what is appended, and may take nothing."""

    appends: int = 0
    refusal: Exception | None = None

    async def append(self, request: Append) -> Any:
        if self.refusal is not None:
            raise self.refusal
        self.appends += 1
        return await super().append(request)


def shown(at: datetime = AT, *, by: Principal = OFFICER, view: ShownView = ShownView.LIST) -> Showing:
    until = stretch_end(at, HOUR)
    event = ReferralShown(reader=by.org, view=view, referral=REFERRAL, until=until)
    return Showing(stream_of(by, view, [REFERRAL], until), CASE, event)


def recorder_of(log: Log, at: datetime = AT) -> ShowingRecorder:
    return ShowingRecorder(log, lambda: at)  # type: ignore[arg-type]  # as far as a recorder needs a log


def facts(log: Log) -> list[Any]:
    return [fact for stream in log.streams_by_id.values() for fact in stream]


@given(MOMENTS, LENGTHS)
def test_every_moment_is_in_the_stretch_that_ends_after_it(at: datetime, length: timedelta) -> None:
    end = stretch_end(at, length)
    assert at < end <= at + length
    assert stretch_end(end - timedelta(microseconds=1), length) == end
    assert stretch_end(end, length) == end + length


@given(st.lists(st.uuids(), min_size=1, max_size=4), st.randoms())
def test_a_record_does_not_depend_on_the_order_of_what_is_shown(things: list[UUID], random: Any) -> None:
    other = list(things)
    random.shuffle(other)
    assert stream_of(OFFICER, "list", things, AT) == stream_of(OFFICER, "list", other, AT)


def test_another_reader_view_thing_or_stretch_is_another_record() -> None:
    streams = [
        stream_of(OFFICER, "list", [CASE], AT),
        stream_of(OF_PEAS, "list", [CASE], AT),
        stream_of(Principal(Role.SUPERVISOR, "UNFPA", "p-013"), "list", [CASE], AT),
        stream_of(OFFICER, "case", [CASE], AT),
        stream_of(OFFICER, "list", [REFERRAL], AT),
        stream_of(OFFICER, "list", [CASE, REFERRAL], AT),
        stream_of(OFFICER, "list", [CASE], AT + HOUR),
    ]
    assert len(set(streams)) == len(streams)


def test_who_looks_all_hour_is_recorded_once_and_the_next_hour_again() -> None:
    log = Log({})
    at_once(recorder_of(log).record([shown()], OFFICER))
    at_once(recorder_of(log).record([shown(AT + timedelta(seconds=29))], OFFICER))
    assert [fact.event.until for fact in facts(log)] == [datetime(2026, 11, 24, 16, tzinfo=UTC)]
    assert [(fact.actor, fact.case) for fact in facts(log)] == [("officer:UNFPA:p-013", CASE)]
    at_once(recorder_of(log).record([shown(AT + timedelta(seconds=31))], OFFICER))
    assert len(facts(log)) == 2


def test_what_a_process_recorded_costs_it_no_query_again() -> None:
    log = Log({})
    recorder = recorder_of(log)
    for _ in range(3):
        assert at_once(recorder.is_recorded([shown()], OFFICER))
    assert len(facts(log)) == log.appends == 1


def test_what_another_process_recorded_is_not_recorded_again_and_the_rest_is() -> None:
    log = Log({})
    at_once(recorder_of(log).record([shown()], OFFICER))
    on_its_page = shown(view=ShownView.REFERRAL)
    at_once(recorder_of(log).record([shown(), on_its_page], OFFICER))
    assert [fact.event.view for fact in facts(log)] == [ShownView.LIST, ShownView.REFERRAL]


def test_a_process_remembers_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorders, "REMEMBERED", 2)
    log = Log({})
    recorder = recorder_of(log)
    for number in range(5):
        at_once(recorder.record([shown(AT + number * HOUR)], OFFICER))
    assert len(recorder._known) == 2
    at_once(recorder.record([shown()], OFFICER))
    assert len(facts(log)) == 5, "what it forgot it finds in the log"


@pytest.mark.parametrize("refusal", [LogHaltedError(reason="x"), StoreUnavailableError(), VersionConflictError()])
def test_what_the_log_does_not_take_is_not_recorded_and_not_believed_to_be(refusal: Exception) -> None:
    log = Log({})
    log.refusal = refusal
    recorder = recorder_of(log)
    assert not at_once(recorder.is_recorded([shown()], OFFICER))
    with pytest.raises(type(refusal)):
        at_once(recorder.record([shown()], OFFICER))
    log.refusal = None
    assert at_once(recorder.is_recorded([shown()], OFFICER))
    assert len(facts(log)) == 1


@pytest.mark.parametrize("category", list(RiskCategory))
def test_a_category_tells_if_it_is_restricted_and_the_agency_of_reports_about_staff_by_its_name(
    category: RiskCategory,
) -> None:
    assert tells([category]) == (category in RESTRICTED_CATEGORIES)
    assert tells([], Agency.PEAS)
    assert not tells([], Agency.UNFPA)


def test_without_a_record_restricted_categories_are_left_out_and_said_to_be() -> None:
    mixed = Item(categories=[RiskCategory.VSG, RiskCategory.ASILO], uncovered=[RiskCategory.VSG])
    plain = Item(categories=[RiskCategory.ASILO])
    about_staff = Item(agency=Agency.PEAS, categories=[RiskCategory.PEAS])
    left = without_restricted([mixed, plain, about_staff], OFFICER)
    assert [(one.categories, one.uncovered, one.categories_withheld) for one in left] == [
        ([RiskCategory.ASILO], [], True),
        ([RiskCategory.ASILO], [], False),
    ]
    assert [one.agency for one in without_restricted([about_staff], OF_PEAS)] == [Agency.PEAS], "it must work"


LOOKS = st.one_of(st.none(), MOMENTS)


@given(LOOKS, LOOKS)
def test_an_auditors_look_is_recorded_again_only_if_it_goes_further(
    first: datetime | None, second: datetime | None
) -> None:
    log, by = Log({}), Principal(Role.AUDITOR, "*", "p-002")
    recorder = recorder_of(log)
    for at in (first, second):
        one = looked(AuditView.HISTORY, by, stretch_end(AT, HOUR), case=CASE, referral=None, at=at)
        at_once(recorder.record([one], by))
    further = first is not None and (second is None or second > first)
    assert [fact.event.at for fact in facts(log)] == ([first, second] if further else [first])


def test_a_look_covers_no_other_event() -> None:
    look = HistoryRead(view=AuditView.HISTORY, until=AT)
    assert goes_as_far(look, look)
    assert not goes_as_far(shown().event, look)


def test_the_policy_in_force_remembers_for_an_hour() -> None:
    assert ShowingPolicy.load().remembered == HOUR
