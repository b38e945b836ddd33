"""A batch changes the queue of deliveries, in few statements, as its events would one after the other."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import Agency, Urgency
from services.notifications.delivery.projections import queue_steps

THEN = datetime(2013, 6, 12, 15, 32, tzinfo=UTC)
ALERTS = [UUID(int=number) for number in range(1, 5)]


def about(alert: UUID, kind: type[Event], attempt: int) -> Recorded[Event]:
    of_alert: dict[str, Any] = {"referral": uuid5(alert, "referral"), "agency": Agency.OIM}
    if kind is AlertRaised:
        of_alert |= {"urgency": Urgency.U1, "code": "7F3K"}
    if kind in (AlertDelivered, AlertNotDelivered):
        of_alert |= {"channel": "email", "contact": "OIM/email/1", "attempt": attempt}
    if kind is AlertNotDelivered:
        of_alert |= {"failure": "refused"}
    return Recorded(
        id=uuid5(alert, f"{kind.NAME} {attempt}"), stream=alert, version=1, case=None, occurred_at=THEN,
        recorded_at=THEN, actor="notifications", cause=None, event=kind(**of_alert),
    )  # fmt: skip


facts = st.builds(
    about,
    st.sampled_from(ALERTS),
    st.sampled_from([AlertRaised, AlertAnswered, AlertDelivered, AlertNotDelivered]),
    st.integers(1, 3),
)


@given(st.lists(facts, max_size=25))
def test_each_alert_is_queued_postponed_and_taken_out_in_the_order_of_its_facts(batch: list[Recorded[Event]]) -> None:
    alone: defaultdict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    for fact in batch:
        ((statement, (arguments,)),) = queue_steps([fact])
        alone[fact.stream].append((statement, arguments))
    together: defaultdict[UUID, list[tuple[str, Any]]] = defaultdict(list)
    for statement, rows in queue_steps(batch):
        assert len({row[0] for row in rows}) == len(rows), "one statement may touch a row once only"
        for row in rows:
            together[row[0]].append((statement, row))
    assert together == alone


def test_a_busy_hour_of_different_alerts_takes_one_statement_a_kind() -> None:
    kinds = (AlertRaised, AlertNotDelivered, AlertDelivered, AlertAnswered)
    batch = [about(UUID(int=number), kinds[number % 4], 1) for number in range(1, 101)]
    assert sorted(len(rows) for _, rows in queue_steps(batch)) == [25, 25, 25, 25]
