"""Every open referral has a running clock (domain.md §6): what nobody moves is followed up until somebody does."""

from datetime import timedelta
from typing import Any

import pytest

from events.contract import Event, Recorded
from events.referral import (
    LoopClosed,
    ReferralAccepted,
    ReferralCancelled,
    ReferralDeclined,
    ReferralEscalated,
    ServiceStarted,
)
from events.vocabulary import Confirmation, Urgency
from services.chassis.clock import MEXICO
from services.referral.deadlines.calendar import is_working_day
from tests.support.builders.escalation import DAYS, DECLINED, HOURS, Silence, is_follow_up


def follow_ups(silent: Silence) -> list[Recorded[ReferralEscalated]]:
    return [fact for fact in silent.history if is_follow_up(fact)]


@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize(
    ("kind", "says"),
    [(None, {}), (ReferralAccepted, {}), (ReferralDeclined, DECLINED)],
    ids=["expired", "accepted", "declined"],
)
def test_what_nobody_moves_is_followed_up_each_working_day_until_somebody_does(
    urgency: Urgency, kind: type[Event] | None, says: dict[str, Any]
) -> None:
    silent = Silence(urgency)
    if kind is not None:
        silent.somebody(kind, **says)
    silent.passes(40 * DAYS, step=HOURS)
    found = follow_ups(silent)
    days = [fact.recorded_at.astimezone(MEXICO).date() for fact in found]
    assert len(days) == len(set(days)) >= 10
    assert all(map(is_working_day, days))
    assert {(fact.event.rung, fact.event.whom) for fact in found} == {("still_open", ("supervisor", "coordinator"))}
    others = [fact.recorded_at for fact in silent.history if not is_follow_up(fact)]
    assert found[0].recorded_at - max(others) >= timedelta(hours=23), "a working day after the last rung, not with it"
    silent.somebody(ReferralCancelled)
    assert silent.next is None


def test_a_service_is_asked_for_each_week() -> None:
    silent = Silence(Urgency.U2)
    silent.somebody(ReferralAccepted)
    silent.somebody(ServiceStarted)
    silent.passes(30 * DAYS, step=HOURS)
    found = follow_ups(silent)
    assert [fact.event.rung for fact in found] == ["still_in_service"] * 4
    assert [fact.recorded_at - found[0].recorded_at for fact in found] == [number * 7 * DAYS for number in range(4)]


def test_after_an_outage_a_follow_up_fires_once_and_not_for_each_that_was_missed() -> None:
    silent = Silence(Urgency.U1).passes(DAYS, step=HOURS).outage(60 * DAYS)
    assert len(follow_ups(silent)) == 1
    silent.outage(timedelta(minutes=1))
    assert len(follow_ups(silent)) == 1


def test_what_has_ended_is_followed_up_by_nobody() -> None:
    silent = Silence(Urgency.U3)
    silent.somebody(ReferralAccepted)
    silent.somebody(LoopClosed, confirmation=Confirmation.YES)
    assert silent.next is None
    assert follow_ups(silent.outage(60 * DAYS)) == []
