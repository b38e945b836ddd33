"""Whoever reviews security sees everything that left with a file, whichever service gave it."""

from events import exports
from events.contract import Event
from services.audit.security.domain import LISTED


def test_every_event_of_an_export_is_on_the_list_of_security() -> None:
    found = {
        one
        for one in vars(exports).values()
        if isinstance(one, type) and issubclass(one, Event) and one.__module__ == exports.__name__
    }
    assert len(found) >= 2
    assert found <= {event for events in LISTED.values() for event in events}
