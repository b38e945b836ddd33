"""Goes through a log stream by stream: no version missing or twice, every event readable, no cause after its effect.

Streams come in the order of their ids, whatever their number: where the entries are was sorted in a temporary file.
"""

import struct
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from events.contract import Event, Recorded, UnknownEventError, UnreadableEventError, read
from services.audit.bundles.container import Bundle
from services.audit.bundles.domain import LogPart
from services.audit.verification.domain import Check
from services.audit.verification.entries import Entry, parse_entry
from services.audit.verification.spill import Spill
from services.audit.verification.trees import RECORD, located

CAUSE = struct.Struct(">16sBBQ")
"""An id; 0: the event itself has it, 1: a cause has it; the log's number; the position of the event or the effect."""
EVENT_ITSELF, EFFECT = 0, 1

Whole = Callable[[Sequence[Recorded[Event]]], None]
"""Gets each stream whose every event is readable."""


def check_streams(
    streams: Check, events: Check, bundle: Bundle, log: LogPart, places: Spill, causes: Spill, whole: Whole
) -> None:
    """Checks every stream of a log; ``causes`` collects what is compared across logs."""
    number = [one.name for one in bundle.head.logs].index(log.name)
    topics = frozenset(bundle.head.schemas)
    records = (RECORD.unpack(one) for one in places.sorted())
    for _, of_stream in groupby(records, key=lambda record: record[0]):
        streams.count("streams")
        history, after, expected = [], 0, 1
        readable = True
        for _, version, position, offset, size in of_stream:
            entry = parse_entry(bundle.at(offset, size))
            if entry is None:
                events.fault("entry_not_canonical", log=log.name, position=position)
                readable = False
                continue
            if entry.position != position:  # that it says another place was found before
                entry = entry._replace(position=position)
            _continuity(streams, log.name, entry, expected, after)
            after, expected = position, version + 1
            fact = _decoded(events, log.name, entry, topics)
            if fact is None:
                readable = False
                continue
            events.count("events")
            causes.add(CAUSE.pack(entry.id.bytes, EVENT_ITSELF, number, position))
            if fact.cause is not None:
                causes.add(CAUSE.pack(fact.cause.bytes, EFFECT, number, position))
            history.append(fact)
        if readable and history:
            whole(history)


def check_causes(check: Check, bundle: Bundle, causes: Spill) -> None:
    """No event is there twice, and none came before what led to it. What has another cause was a command."""
    names = [one.name for one in bundle.head.logs]
    records = (CAUSE.unpack(one) for one in causes.sorted())
    for _, of_id in groupby(records, key=lambda record: record[0]):
        found: tuple[int, int] | None = None
        for _, kind, log, position in of_id:
            if kind == EVENT_ITSELF:
                if found is not None:
                    check.fault("event_twice", log=names[log], position=position)
                found = (log, position)
            elif found is None:
                check.count("commands")
            else:
                check.count("causes")
                if found[0] == log and found[1] >= position:
                    check.fault("cause_after_effect", log=names[log], position=position, until=found[1])


def check_schemas(check: Check, bundle: Bundle, known: Callable[[str], bytes | None]) -> None:
    """Compares each schema of the bundle with this program's; ``known``: the content of a topic's, if it has one."""
    for topic in bundle.head.schemas:
        check.count("schemas")
        content = known(topic)
        if content is None:
            check.fault("schema_unknown", topic=topic)
        elif content != bundle.read(f"schemas/{topic}.json"):
            check.fault("schema_differs", topic=topic, path=f"schemas/{topic}.json")


def _continuity(check: Check, log: str, entry: Entry, expected: int, after: int) -> None:
    if entry.version < expected:
        check.fault("version_twice", **_where(log, entry))
    elif entry.version > expected:
        check.fault("version_missing", **_where(log, entry), until=after)
    elif entry.position <= after:
        check.fault("out_of_order", **_where(log, entry))


def _decoded(check: Check, log: str, entry: Entry, topics: frozenset[str]) -> Recorded[Event] | None:
    if entry.topic not in topics:
        check.fault("topic_without_schema", **_where(log, entry))
    try:
        fact = read(
            id=entry.id,
            stream=entry.stream,
            version=entry.version,
            topic=entry.topic,
            state=entry.state,
            position=entry.position,
        )
    except UnknownEventError:
        check.fault("unknown_event", **_where(log, entry))
        return None
    except (UnreadableEventError, RecursionError):
        check.fault("unreadable_event", **_where(log, entry))
        return None
    if fact.case != entry.case or _home(entry.topic) != log:
        check.fault("envelope_differs", **_where(log, entry))
    return fact


def _where(log: str, entry: Entry) -> dict[str, Any]:
    place = {"log": log, "position": entry.position}
    return {**place, **located(entry.stream, entry.version, entry.id, entry.topic)}


@cache
def _home(topic: str) -> str:
    """The log that an event belongs to, by its name."""
    return topic.partition(".")[0]
