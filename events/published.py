"""All events. Importing this module fills ``CATALOGUE``: a program that reads logs imports it once."""

from functools import cache

from events import (
    authorities,
    break_glass,
    capacity,
    continuity,
    devices,
    exports,
    intake,
    notifications,
    obligations,
    operations,
    readings,
    referral,
    security,
    silence,
    tampering,
    what_if,
)
from events.contract import CATALOGUE, Event

__all__ = [
    "authorities",
    "break_glass",
    "capacity",
    "continuity",
    "devices",
    "exports",
    "intake",
    "notifications",
    "obligations",
    "operations",
    "readings",
    "referral",
    "schemas",
    "security",
    "silence",
    "tampering",
    "what_if",
]


@cache
def schemas() -> dict[str, dict[str, object]]:
    """The JSON Schema of each event's data, by topic, e.g. ``intake.case_opened.v1``; built once, to be read only."""
    return {event.topic(): _schema(event) for _, event in sorted(CATALOGUE.items())}


def _schema(event: type[Event]) -> dict[str, object]:
    schema = event.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:canaliza:event:{event.topic()}",
        **schema,
    }
