"""The golden samples of every event, and events read from them."""

from typing import Any
from uuid import UUID

from events.contract import (
    CATALOGUE,
    Event,
    Recorded,
    read,
)
from tests.contract.regenerate import GOLDEN, golden_of

EVENTS = sorted(CATALOGUE.values(), key=lambda event: event.NAME)


SAMPLES = sorted(GOLDEN.glob("*.json"))


def named(event: type[Event]) -> str:
    return event.NAME


def read_again(entry: dict[str, Any]) -> Recorded[Event]:
    return read(
        id=UUID(entry["id"]),
        stream=UUID(entry["stream"]),
        version=entry["version"],
        topic=entry["topic"],
        state=entry["state"].encode(),
    )


def a_fact(event: type[Event]) -> Recorded[Event]:
    """One of today's version, with every field."""
    return read_again(golden_of(event)[0])
