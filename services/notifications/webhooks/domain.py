"""Which events an organisation receives, and what of them: ids, states and times, as a CloudEvent. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events.contract import CATALOGUE, Event, Recorded
from events.referral import Deadlines, ReferralEscalated, ReferralFact, ReferralFollowed, ReferralRequested
from events.vocabulary import Agency, ReferralClock
from services.chassis.errors import ServiceError

SUBSCRIBABLE: Mapping[str, type[Event]] = {
    name: event for name, event in CATALOGUE.items() if issubclass(event, ReferralFact) and name.startswith("referral.")
}
"""Events that can be subscribed to, by name."""
PAYLOAD_FIELDS = frozenset(
    ("urgency", "deadlines", "deadline", "confirm_deletion_by", "linked", "replaces", "clock", "rung")
)
"""Fields that are sent: ids, classes and times. A new field of an event is sent only once it is listed here."""


class TooManyWebhooksError(ServiceError):
    """The organisation has as many webhooks as one may have: active ones, or with those that were disabled."""

    code = "too_many_webhooks"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """How many webhooks one organisation may have."""

    active: int
    in_all: int
    """With those that were disabled, which nobody deletes by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedWebhook:
    """A webhook that one process serves until the lease expires."""

    id: UUID
    org: str
    url: str
    sealed_secret: bytes
    events: frozenset[str]
    position: int
    """The event of the referral log up to which everything was sent."""
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures of a webhook since a message was last taken."""

    attempts: int
    since: datetime | None


def topics(names: Sequence[str]) -> list[str]:
    """The names subscribed to, sorted; ``*`` stands for every event that exists now."""
    return sorted(SUBSCRIBABLE) if "*" in names else sorted(set(names))


def is_visible_to(fact: Recorded[Event], org: str, *, sent: bool) -> bool:
    """Whether an organisation receives an event: an agency once the referral was sent to it, or the case's shelter.

    A report about the staff of shelters (PEAS) is hidden from shelters (domain.md §5). Its agency learns that another
    referral follows one that has ended from that other one, if it is ever sent there.
    """
    event = fact.event
    if not isinstance(event, ReferralFact):
        return False
    if event.agency == org:
        of_a_wait = isinstance(event, ReferralEscalated) and event.clock is ReferralClock.WAITING
        if isinstance(event, ReferralFollowed) or of_a_wait:
            return False
        return sent or isinstance(event, ReferralRequested)
    return event.shelter == org and event.agency is not Agency.PEAS


def payload(fact: Recorded[Event], sequence: int) -> bytes:
    """The body of a message, a CloudEvent 1.0 in structured mode; ``sequence``: the subscription's own number."""
    event = fact.event
    assert isinstance(event, ReferralFact)  # noqa: S101 - only these are sent
    data: dict[str, Any] = {
        "referral_id": str(fact.stream),
        "case_id": None if fact.case is None else str(fact.case),
        "agency": event.agency,
        "version": fact.version,
    }
    if event.STATE is not None:
        data["state"] = event.STATE
    for name, value in event:
        if name in PAYLOAD_FIELDS and value is not None:
            data[name] = _plain(value)
    body = {
        "specversion": "1.0",
        "id": str(fact.id),
        "source": "urn:canaliza:referral",
        "type": f"canaliza.{fact.topic}",
        "subject": str(fact.stream),
        "time": fact.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "sequence": str(sequence),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Deadlines):
        # ``decide_by_if_asked`` is left out: its absence would reveal a legal deadline
        return {name: _plain(getattr(value, name)) for name in ("acknowledge_by", "decide_by", "serve_by")}
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
