"""Which desk answers: the state's own in its hours, the agency's desk of every hour for what cannot wait."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Agency, RestrictedRecipient, RiskCategory, Urgency
from services.directory.desks import DutyDesks, duty_desks
from services.directory.loading import load_directory

MEXICO = ZoneInfo("America/Mexico_City")
DIRECTORY = load_directory()
DESKS = duty_desks()
WEDNESDAY_MORNING = datetime(2013, 6, 12, 10, 30, tzinfo=MEXICO)
NIGHT = datetime(2013, 6, 12, 23, tzinfo=MEXICO)
HOLIDAY = datetime(2013, 9, 16, 11, tzinfo=MEXICO)


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize(
    ("agency", "shelter", "desk"),
    [
        (Agency.ACNUR, "ALB-TAP-01", "ACNUR-CHP"),
        (Agency.ACNUR, "ALB-IXT-01", "ACNUR-OAX"),
        (Agency.UNICEF, "ALB-TEN-01", "UNICEF-TAB"),
        (Agency.OIT, "ALB-TEN-01", "OIT-REG"),
    ],
)
def test_an_open_desk_of_the_shelters_state_answers(urgency: Urgency, agency: Agency, shelter: str, desk: str) -> None:
    assert DESKS.answering(agency, shelter, urgency, WEDNESDAY_MORNING).code == desk


@pytest.mark.parametrize("moment", [NIGHT, HOLIDAY])
@pytest.mark.parametrize(
    ("urgency", "desk"), [("U0", "ACNUR-24H"), ("U1", "ACNUR-24H"), ("U2", "ACNUR-CHP"), ("U3", "ACNUR-CHP")]
)
def test_a_closed_desk_passes_on_what_cannot_wait_and_keeps_what_can(moment: datetime, urgency: str, desk: str) -> None:
    assert DESKS.answering(Agency.ACNUR, "ALB-TAP-01", Urgency(urgency), moment).code == desk


def test_a_shelter_that_has_left_the_directory_is_answered_at_every_hour() -> None:
    assert DESKS.answering(Agency.OIM, "ALB-XXX-09", Urgency.U3, NIGHT).code == "OIM-24H"


def test_a_state_without_a_desk_of_the_agencys_own_is_answered_by_the_one_of_every_hour() -> None:
    fewer = {code: desk for code, desk in DIRECTORY.duty_desks.items() if code != "ACNUR-TAB"}
    desks = DutyDesks.of(DIRECTORY.model_copy(update={"duty_desks": fewer}))
    assert desks.answering(Agency.ACNUR, "ALB-TEN-01", Urgency.U3, WEDNESDAY_MORNING).code == "ACNUR-24H"
    assert desks.version != DESKS.version


@given(
    st.sampled_from(Agency),
    st.sampled_from(sorted(DIRECTORY.shelters)),
    st.sampled_from(Urgency),
    st.datetimes(datetime(2013, 1, 1), datetime(2014, 12, 31), timezones=st.just(MEXICO)),  # noqa: DTZ001 - zoned
)
def test_any_flag_at_any_time_is_answered_by_a_desk_of_that_agency_and_no_other(
    agency: Agency, shelter: str, urgency: Urgency, moment: datetime
) -> None:
    found = DESKS.answering(agency, shelter, urgency, moment)
    desk = DIRECTORY.duty_desks[found.code]
    assert desk.agency is agency
    assert DIRECTORY.shelters[shelter].state in desk.states
    if urgency in {Urgency.U0, Urgency.U1}:
        assert found.hours.is_open(moment)


def test_no_desk_is_of_a_restricted_recipient_and_no_counterpart_is_an_agency() -> None:
    assert set(DIRECTORY.restricted) == set(RestrictedRecipient)
    assert {desk.agency for desk in DIRECTORY.duty_desks.values()} == set(Agency)
    assert not set(DIRECTORY.counterparts) & {*Agency, *RestrictedRecipient}


def test_an_officer_is_shown_the_bodies_with_the_legal_duty() -> None:
    assert DIRECTORY.bodies_for(RiskCategory.NNA_NA) == ("PPNNA", "DIF")
    assert DIRECTORY.bodies_for(RiskCategory.ASILO) == ("COMAR",)
    assert DIRECTORY.bodies_for(RiskCategory.GENERAL) == ()
