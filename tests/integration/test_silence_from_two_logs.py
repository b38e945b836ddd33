"""A silence follows from the facts of two logs, however they interleave, are batched, or the clock jumps between."""

import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations, groupby, pairwise
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest

from events.contract import Event, Recorded
from events.intake import ConsentWithdrawn, ShelterHeard
from events.referral import (
    CaseAssessed,
    Deadlines,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralHandedOver,
    RulesAdopted,
)
from events.silence import (
    CaravanBegan,
    CaravanEnded,
    DeskFellSilent,
    DeskHeardAgain,
    ShelterFellSilent,
    ShelterHeardAgain,
)
from events.vocabulary import Agency, CaravanEnd, CaravanReason, SilenceMeasure, Urgency
from services.chassis.eventlog.append import Append, Progress
from services.chassis.eventlog.log import MAPPER
from services.chassis.operations.migrate import migrate_database
from services.chassis.operations.rebuild import rebuild
from services.chassis.secrets.installation import Secrets
from services.directory.desks import duty_desks
from services.referral.projections import ReferralProjections, models
from tests.support.builders.referral import MORE_URGENT, PROPOSED, SENT, START, WHOSE
from tests.support.system.logs import database_of, opened
from tests.support.system.schedulers import guarded, projecting

DESKS = ("ACNUR-24H", "ACNUR-CHP", "ACNUR-OAX")
SHELTERS = ("ALB-TAP-01", "ALB-IXT-01")
TABLES = ("watch", "timer", "referral", "caravan")
MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICER, WORKER = "officer:ACNUR:guardia-1", "shelter_worker:{}:t-1"

Fact = Recorded[Any]
Batch = tuple[str, Sequence[Fact]]
"""A log's name, and the facts of one transaction."""


@dataclass
class Logs:
    """Both logs as they grow, by a clock that may jump between two facts."""

    source: random.Random
    now: datetime = START
    facts: list[tuple[str, Fact]] = field(default_factory=list)
    versions: dict[UUID, int] = field(default_factory=dict)
    open: dict[UUID, str] = field(default_factory=dict)
    """Referrals that were sent and are undecided, with their shelter."""

    def says(self, event: Event, *, stream: UUID | None = None, actor: str = "rules:2013.1", log: str = "") -> UUID:
        log = log or "referral"
        stream = stream or UUID(int=self.source.getrandbits(128))
        self.versions[stream] = version = self.versions.get(stream, 0) + 1
        self.now += timedelta(seconds=1)
        position = 1 + sum(of == log for of, _ in self.facts)
        fact: Fact = Recorded(
            id=uuid5(stream, str(version)), stream=stream, version=version, case=uuid5(stream, "case"),
            occurred_at=self.now, recorded_at=self.now, actor=actor, cause=None, event=event, position=position,
        )  # fmt: skip
        self.facts.append((log, fact))
        return stream

    def of(self, log: str) -> list[Fact]:
        return [fact for of, fact in self.facts if of == log]

    def jumps(self) -> None:
        self.now += self.source.choice((3 * DAYS, -4 * DAYS, -1 * DAYS, HOURS, 10 * MINUTES))

    def flags(self) -> None:
        shelter = self.source.choice(SHELTERS)
        self.says(CaseAssessed(submission=UUID(int=1), shelter=shelter, lead=None, categories=(), rule_set="2013.1"))

    def gives_a_sign(self) -> None:
        shelter = self.source.choice(SHELTERS)
        sign: Event = ShelterHeard(shelter=shelter, waiting=0)
        if self.source.random() < 0.3:
            sign = ConsentWithdrawn(shelter=shelter, receipt=UUID(int=14), recipient=Agency.ACNUR)
        self.says(sign, actor=WORKER.format(shelter), log="intake")

    def sends(self) -> None:
        shelter, urgency = self.source.choice(SHELTERS), self.source.choice(list(Urgency))
        referral = self.says(PROPOSED.model_copy(update={"shelter": shelter, "urgency": urgency}))
        sent = {"shelter": shelter, "urgency": urgency, "desk": self.source.choice(DESKS), "deadlines": self.due()}
        self.says(SENT.model_copy(update=sent), stream=referral)
        self.open[referral] = shelter

    def due(self) -> Deadlines:
        """On the hour: many fall due at one moment, as all of a night's do."""
        hour = self.now.replace(minute=0, second=0)
        return Deadlines(acknowledge_by=hour + HOURS, decide_by=hour + DAYS, serve_by=hour + 3 * DAYS)

    def is_answered(self) -> None:
        if self.open:
            referral = self.source.choice(list(self.open))
            kind = self.source.choice((ReferralAcknowledged, ReferralAccepted))
            self.says(kind(agency=Agency.ACNUR, shelter=self.open[referral]), stream=referral, actor=OFFICER)
            if kind is ReferralAccepted:
                del self.open[referral]

    def goes_to_another_desk(self) -> None:
        if self.open:
            referral = self.source.choice(list(self.open))
            anew = {"shelter": self.open[referral], "desk": self.source.choice(DESKS), "deadlines": self.due()}
            self.says(MORE_URGENT.model_copy(update=anew), stream=referral)

    def is_handed_over(self) -> None:
        if self.open:
            referral = self.source.choice(list(self.open))
            self.open[referral] = shelter = self.source.choice(SHELTERS)
            moved = ReferralHandedOver(agency=Agency.ACNUR, shelter=shelter)
            self.says(moved, stream=referral, actor=WORKER.format(shelter))

    def falls_silent_or_is_heard(self) -> None:
        desk, shelter = self.source.choice(DESKS), self.source.choice(SHELTERS)
        before = self.now - self.source.choice((HOURS, DAYS))
        told: Sequence[Event] = (
            DeskFellSilent(
                desk=desk, agency=Agency.ACNUR, since=before, measure=SilenceMeasure.WAITING, policy="1",
                last_heard=before,
            ),
            DeskHeardAgain(desk=desk, agency=Agency.ACNUR, since=before, heard_at=self.now),
            ShelterFellSilent(shelter=shelter, since=before, policy="1", last_heard=before),
            ShelterHeardAgain(shelter=shelter, since=before, heard_at=self.now),
        )  # fmt: skip
        self.says(self.source.choice(told), actor="clock:1")

    def has_a_caravan(self) -> None:
        shelters = (self.source.choice(SHELTERS),)
        began = CaravanBegan(
            states=(), shelters=shelters, reason=CaravanReason.CARAVAN, until=self.now + 9 * DAYS, ladders="1",
            silence="1",
        )  # fmt: skip
        mode = self.says(began)
        if self.source.random() < 0.7:
            self.flags()
            self.says(CaravanEnded(states=(), shelters=shelters, how=CaravanEnd.TURNED_OFF), stream=mode)


def some_days(seed: int, count: int = 30) -> Logs:
    """Both logs of a programme whose clock jumps back and forth; random, but the same for a seed."""
    logs = Logs(random.Random(seed))
    adopted = RulesAdopted(rule_set="2013.1", deadlines="2013.1", content="0" * 64, directory="1")
    logs.says(adopted)
    happenings = (
        *(3 * [logs.jumps, logs.sends, logs.gives_a_sign, logs.is_answered]),
        *(2 * [logs.flags, logs.goes_to_another_desk]),
        logs.is_handed_over,
        logs.falls_silent_or_is_heard,
        logs.has_a_caravan,
    )
    for _ in range(count):
        logs.source.choice(happenings)()
        if logs.source.random() < 0.05:
            logs.says(adopted)
    return logs


def interleaved(own: Sequence[Fact], theirs: Sequence[Fact], source: random.Random) -> Iterator[Batch]:
    """Both logs interleaved, keeping the order of each, and cut into batches anywhere."""
    order = ["referral"] * len(own) + ["intake"] * len(theirs)
    source.shuffle(order)
    rest, often = {"referral": iter(own), "intake": iter(theirs)}, source.choice((0.1, 0.5, 1.0))
    for log, places in groupby(order):
        facts = [next(rest[log]) for _ in places]
        cuts = [0, *(at for at in range(1, len(facts)) if source.random() < often), len(facts)]
        yield from ((log, facts[first:last]) for first, last in pairwise(cuts))


@cache
def projection() -> ReferralProjections:
    return projecting(duty_desks())


async def written(connection: asyncpg.Connection, batch: Batch) -> None:
    log, facts = batch
    await (projection() if log == "referral" else projection().record_heartbeats)(connection, facts)


async def shown(connection: asyncpg.Connection, batches: Sequence[Batch]) -> dict[str, list[dict[str, Any]]]:
    """The tables' rows after these batches; rolled back."""
    undone = connection.transaction()
    await undone.start()
    try:
        for batch in batches:
            await written(connection, batch)
        found = {table: await connection.fetch(f"select * from {table}") for table in TABLES}
        return {table: sorted(map(dict, rows), key=str) for table, rows in found.items()}
    finally:
        await undone.rollback()


@pytest.fixture
async def connection(database: str, secrets: Secrets) -> AsyncIterator[asyncpg.Connection]:
    connection = await database_of(database, secrets, "referral").connect()
    await connection.execute("select set_config('canaliza.role', 'system', false)")  # set here, as no append does it
    yield connection
    await connection.close()


@pytest.mark.parametrize("seed", range(12))
async def test_silence_is_known_the_same_however_two_logs_interleave(connection: asyncpg.Connection, seed: int) -> None:
    logs = some_days(seed)
    own, theirs = logs.of("referral"), logs.of("intake")
    as_rebuilt = await shown(connection, [("referral", own), ("intake", theirs)])
    assert as_rebuilt["watch"]
    as_it_came = await shown(connection, [(log, [fact]) for log, fact in logs.facts])
    assert as_it_came == as_rebuilt
    for _ in range(8):
        assert await shown(connection, list(interleaved(own, theirs, logs.source))) == as_rebuilt


async def test_every_interleaving_and_every_cut_of_a_few_signs_of_life_is_one_and_the_same(
    connection: asyncpg.Connection,
) -> None:
    """A shelter flags by a clock three days ahead and again by the right one, and sends heartbeats by both."""
    logs = Logs(random.Random(1))
    logs.says(RulesAdopted(rule_set="2013.1", deadlines="2013.1", content="0" * 64, directory="1"))
    for jump in (3 * DAYS, -3 * DAYS - HOURS):
        logs.now += jump
        flagged = CaseAssessed(submission=UUID(int=1), shelter=SHELTERS[0], lead=None, categories=(), rule_set="1")
        logs.says(ShelterHeard(shelter=SHELTERS[0], waiting=0), actor=WORKER.format(SHELTERS[0]), log="intake")
        logs.says(flagged)
    own, theirs = logs.of("referral"), logs.of("intake")
    last = max(fact.recorded_at for _, fact in logs.facts)
    outcomes = []
    for places in combinations(range(5), len(theirs)):
        rest = {"referral": iter(own), "intake": iter(theirs)}
        order = [(log, next(rest[log])) for log in ("intake" if at in places else "referral" for at in range(5))]
        for cut in range(2**4):
            batches: list[tuple[str, list[Fact]]] = []
            for at, (log, fact) in enumerate(order):
                if at and batches[-1][0] == log and not cut >> (at - 1) & 1:
                    batches[-1][1].append(fact)
                else:
                    batches.append((log, [fact]))
            outcomes.append(await shown(connection, batches))
    (watch,) = [row for row in outcomes[0]["watch"] if row["code"] == SHELTERS[0]]
    assert (watch["heard_at"], watch["next_at"]) == (last, last + 2 * DAYS), "the latest sign of life counts"
    assert all(outcome == outcomes[0] for outcome in outcomes)


async def test_what_a_desk_does_for_a_referral_that_it_loses_is_its_own_sign_of_life(
    connection: asyncpg.Connection,
) -> None:
    """Acknowledged at one desk, then sent to another, more urgent: that is no sign of life of the second."""
    logs = Logs(random.Random(1))
    referral = logs.says(PROPOSED)
    logs.says(SENT.model_copy(update={"desk": DESKS[1], "deadlines": logs.due()}), stream=referral)
    made = len(logs.facts)
    logs.says(ReferralAcknowledged(**WHOSE), stream=referral, actor=OFFICER)
    heard = logs.now
    logs.says(MORE_URGENT.model_copy(update={"desk": DESKS[0], "deadlines": logs.due()}), stream=referral)
    own = logs.of("referral")
    for batches in ([own], [own[:made], own[made:]], [[fact] for fact in own]):
        rows = (await shown(connection, [("referral", batch) for batch in batches]))["watch"]
        assert {row["code"]: row["heard_at"] for row in rows} == {DESKS[1]: heard, DESKS[0]: None}
        assert {row["code"]: row["next_at"] is None for row in rows} == {DESKS[1]: True, DESKS[0]: False}


@pytest.mark.parametrize("seed", range(100, 102))
async def test_a_rebuild_finds_what_is_shown_after_the_clock_jumped(database: str, secrets: Secrets, seed: int) -> None:
    await migrate_database(database, secrets)  # a database's grants are not copied with it
    logs = some_days(seed, count=60)
    came = 0
    async with guarded(database, secrets, desks=duty_desks()) as guard, opened(database, secrets, "intake") as intake:
        for log, facts in interleaved(logs.of("referral"), logs.of("intake"), logs.source):
            entries = [MAPPER.to_stored_event(fact) for fact in facts]
            if log == "referral":
                await guard.log.append(Append(entries=entries))
                continue
            await intake.append(Append(entries=entries))
            progress = Progress(upstream="intake", after=came, position=came + len(facts), event=facts[-1].id)
            came += len(facts)

            async def in_transaction(connection: asyncpg.Connection, facts: Sequence[Fact] = facts) -> None:
                await projection().record_heartbeats(connection, facts)

            await guard.log.append(Append(progress=progress, in_transaction=in_transaction))
        rebuilt = await rebuild(guard.dsn, "referral", models(duty_desks), swap=False)
    assert rebuilt.events
    assert rebuilt.differing == dict.fromkeys(rebuilt.differing, 0)
