"""U2 and U3 count the hours of the desk that answers, U0 and U1 every hour (domain.md §6): directory and referral."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.referral import Deadlines, InfoRequested, InfoSupplied
from events.vocabulary import Agency, ReferralClock, RiskCategory, Urgency
from services.directory.desks import duty_desks
from services.directory.written_hours import hours_of
from services.referral.deadlines.policy import load_clocks
from services.referral.deadlines.ports import OneDeskAnAgency
from services.referral.escalation import moments
from services.referral.escalation.domain import pending_steps
from services.referral.escalation.moments import at_share
from tests.support.builders.escalation import Silence, escalation_policy
from tests.support.builders.referral import BOX

MEXICO = ZoneInfo("America/Mexico_City")
CLOCKS = load_clocks()
DESKS = duty_desks()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def due(urgency: str, sent: datetime, *, agency: Agency = Agency.ACNUR, leaving: str = "staying") -> Deadlines:
    """Of a referral that a shelter of Tapachula sends; ACNUR is there MO-FR 09-18 and SA 09-14."""
    answers: dict[str, Any] = {"planned_departure": leaving}
    desk = DESKS.answering(agency, "ALB-TAP-01", Urgency(urgency), sent)
    return CLOCKS.deadlines(
        Urgency(urgency), (RiskCategory.DELITO,), answers, occurred_at=sent, sent_at=sent, hours=desk.hours
    )


@pytest.mark.parametrize(
    ("sent", "acknowledge", "decide"),
    [
        ("2013-06-12T10:30", "2013-06-13T13:30", "2013-06-14T16:30"),  # Wednesday: 7½ h, 9 h, 7½ h
        ("2013-06-11T23:00", "2013-06-13T12:00", "2013-06-14T15:00"),  # at night: from nine in the morning
        ("2013-06-14T17:00", "2013-06-17T15:00", "2013-06-18T18:00"),  # Friday: 1 h, Saturday 5 h, Monday 6 h
        ("2013-09-14T13:00", "2013-09-18T11:00", "2013-09-19T14:00"),  # Monday 16 September is a holiday
        ("2013-12-24T17:00", "2013-12-27T11:00", "2013-12-28T14:00"),  # and so is Christmas
    ],
)
def test_an_urgent_referral_counts_the_hours_somebody_is_at_the_desk(sent: str, acknowledge: str, decide: str) -> None:
    found = due("U2", at(sent))
    assert found.acknowledge_by == at(acknowledge)
    assert found.decide_by == at(decide)
    assert found.serve_by == max(at(sent) + timedelta(hours=72), found.decide_by)


@pytest.mark.parametrize(
    ("sent", "acknowledge", "decide"),
    [
        ("2013-06-10T10:30", "2013-06-12T10:30", "2013-06-17T10:30"),  # a Monday, while it is open
        ("2013-06-13T20:00", "2013-06-18T09:00", "2013-06-21T09:00"),  # Thursday night counts from Friday at nine
        ("2013-06-15T15:00", "2013-06-19T09:00", "2013-06-24T09:00"),  # Saturday afternoon from Monday at nine
        ("2013-09-12T17:00", "2013-09-17T17:00", "2013-09-20T17:00"),  # over Independence Day
    ],
)
def test_a_normal_referral_counts_working_days_of_the_desk(sent: str, acknowledge: str, decide: str) -> None:
    found = due("U3", at(sent))
    assert found.acknowledge_by == at(acknowledge)
    assert found.decide_by == at(decide)
    assert found.serve_by == at(sent) + timedelta(days=14)


@pytest.mark.parametrize("urgency", ["U0", "U1"])
def test_what_cannot_wait_runs_round_the_clock_at_night_and_on_holidays(urgency: str) -> None:
    of_class = CLOCKS.classes[Urgency(urgency)]
    for sent in (at("2013-06-12T23:30"), at("2013-09-16T11:00"), at("2013-06-12T10:30")):
        found = due(urgency, sent)
        assert of_class.acknowledge is not None
        assert of_class.decide is not None
        assert found.acknowledge_by == sent + of_class.acknowledge
        assert found.decide_by == sent + of_class.decide


def test_the_hour_at_which_the_person_leaves_is_nobodys_office_hour() -> None:
    """A person who leaves in six hours is gone then, whether the desk has opened or not."""
    night = at("2013-06-12T20:00")
    assert due("U2", night, leaving="today").decide_by == night + timedelta(hours=4)


def test_without_a_directory_somebody_is_always_at_the_desk() -> None:
    night = at("2013-06-12T23:00")
    desk = OneDeskAnAgency().answering(Agency.OIM, "ALB-TAP-01", Urgency.U2, night)
    assert desk.code is None
    assert desk.hours.opening(night) == night
    assert desk.hours.after(night, timedelta(hours=12)) == night + timedelta(hours=12)


@given(
    urgency=st.sampled_from(Urgency),
    agency=st.sampled_from(Agency),
    leaving=st.sampled_from(["today", "24h", "72h", "7d", "staying"]),
    sent=st.datetimes(datetime(2013, 1, 1), datetime(2014, 12, 31), timezones=st.just(MEXICO)),  # noqa: DTZ001 - zoned
)
def test_with_any_desks_hours_too_a_desk_acknowledges_decides_and_serves_in_that_order(
    urgency: Urgency, agency: Agency, leaving: str, sent: datetime
) -> None:
    found = due(urgency, sent, agency=agency, leaving=leaving)
    assert sent < found.acknowledge_by <= found.decide_by <= found.serve_by
    assert found.decide_by >= sent + timedelta(minutes=15)
    round_the_clock = due(urgency, sent, agency=Agency.UNICEF, leaving=leaving)
    assert urgency > Urgency.U1 or found == round_the_clock


class TestTheTimeToADeadline:
    """Not only its end: half of a weekend is not half of the time a desk has (domain.md §6)."""

    def silence(self, urgency: Urgency) -> Silence:
        office = hours_of(("MO-FR 09:00-18:00",), on_holidays=False)
        return Silence(urgency, hours=office)  # sent on a Wednesday at noon in Mexico City

    def test_a_reminder_comes_after_half_of_the_desks_own_hours(self) -> None:
        # 24 open hours: six on Wednesday, nine on Thursday, nine on Friday. The twelfth is Thursday at three.
        moments = {
            one.step.name: one.at
            for one in pending_steps(self.silence(Urgency.U2).escalation_state, escalation_policy())
        }
        assert moments["reminder"] == at("2013-06-13T15:00")
        assert moments["supervisor"] == at("2013-06-14T13:12")
        assert moments["deadline_missed"] == at("2013-06-14T18:00")
        assert moments["steering"] == at("2013-06-18T12:00")

    @given(urgency=st.sampled_from([Urgency.U2, Urgency.U3]), minutes=st.integers(1, 60 * 24 * 30))
    def test_no_step_fires_before_the_sending_nor_out_of_order(self, urgency: Urgency, minutes: int) -> None:
        silent = self.silence(urgency)
        decide = [
            one
            for one in pending_steps(silent.escalation_state, escalation_policy())
            if one.clock is ReferralClock.DECIDE
        ]
        assert [one.step.name for one in decide] == ["reminder", "supervisor", "deadline_missed", "steering"]
        assert silent.now <= decide[0].at <= decide[1].at <= decide[2].at == decide[2].deadline < decide[3].at
        end = silent.now + timedelta(minutes=minutes)
        for percent in (1, 50, 99):
            moment = at_share(silent.now, end, percent, silent.hours)
            assert silent.now <= moment <= end

    def test_a_question_stops_the_clock_for_as_long_as_the_desk_is_open_meanwhile(self) -> None:
        """The question comes on Wednesday at five, the answer at nine the next morning: an hour, not sixteen."""
        silent = self.silence(Urgency.U2)
        before = moments.decide_by(silent.escalation_state)
        silent.now = at("2013-06-12T17:00")
        silent.somebody(InfoRequested, question=BOX)
        silent.now = at("2013-06-13T09:00")
        silent.somebody(InfoSupplied, answer=BOX)
        assert before == at("2013-06-14T18:00")
        assert moments.decide_by(silent.escalation_state) == at("2013-06-17T10:00")

    def test_for_somebody_who_leaves_at_night_every_hour_counts(self) -> None:
        office = hours_of(("MO-FR 09:00-18:00",), on_holidays=False)
        start, end = at("2013-06-12T20:00"), at("2013-06-13T02:00")
        assert at_share(start, end, 50, office) == at("2013-06-12T23:00")
        assert at_share(start, end, 100, office) == end
