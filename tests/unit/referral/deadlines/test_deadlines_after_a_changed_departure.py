"""After a changed departure the deadlines follow, never beyond the class's and never at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import Urgency
from services.referral.deadlines.policy import load_clocks

CLOCKS = load_clocks()
SENT = datetime(2013, 6, 12, 15, tzinfo=UTC)
DEPARTURES = st.sampled_from(["today", "24h", "72h", "7d", "staying", "unknown"])
SPANS = st.timedeltas(timedelta(0), timedelta(days=8))


@given(st.sampled_from(Urgency), DEPARTURES, SPANS, SPANS)
def test_a_recalculated_deadline_is_within_its_class_and_leaves_time_to_act(
    urgency: Urgency, departure: str, asked: timedelta, later: timedelta
) -> None:
    now, said = SENT + later, {"planned_departure": departure}
    again = CLOCKS.again(urgency, (), said, occurred_at=SENT + asked, sent_at=SENT, now=now)
    at_first = CLOCKS.deadlines(urgency, (), {}, occurred_at=SENT, sent_at=SENT)
    least = now + CLOCKS.least
    assert least <= again.decide_by <= max(at_first.decide_by, least)
    assert again.acknowledge_by <= again.decide_by <= again.serve_by
    assert again.decide_by_if_asked is None or again.decide_by_if_asked >= again.decide_by
    if urgency is not Urgency.U3 and departure in {"today", "24h", "72h", "7d"}:
        leaves = SENT + asked + CLOCKS.departure.stays[departure] - CLOCKS.departure.margin
        assert again.decide_by <= max(leaves, least)
