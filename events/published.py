"""All events. Importing this module fills ``CATALOGUE``: a program that reads logs imports it once."""

from events import (
    authorities,
    break_glass,
    capacity,
    continuity,
    exports,
    intake,
    notifications,
    obligations,
    operations,
    referral,
    security,
    silence,
)
from events.contract import CATALOGUE, Event

__all__ = [
    "authorities",
    "break_glass",
    "capacity",
    "continuity",
    "exports",
    "intake",
    "notifications",
    "obligations",
    "operations",
    "referral",
    "schemas",
    "security",
    "silence",
]


def schemas() -> dict[str, dict[str, object]]:
    """The JSON Schema of each event's data, by topic, e.g. ``intake.case_opened.v1``."""
    return {event.topic(): _schema(event) for _, event in sorted(CATALOGUE.items())}


def _schema(event: type[Event]) -> dict[str, object]:
    schema = event.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:canaliza:event:{event.topic()}",
        **schema,
    }
