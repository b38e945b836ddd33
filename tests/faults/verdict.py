"""What became of every acknowledged submission, read from the logs, the streams and the read models themselves."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.notifications import AlertRaised
from events.referral import CaseAssessed, ReferralProposed, ReferralRequested
from services.chassis.eventlog.log_entry import LogEntry, decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.names import SERVICES
from services.chassis.operations.stream_reader import StreamCopy
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.domain import assess
from services.referral.routing.policy import load_rules
from services.upkeep import rebuild_read_models
from tests.faults.load import Acknowledged, Load
from tests.faults.stage import Stage

RULES = load_rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Counts of what is not as it must be. ``settled``: all that was sent had come to its end in time."""

    acknowledged: int
    unanswered: int
    unknown: int
    lost: int
    duplicated: int
    disordered: int
    views: int
    """Rows of read models that a replay would not give."""
    parked: int
    settled: bool

    @property
    def flawless(self) -> bool:
        """Nothing lost, nothing twice, everything in its order, and shown as it happened."""
        return self.settled and not (self.unanswered or self.lost or self.duplicated or self.disordered or self.views)


class ServiceDiedError(Exception):
    """A service ended by itself: whatever the figures, nobody would have started it again."""


async def audited(stage: Stage, load: Load, *, patience: float = 90.0) -> Verdict:
    """Waits until everything has come to rest, then counts."""
    died = [service for service, process in stage.processes.items() if process.poll() is not None]
    if died:
        raise ServiceDiedError(", ".join(died))
    settled = await stage.level(patience=patience)
    connection = await asyncpg.connect(stage.dsn)
    try:
        logs = {service: await _entries(connection, service) for service in SERVICES}
        facts = {service: [decode(entry) for entry in entries] for service, entries in logs.items()}
        parked = sum([await connection.fetchval(f"select count(*) from {one}.parked") for one in SERVICES])
        rebuilt = [await rebuild_read_models(stage.dsn, service, swap=False) for service in SERVICES]
        disordered = [await _disordered(stage, connection, service, entries) for service, entries in logs.items()]
    finally:
        await connection.close()
    return Verdict(
        acknowledged=len(load.acknowledged),
        unanswered=load.unanswered,
        unknown=load.unknown,
        lost=sum(_lost(one) for one in _indexed(load.acknowledged, facts)),
        duplicated=_duplicated(facts) + load.differing,
        disordered=sum(disordered),
        views=sum(sum(one.differing.values()) for one in rebuilt),
        parked=parked,
        settled=settled,
    )


async def _entries(connection: asyncpg.Connection, service: str) -> list[LogEntry]:
    rows = await connection.fetch(f"select {ENTRY_COLUMNS} from {service}.event order by position")
    return [from_row(row) for row in rows]


Facts = dict[str, list[Recorded[Any]]]


@dataclass(frozen=True, slots=True)
class _Followed:
    """One acknowledged submission with what the logs say of its case."""

    one: Acknowledged
    opened: list[Recorded[CaseOpened]]
    proposed: set[str]
    unalerted: int


def _indexed(acknowledged: Sequence[Acknowledged], facts: Facts) -> list[_Followed]:
    opened: dict[UUID, list[Recorded[Any]]] = {}
    for fact in _of(CaseOpened, facts["intake"]):
        opened.setdefault(fact.event.submission, []).append(fact)
    alerted = {fact.event.referral for fact in _of(AlertRaised, facts["notifications"])}
    sent = _of(ReferralRequested, facts["referral"])
    unalerted = Counter(fact.case for fact in sent if fact.stream not in alerted)
    proposed: dict[UUID | None, set[str]] = {}
    for fact in _of(ReferralProposed, facts["referral"]):
        proposed.setdefault(fact.case, set()).add(fact.event.agency)
    return [
        _Followed(one, opened.get(one.submission, []), proposed.get(one.case, set()), unalerted[one.case])
        for one in acknowledged
    ]


def _lost(followed: _Followed) -> int:
    """What a submission should have led to, by the rules alone, and did not."""
    day = day_in_mexico(datetime.fromisoformat(followed.one.document["occurred_at"]))
    expected = {proposal.agency for proposal in assess(followed.one.document, RULES, day).proposals}
    case_lost = not any(fact.stream == followed.one.case for fact in followed.opened)
    return case_lost + len(expected - followed.proposed) + followed.unalerted


def _duplicated(facts: Facts) -> int:
    """Cases, assessments, referrals and alerts that there are too many of."""
    of_kind: list[Counter[Any]] = [
        Counter(fact.event.submission for fact in _of(CaseOpened, facts["intake"])),
        Counter((fact.case, fact.cause) for fact in _of(CaseAssessed, facts["referral"])),
        # What expired while a clock was ahead goes on by itself, and may come back to an agency as a linked referral.
        Counter(
            (fact.case, fact.event.agency, fact.event.replaces, fact.event.follows)
            for fact in _of(ReferralProposed, facts["referral"])
        ),
        Counter(
            (fact.stream, fact.event.urgency, fact.event.escalation)
            for fact in _of(AlertRaised, facts["notifications"])
        ),
        *(Counter(fact.id for fact in log) for log in facts.values()),
    ]
    return sum(count - 1 for counts in of_kind for count in counts.values())


async def _disordered(stage: Stage, connection: asyncpg.Connection, service: str, entries: Sequence[LogEntry]) -> int:
    """Positions with gaps, versions out of order, and messages that are not the log's entry at their sequence.

    A clock may strike while it is counted: what came since is in the stream before it is in ``entries``.
    """
    gaps = sum(entry.position != place for place, entry in enumerate(entries, start=1))
    versions: Counter[UUID] = Counter()
    jumps = 0
    for entry in entries:
        versions[entry.stream] += 1
        jumps += entry.originator_version != versions[entry.stream]
    async with stage.administrator() as client:
        copy = StreamCopy(client.jetstream(), service, stage.outlet(service))
        theirs = [entry async for _, entry in copy.messages(1)]
    since = await _entries(connection, service)
    wrong = max(0, len(entries) - len(theirs)) + max(0, len(theirs) - len(since))
    wrong += sum(a is None or a.leaf_hash() != b.leaf_hash() for a, b in zip(theirs, since, strict=False))
    return gaps + jumps + wrong


def _of(kind: type[Event], facts: Sequence[Recorded[Any]]) -> list[Recorded[Any]]:
    return [fact for fact in facts if isinstance(fact.event, kind)]
