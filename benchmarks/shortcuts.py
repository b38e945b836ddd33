"""Each shortcut beside the plain way: the processor time it saves per case.

A shortcut is code that takes the place of a library's own because that was too slow. One that saves less than a
hundredth of a case, or of a rebuilt event's share, is not worth its lines (ADR 0025).
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from timeit import repeat
from typing import Any
from uuid import UUID, uuid4

from nats.aio.msg import Msg

from events.contract import Recorded
from events.intake import ShelterHeard
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.sql import from_row
from services.chassis.ids import parse_uuid, uuid5
from services.chassis.messaging.delivery import sequence_of
from services.chassis.messaging.header_parser import THEIRS, parse
from services.chassis.names import Names
from services.chassis.replication.cloudevents import Copy
from services.chassis.replication.outlet import Outlet

REPEATS = 7
REPLY = "$JS.ACK.LOG_intake.referral.1.55.55.1700000000000000000.0"

Shortcut = tuple[str, float, Callable[[], object], Callable[[], object]]
"""Its name, how often a case of the sample day takes it in all services together, the plain way and the short one."""


def shortcuts() -> Sequence[Shortcut]:
    """Those that are there. How often: counted with ``python -m benchmarks.walk`` and the mean of the day."""
    entry, fact, outlet = _entry(), _fact(), Outlet(Names(), "token", bytes(32))
    text, namespace = str(uuid4()), uuid4()
    raw = (
        "NATS/1.0\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in Copy.of(entry, outlet).headers().items())
        + "\r\n"
    ).encode()
    block = raw.removeprefix(b"NATS/1.0\r\n")
    row = (1, entry.id, entry.stream, 3, entry.topic, entry.case, entry.recorded_at, entry.state)
    return (
        ("NATS headers parsed", 35, lambda: THEIRS(block), lambda: parse(block)),
        ("NATS command written", 9, lambda: _written(entry, outlet), lambda: Copy.of(entry, outlet).command()),
        ("stream sequence read", 21, lambda: _message().metadata.sequence.stream, lambda: sequence_of(_message())),
        ("id read from text", 63, lambda: UUID(text), lambda: parse_uuid(text)),
        ("id derived", 19, lambda: uuid.uuid5(namespace, "referral/1"), lambda: uuid5(namespace, "referral/1")),
        ("entry made from its row", 7, lambda: _entry_from(row), lambda: from_row(row)),
        ("fact placed in its log", 7, lambda: replace(fact, position=7), lambda: fact.at(7)),
    )


def measured() -> list[dict[str, Any]]:
    """Microseconds each way and what a case saves; the best of several runs, so that other work counts little."""
    return [
        {"name": name, "times": times, "plain": (slow := _microseconds(plain)), "short": (fast := _microseconds(short)),
         "saved": times * (slow - fast)}
        for name, times, plain, short in shortcuts()
    ]  # fmt: skip


def _microseconds(call: Callable[[], object], number: int = 5_000) -> float:
    return min(repeat(call, number=number, repeat=REPEATS)) / number * 1e6


def _entry() -> LogEntry:
    return LogEntry(
        originator_id=uuid4(),
        originator_version=3,
        topic="referral.requested.v1",
        state=b"x" * 900,
        id=uuid4(),
        case=uuid4(),
        recorded_at=datetime.now(UTC),
        position=1234,
    )


def _fact() -> Recorded[ShelterHeard]:
    now = datetime.now(UTC)
    heard = ShelterHeard(shelter="ALB-TAP-01", device=None, waiting=0)
    return Recorded(
        id=uuid4(), stream=uuid4(), version=1, case=None, occurred_at=now, recorded_at=now,
        actor="x", cause=None, event=heard,
    )  # fmt: skip


def _entry_from(row: tuple[Any, ...]) -> LogEntry:
    position, id_, stream, version, topic, case, recorded_at, state = row
    return LogEntry(
        originator_id=stream, originator_version=version, topic=topic, state=state,
        id=id_, case=case, recorded_at=recorded_at, position=position,
    )  # fmt: skip


def _written(entry: LogEntry, outlet: Outlet) -> bytes:
    """A message as the client writes it, without the checks of each header."""
    block = b"".join(f"{name}: {value}\r\n".encode() for name, value in Copy.of(entry, outlet).headers().items())
    head = f"HPUB {outlet.subject(entry.name)}  {len(block) + 12} {len(block) + 12 + len(entry.state)}\r\n".encode()
    return b"".join((head, b"NATS/1.0\r\n", block, b"\r\n", entry.state, b"\r\n"))


def _message() -> Msg:
    return Msg(_client=None, subject="canaliza.x", reply=REPLY, data=b"")  # type: ignore[arg-type]  # none is needed
