"""What is shown is the same however facts come in: one by one or many at once; and it costs the same however many
rows there are."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest

from events.contract import CATALOGUE, Event, Recorded
from events.referral import ReferralFact, ReferralProposed
from events.vocabulary import Agency, Duty, Urgency
from services.audit.reactions import trace
from services.chassis.entry import Entry
from services.chassis.log import MAPPER
from services.chassis.read_models import Fill
from services.chassis.secrets import Secrets
from services.intake import projections as intake
from services.notifications import projections as notifications
from tests.contract.golden_events import a_fact
from tests.harness.logs import A_DAY, as_admin, database_of

ALERTS = ("notifications.alert_raised", "notifications.alert_answered", "notifications.alert_delivered",
          "notifications.alert_not_delivered", "notifications.alert_deferred")  # fmt: skip
AFTERWARDS = [fact for fact in CATALOGUE.values() if issubclass(fact, ReferralFact) and fact is not ReferralProposed]


def at(position: int, stream: UUID, version: int, event: Event) -> Recorded[Event]:
    return Recorded(
        id=uuid5(stream, str(version)), stream=stream, version=version, case=uuid5(stream, "case"),
        occurred_at=A_DAY, recorded_at=A_DAY + timedelta(seconds=position), actor="x", cause=None, event=event,
        position=position,
    )  # fmt: skip


def a_days_referrals(source: random.Random, count: int) -> list[Recorded[Event]]:
    """Steps of a few referrals, in turn: first proposed, then anything."""
    streams, versions, facts = [UUID(int=source.getrandbits(128)) for _ in range(6)], dict[UUID, int](), []
    for position in range(1, count + 1):
        stream = source.choice(streams)
        versions[stream] = version = versions.get(stream, 0) + 1
        kind = ReferralProposed if version == 1 else source.choice(AFTERWARDS)
        event = a_fact(kind).event.model_copy(update={"urgency": source.choice(list(Urgency))} if "urgency" in
                                              kind.model_fields else {})  # fmt: skip
        facts.append(at(position, stream, version, event))
    return facts


def a_days_alerts(source: random.Random, count: int) -> list[Recorded[Event]]:
    streams, versions, facts = [UUID(int=source.getrandbits(128)) for _ in range(6)], dict[UUID, int](), []
    for position in range(1, count + 1):
        stream = source.choice(streams)
        versions[stream] = version = versions.get(stream, 0) + 1
        kind = ALERTS[0] if version == 1 else source.choice(ALERTS)
        told: dict[str, Any] = {"referral": uuid5(stream, "r"), "agency": Agency.OIM}
        told |= {"urgency": source.choice(list(Urgency)), "contact": "OIM/email/1", "attempt": source.randint(1, 3)}
        told |= {"next_way": source.randint(1, 2), "duties": (Duty.DESK,), "unreached": source.random() < 0.2}
        told |= {"message": uuid5(stream, str(position))}
        event = a_fact(CATALOGUE[kind]).event
        facts.append(at(position, stream, version, event.model_copy(update={
            name: value for name, value in told.items() if name in type(event).model_fields})))  # fmt: skip
    return facts


Write = Callable[[asyncpg.Connection, Sequence[Recorded[Event]]], Any]


def stored(facts: Sequence[Recorded[Event]]) -> list[Entry]:
    return [replace(MAPPER.to_stored_event(fact), position=fact.position) for fact in facts]


def filled(fill: Fill) -> Write:
    async def write(connection: asyncpg.Connection, facts: Sequence[Recorded[Event]]) -> None:
        digested = await fill.follow(stored(facts))
        if digested.within is not None:
            undone = connection.transaction()
            await undone.start()
            await digested.within(connection)
            await undone.rollback()  # a neighbour in the same transaction failed: the log tries each by itself
            await digested.within(connection)

    return write


MODELS: dict[str, tuple[str, Write, Callable[[random.Random, int], list[Recorded[Event]]], tuple[str, ...]]] = {
    "referral_status": ("intake", filled(intake.REFERRALS), a_days_referrals, ("referral_status",)),
    "alert_status": ("intake", filled(intake.ALERTS), a_days_alerts, ("alert_status",)),
    "alerts": ("notifications", notifications.project, a_days_alerts, ("alert", "delivery", "told")),
    "trace": ("audit", filled(trace("referral")), a_days_referrals, ("trace",)),
}


CONTACTS = """
insert into notifications.contact (contact_id, agency) values
('OIM/email/1', 'OIM'), ('OIM/email/2', 'OIM'), ('ACNUR/email/1', 'ACNUR');
insert into notifications.contact_way select contact_id, way, way, 'email', 'x' from notifications.contact,
  generate_series(1, 2) as way;
insert into notifications.roster select agency, 'desk', contact_id, 1 from notifications.contact"""


@pytest.fixture
async def connection(database: str, secrets: Secrets, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """A service's own, as its writer has it: with the desks' contacts, if it is the one that sends."""
    service = MODELS[request.node.callspec.params["model"]][0]
    async with as_admin(database) as admin:
        await admin.execute(CONTACTS)
    writer = await database_of(database, secrets, service).connect()
    await writer.execute("select set_config('canaliza.role', 'system', false)")  # no append here that would say it
    try:
        yield writer
    finally:
        await writer.close()


async def shown(connection: asyncpg.Connection, tables: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(map(tuple, await connection.fetch(f"select * from {table}")), key=repr) for table in tables}


@pytest.mark.parametrize("model", list(MODELS))
async def test_facts_that_come_in_together_are_shown_as_if_each_had_come_alone(connection: Any, model: str) -> None:
    _, write, facts_of, tables = MODELS[model]
    for seed in range(5):
        source = random.Random(seed)
        facts = facts_of(source, 40)
        outcomes = []
        for size in (1, 40, source.randint(2, 20)):
            undone = connection.transaction()
            await undone.start()
            for first in range(0, len(facts), size):
                await write(connection, facts[first : first + size])
            outcomes.append(await shown(connection, tables))
            await undone.rollback()
        assert outcomes[0] == outcomes[1] == outcomes[2]
        assert outcomes[0][tables[0]]


MANY = {
    "referral_status": """insert into intake.referral_status select gen_random_uuid(), gen_random_uuid(), 'OIM', 'U1',
        '{}', 'proposed', null, 1, now(), false from generate_series(1, 100000)""",
    "alerts": """with alert as (insert into notifications.alert select gen_random_uuid(), n + 1000, gen_random_uuid(),
        'OIM', 'U1', '7F3K', 'pending', now(), null from generate_series(1, 100000) as n)
        insert into notifications.delivery (alert_id, contact_id, referral_id, agency, urgency, code, channel, due_at)
        select gen_random_uuid(), 'OIM/email/1', gen_random_uuid(), 'OIM', 'U1', '7F3K', 'email', now()
        from generate_series(1, 100000)""",
}
"""Those whose statements look for rows; the others only put some in."""


@pytest.mark.parametrize("model", list(MANY))
async def test_a_batch_looks_at_its_own_rows_alone_however_many_there_are_by_now(
    connection: Any, database: str, model: str
) -> None:
    """With the plans of a connection that began when the tables were empty."""
    _, write, facts_of, tables = MODELS[model]

    async def batch(seed: int) -> int:
        undone = connection.transaction()
        await undone.start()
        facts = facts_of(random.Random(seed), 200)
        for first in range(0, len(facts), 50):
            await write(connection, facts[first : first + 50])
        rows = await connection.fetch(
            "select seq_tup_read as read from pg_stat_xact_user_tables where relname = any($1::text[])", list(tables)
        )
        await undone.rollback()
        return sum(row["read"] for row in rows)

    for seed in range(10):
        await batch(seed)
    async with as_admin(database) as admin:
        await admin.execute(MANY[model])
    assert await batch(10) == 0
