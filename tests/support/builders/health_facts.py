"""Facts of some days about how far cases have come, and about the channels by which alerts leave."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from events.contract import Event, Recorded
from events.notifications import AlertDelivered, AlertNotDelivered
from events.operations import CaseNotRouted, CaseRouted, ChannelFailing, ChannelRecovered
from events.referral import CaseAssessed
from tests.contract.golden_events import a_fact
from tests.support.system.logs import A_DAY

ASSESSED: Sequence[type[Event]] = (CaseAssessed, CaseNotRouted, CaseRouted)
ATTEMPTED: Sequence[type[Event]] = (
    AlertDelivered,
    AlertNotDelivered,
    AlertNotDelivered,
    ChannelFailing,
    ChannelRecovered,
)


def about(stream: UUID, position: int, event: Event, at: datetime | None = None) -> Recorded[Event]:
    """A fact of a stream's case, caused by another."""
    recorded = at or A_DAY + timedelta(seconds=position)
    return Recorded(
        id=uuid5(stream, str(position)), stream=stream, version=position, case=stream, occurred_at=recorded,
        recorded_at=recorded, actor="x", cause=uuid5(stream, f"cause {position}"), event=event, position=position,
    )  # fmt: skip


def a_days_assessments(source: random.Random, count: int) -> list[Recorded[Event]]:
    """What was assessed of a few cases, could not be digested and was digested after all."""
    cases = [UUID(int=n) for n in range(1, 7)]
    return [about(source.choice(cases), n, a_fact(source.choice(ASSESSED)).event) for n in range(1, count + 1)]


def days_of_channels(source: random.Random, count: int) -> list[Recorded[Event]]:
    """Attempts by three channels over some days, by a clock that is sometimes set back, and their outages."""
    facts = []
    for n in range(1, count + 1):
        channel = source.choice(("email", "sms", "push"))
        event = a_fact(source.choice(ATTEMPTED)).event.model_copy(update={"channel": channel})
        hours = timedelta(hours=2 * n - (30 if source.random() < 0.1 else 0))
        facts.append(about(uuid5(UUID(int=1), channel), n, event, A_DAY + hours))
    return facts
