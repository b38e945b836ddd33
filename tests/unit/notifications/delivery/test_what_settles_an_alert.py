"""An alert is settled by events of its referral after the one that it was last raised for, and by nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from events.contract import CATALOGUE, Event, Recorded
from events.notifications import AlertRaised
from events.referral import ReferralEscalated, ReferralFact, ReferralRequested
from events.vocabulary import Agency, Urgency
from services.notifications.alerts.reactions import end_alerts, reactions
from services.notifications.alerts.settling import ENDING, STOPS
from services.notifications.delivery.suppression import is_settled
from tests.contract.golden_events import a_fact

THEN = datetime(2013, 6, 12, 15, 32, tzinfo=UTC)
REFERRAL = UUID(int=7)
KINDS = [kind for kind in CATALOGUE.values() if issubclass(kind, ReferralFact)]
RAISES = (ReferralRequested, ReferralEscalated)


def recorded(stream: UUID, version: int, event: Event, cause: UUID | None = None) -> Recorded[Event]:
    return Recorded(
        id=uuid5(stream, str(version)), stream=stream, version=version, case=None, occurred_at=THEN,
        recorded_at=THEN, actor="x", cause=cause, event=event,
    )  # fmt: skip


@given(st.lists(st.sampled_from(KINDS), max_size=12))
def test_an_alert_counts_as_settled_exactly_when_the_reactions_will_end_it(kinds: list[type[Event]]) -> None:
    everything: list[type[Event]] = [ReferralRequested, *kinds]
    facts = [recorded(REFERRAL, at, a_fact(kind).event) for at, kind in enumerate(everything, start=1)]
    raising = [fact for fact in facts if isinstance(fact.event, RAISES)]
    alert: list[Recorded[Event]] = [
        recorded(
            UUID(int=8), at,
            AlertRaised(referral=REFERRAL, agency=Agency.OIM, urgency=Urgency.U1, code="7F3K"), cause=fact.id,
        )
        for at, fact in enumerate(raising, start=1)
    ]  # fmt: skip
    later = facts[facts.index(raising[-1]) + 1 :]
    assert is_settled(alert, facts) == any(isinstance(fact.event, STOPS) for fact in later)


def test_every_event_that_may_end_an_alert_is_reacted_to_first() -> None:
    table = reactions(timedelta(minutes=10))
    ending = {kind for kind in ENDING if issubclass(kind, ReferralFact)}
    assert {kind for kind, chain in table.items() if chain[0] is end_alerts} == ending
    assert {kind for kind, chain in table.items() if end_alerts in chain[1:]} == set()
