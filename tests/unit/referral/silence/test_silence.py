"""When a desk or a shelter is silent, since when, and what ends it."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.silence import DeskFellSilent, DeskHeardAgain, ShelterFellSilent, ShelterHeardAgain
from events.vocabulary import Agency, SilenceMeasure, Urgency
from services.directory.written_hours import hours_of
from services.programme.policy_file import PolicyFaultsError, PolicyFile, read
from services.referral.silence.domain import (
    MonitoredParty,
    OwedReferral,
    PartyKind,
    after_in_season,
    due_fact,
    next_due_at,
    silence_due,
)
from services.referral.silence.policy import POLICY, Season, SilencePolicy, load_silence
from tests.support.builders.escalation import DAYS, HOURS, MINUTES
from tests.support.builders.referral import START

SILENCE = load_silence()
OFFICE = hours_of(("MO-FR 09:00-18:00",), on_holidays=False)
# START is a Wednesday, 12:00 in Mexico City.


def owed(sent: timedelta, within: timedelta, urgency: Urgency = Urgency.U1, *, waits: bool = True) -> OwedReferral:
    return OwedReferral(START + sent + within, START + sent, urgency, waits)


def desk(*what: OwedReferral, **changes: Any) -> MonitoredParty:
    return replace(MonitoredParty(kind=PartyKind.DESK, code="OIM-24H", agency=Agency.OIM, owed=what), **changes)


def shelter(**changes: Any) -> MonitoredParty:
    return replace(MonitoredParty(kind=PartyKind.SHELTER, code="ALB-TAP-01", heard_at=START), **changes)


class TestADesk:
    def test_that_owes_nothing_is_never_silent(self) -> None:
        assert next_due_at(desk(heard_at=START - 90 * DAYS), SILENCE) is None

    def test_where_something_waits_half_an_hour_past_its_time_is_silent_since_it_was_sent(self) -> None:
        party = desk(owed(0 * HOURS, HOURS))
        assert next_due_at(party, SILENCE) == START + 90 * MINUTES
        assert due_fact(party, SILENCE, START + 90 * MINUTES - timedelta(seconds=1)) is None
        told = due_fact(party, SILENCE, START + 90 * MINUTES)
        assert isinstance(told, DeskFellSilent)
        assert (told.since, told.measure, told.urgency) == (START, SilenceMeasure.WAITING, Urgency.U1)
        assert told.policy == SILENCE.version

    def test_that_was_heard_since_is_given_its_time_again(self) -> None:
        heard = START + 80 * MINUTES
        falls = silence_due(desk(owed(0 * HOURS, HOURS), heard_at=heard), SILENCE)
        assert falls is not None
        assert (falls.at, falls.since) == (heard + 30 * MINUTES, heard)

    def test_that_leaves_three_in_a_row_unanswered_is_silent_with_the_third(self) -> None:
        three = [owed(number * MINUTES, 15 * MINUTES, Urgency.U0) for number in range(3)]
        falls = silence_due(desk(*three), SILENCE)
        assert falls is not None
        assert (falls.at, falls.measure) == (START + 17 * MINUTES, SilenceMeasure.IN_A_ROW)
        answered_meanwhile = desk(*three, heard_at=START + 16 * MINUTES)
        again = silence_due(answered_meanwhile, SILENCE)
        assert again is not None
        assert again.measure is not SilenceMeasure.IN_A_ROW

    def test_that_has_seen_everything_and_decides_nothing_is_silent_after_a_day_of_its_hours(self) -> None:
        party = desk(owed(0 * HOURS, HOURS, waits=False), heard_at=START + HOURS)
        falls = silence_due(party, SILENCE)
        assert falls is not None
        assert (falls.at, falls.measure) == (START + 25 * HOURS, SilenceMeasure.NOTHING_DECIDED)

    def test_of_office_hours_is_not_silent_at_night(self) -> None:
        """Sent on Wednesday noon, to be acknowledged by four: four open hours later is Thursday at eleven."""
        falls = silence_due(desk(owed(0 * HOURS, 4 * HOURS, Urgency.U2), hours=OFFICE), SILENCE)
        assert falls is not None
        assert falls.at == datetime(2013, 6, 13, 16, tzinfo=UTC)

    def test_recovers_with_its_first_sign_of_life_and_not_before(self) -> None:
        silent = desk(owed(0 * HOURS, HOURS), silent_at=START + 2 * HOURS, since=START, heard_at=START - HOURS)
        silent = replace(silent, last_heard=START - HOURS)
        assert next_due_at(silent, SILENCE) is None
        assert due_fact(silent, SILENCE, START + 14 * DAYS) is None
        heard = replace(silent, heard_at=START + 3 * HOURS)
        told = due_fact(heard, SILENCE, START + 3 * HOURS)
        assert isinstance(told, DeskHeardAgain)
        assert (told.since, told.heard_at) == (START, START + 3 * HOURS)


class TestAShelter:
    def test_is_silent_two_days_after_its_last_sign_of_life_and_recovers_with_the_next(self) -> None:
        assert due_fact(shelter(), SILENCE, START + 2 * DAYS - MINUTES) is None
        told = due_fact(shelter(), SILENCE, START + 2 * DAYS)
        assert isinstance(told, ShelterFellSilent)
        assert told.since == START
        silent = shelter(silent_at=START + 2 * DAYS, since=START, last_heard=START)
        assert due_fact(silent, SILENCE, START + 9 * DAYS) is None
        again = due_fact(replace(silent, heard_at=START + 3 * DAYS), SILENCE, START + 3 * DAYS)
        assert isinstance(again, ShelterHeardAgain)

    def test_in_caravan_mode_is_silent_sooner(self) -> None:
        assert next_due_at(shelter(caravan=True), SILENCE) == START + DAYS

    def test_that_never_gave_a_sign_of_life_is_not_silent(self) -> None:
        assert next_due_at(shelter(heard_at=None), SILENCE) is None

    def test_is_not_missed_while_it_is_closed(self) -> None:
        season = Season(opens="02-01", closes="06-12")
        party = shelter(season=season)
        # The rest of the season's last day counts, then nothing until February.
        left = datetime(2013, 6, 13, 5, tzinfo=UTC) - START
        assert next_due_at(party, SILENCE) == datetime(2014, 2, 1, 6, tzinfo=UTC) + 2 * DAYS - left

    @given(
        opens=st.dates(datetime(2013, 1, 1).date(), datetime(2013, 12, 31).date()),  # noqa: DTZ001 - only its day
        closes=st.dates(datetime(2013, 1, 1).date(), datetime(2013, 12, 31).date()),  # noqa: DTZ001 - only its day
        hours=st.integers(1, 400),
    )
    def test_is_given_all_its_time_in_any_season(self, opens: Any, closes: Any, hours: int) -> None:
        season = Season(opens=f"{opens:%m-%d}", closes=f"{closes:%m-%d}")
        at = after_in_season(START, hours * HOURS, season)
        assert at is None or at >= START + hours * HOURS
        if at is not None:
            assert after_in_season(START, hours * HOURS, None) == START + hours * HOURS


@given(
    lates=st.lists(st.integers(0, 4000), min_size=1, max_size=8),
    heard=st.none() | st.integers(0, 4000),
    looks=st.lists(st.integers(0, 6000), max_size=6),
)
def test_a_silence_is_recorded_once_whenever_the_job_runs(
    lates: list[int], heard: int | None, looks: list[int]
) -> None:
    party = desk(*(owed(late * MINUTES, 15 * MINUTES) for late in lates))
    told = []
    for minute in sorted({*looks, 20_000}):
        now = START + minute * MINUTES
        if heard is not None and heard <= minute:
            party = replace(party, heard_at=START + heard * MINUTES)
        event = due_fact(party, SILENCE, now)
        if isinstance(event, DeskFellSilent):
            party = replace(party, silent_at=now, since=event.since, last_heard=event.last_heard)
        if isinstance(event, DeskHeardAgain):
            party = replace(party, silent_at=None, since=None)
        told += [] if event is None else [type(event)]
        assert due_fact(party, SILENCE, now) is None or isinstance(event, DeskHeardAgain)
    assert all(one is not other for one, other in pairwise(told)), "the same twice in a row"


FILE = read(POLICY)


def changed(place: tuple[Any, ...], value: Any) -> PolicyFile:
    data = deepcopy(FILE.data)
    parent = data
    for step in place[:-1]:
        parent = parent[step]
    if value is ...:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return PolicyFile(FILE.path, data, FILE.lines)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("usual",), ...),
        (("usual", "desks", "every_hour", "waiting"), "PT0S"),
        (("usual", "desks", "every_hour", "waiting"), "PT5H"),
        (("caravan", "desks", "every_hour", "waiting"), "PT31M"),
        (("usual", "desks", "office_hours", "in_a_row"), 1),
        (("usual", "shelters", "quiet"), "-PT1H"),
        (("caravan", "shelters", "often"), "PT1H"),
        (("seasons",), {"ALB-TAP-01": {"opens": "02-30", "closes": "11-30"}}),
        (("seasons",), {"ALB-TAP-01": {"opens": "2-1", "closes": "11-30"}}),
    ],
)
def test_a_fault_in_the_thresholds_is_reported_with_file_and_line(place: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(PolicyFaultsError) as refused:
        SilencePolicy.from_file(changed(place, value))
    assert all(fault.startswith(f"{POLICY}:") for fault in refused.value.faults)


@pytest.mark.parametrize("kind", ["every_hour", "office_hours"])
@pytest.mark.parametrize("caravan", [False, True])
@pytest.mark.parametrize("name", ["waiting", "in_a_row", "nothing_decided"])
def test_every_threshold_of_a_desk_matters(*, kind: str, caravan: bool, name: str) -> None:
    """Each threshold, changed alone, moves the moment at which some desk counts as silent."""

    def moments(policy: SilencePolicy) -> list[datetime | None]:
        hours = {"hours": OFFICE} if kind == "office_hours" else {}
        waits = [owed(number * MINUTES, HOURS) for number in range(8)]
        situations = ([waits[0]], waits, [owed(0 * HOURS, HOURS, waits=False)])
        return [next_due_at(desk(*one, caravan=caravan, **hours), policy) for one in situations]

    which = "caravan" if caravan else "usual"
    value = (
        2
        if name == "in_a_row"
        else {"waiting": "PT10M" if (caravan, kind) == (True, "every_hour") else "PT50M", "nothing_decided": "PT3H"}[
            name
        ]
    )
    other = SilencePolicy.from_file(changed((which, "desks", kind, name), value))
    assert moments(other) != moments(SILENCE)
    assert other.version != SILENCE.version
