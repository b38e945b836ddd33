"""What an organisation's software is told of a fact: ids, states and times, in the shape of a CloudEvent. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.contract import CATALOGUE, Event, Recorded
from events.referral import Deadlines, ReferralFact, ReferralRequested
from events.vocabulary import Agency

TOLD: Mapping[str, type[Event]] = {
    name: event for name, event in CATALOGUE.items() if issubclass(event, ReferralFact) and name.startswith("referral.")
}
"""What can be subscribed to."""
FIELDS = frozenset(
    ("urgency", "deadlines", "deadline", "confirm_deletion_by", "appointment_at", "linked", "replaces", "clock", "rung")
)
"""Ids, classes and times. A new field of an event is not told before it stands here."""


def is_theirs(fact: Recorded[Event], org: str, *, sent: bool) -> bool:
    """Whether a fact is an organisation's business: an agency's once it was sent to it, a shelter's that registered it.

    What is reported about the staff of shelters (PEAS) is not told to a shelter (domain.md §5).
    """
    event = fact.event
    if not isinstance(event, ReferralFact):
        return False
    if event.agency == org:
        return sent or isinstance(event, ReferralRequested)
    return event.shelter == org and event.agency is not Agency.PEAS


def cloud_event(fact: Recorded[Event]) -> bytes:
    """The body: a CloudEvent 1.0 in structured mode."""
    event = fact.event
    assert isinstance(event, ReferralFact)  # noqa: S101 - nothing else is told
    said: dict[str, Any] = {
        "referral_id": str(fact.stream),
        "case_id": None if fact.case is None else str(fact.case),
        "agency": event.agency,
        "version": fact.version,
    }
    if event.STATE is not None:
        said["state"] = event.STATE
    for name, value in event:
        if name in FIELDS and value is not None:
            said[name] = _plain(value)
    body = {
        "specversion": "1.0",
        "id": str(fact.id),
        "source": "urn:canaliza:referral",
        "type": f"canaliza.{fact.topic}",
        "subject": str(fact.stream),
        "time": fact.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "sequence": str(fact.position),
        "datacontenttype": "application/json",
        "data": said,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Deadlines):
        # ``decide_by_if_asked`` is left out: its absence would tell of a legal clock
        return {name: _plain(getattr(value, name)) for name in ("acknowledge_by", "decide_by", "serve_by")}
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
