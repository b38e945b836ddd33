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
from events.intake import CaseOpened, RefusalSettled, SubmissionRefused
from events.obligations import ObligationDone, ObligationDue, ObligationReminded
from events.referral import CaseAssessed, ReferralFact, ReferralHandedOver, ReferralProposed
from events.referral_states import CLOSED
from events.vocabulary import Agency, Duty, ObligationOwner, RiskCategory, Urgency
from services.audit.time_machine import projections as stays
from services.audit.trace.projections import LOGS, trace_projector
from services.chassis.eventlog.log import MAPPER
from services.chassis.eventlog.log_entry import LogEntry
from services.chassis.eventlog.projections import Projector
from services.chassis.secrets.installation import Secrets
from services.intake.case_status import projections as intake
from services.intake.case_status import waiting
from services.intake.cases import projections as continuity
from services.intake.refusals import projections as refusals
from services.intake.routing import projections as routing
from services.intake.slips import projections as slips
from services.intake.submissions import projections as submissions
from services.intake.submissions.projections import CHANGES
from services.notifications import projections as notifications
from services.notifications.channel_health.projections import project_channel_health
from services.referral.obligations.policy import load_obligations
from services.referral.obligations.projections import ObligationProjection
from services.system import MODELS as SYSTEM
from tests.contract.golden_events import a_fact
from tests.support.builders.health_facts import a_days_assessments, days_of_channels
from tests.support.system.logs import A_DAY, as_admin, database_of

ALERTS = ("notifications.alert_raised", "notifications.alert_answered", "notifications.alert_delivered",
          "notifications.alert_not_delivered", "notifications.alert_deferred")  # fmt: skip
OF_CASES: tuple[type[Event], ...] = (*continuity.CUSTODY_FACTS, CaseAssessed)
SHELTERS = ("ALB-TAP-01", "ALB-IXT-01", "ALB-OAX-01")
OBLIGATIONS = load_obligations()
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
        said: dict[str, Any] = {"urgency": source.choice(list(Urgency))}
        said["categories"] = tuple(sorted(source.sample(list(RiskCategory), 3)))
        said["known_categories"] = source.choice([None, (), *((one,) for one in RiskCategory)])
        event = a_fact(kind).event
        event = event.model_copy(update={name: value for name, value in said.items() if name in kind.model_fields})
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


def a_days_sendings(source: random.Random, count: int) -> list[Recorded[Event]]:
    """What a shelter sends: refused, sent again or set aside; and what happens to the cases that it opened."""
    submissions = [UUID(int=source.getrandbits(128)) for _ in range(12)]
    facts: list[Recorded[Event]] = []
    opened: list[UUID] = []
    refused: list[UUID] = []
    for position in range(1, count + 1):
        stream = UUID(int=source.getrandbits(128))
        said: dict[str, Any] = {"submission": source.choice(submissions), "shelter": "ALB-TAP-01", "org": "ALB-TAP-01"}
        said |= {"code": source.choice(["invalid_submission", "submission_conflict"]), "amends": source.random() < 0.2}
        said |= {"corrected": source.random() < 0.5, "to_shelter": source.choice(SHELTERS)}
        kind = source.choice(SENDINGS)
        if kind is CaseOpened and said["submission"] not in opened:
            opened.append(said["submission"])
            stream = uuid5(said["submission"], "case")
        elif kind in CHANGES and opened:
            stream = uuid5(source.choice(opened), "case")
        elif kind is RefusalSettled and refused:
            stream = source.choice(refused)
        elif kind is SubmissionRefused:
            refused.append(stream)
        else:
            continue
        event = a_fact(kind).event
        facts.append(at(position, stream, position, event.model_copy(update={
            name: value for name, value in said.items() if name in type(event).model_fields})))  # fmt: skip
    return facts


def a_days_cases(source: random.Random, count: int) -> list[Recorded[Event]]:
    """Slips, freezes and handovers of a few cases, and what the rules made of each, in any order."""
    streams, versions, facts = [UUID(int=source.getrandbits(128)) for _ in range(6)], dict[UUID, int](), []
    for position in range(1, count + 1):
        stream, kind = source.choice(streams), source.choice(OF_CASES)
        versions[stream] = version = versions.get(stream, 0) + 1
        said: dict[str, Any] = {"slip": uuid5(stream, str(position)), "recipient": source.choice(list(Agency))}
        said |= {"to_shelter": source.choice(SHELTERS), "from_shelter": source.choice(SHELTERS)}
        said |= {"categories": tuple(source.sample(list(RiskCategory), 2))}
        event = a_fact(kind).event
        facts.append(at(position, stream, version, event.model_copy(update={
            name: value for name, value in said.items() if name in type(event).model_fields})))  # fmt: skip
    return facts


def a_days_waiting(source: random.Random, count: int) -> list[Recorded[Event]]:
    """What is said of a few referrals about waiting, and about what a consent does not cover."""
    facts = a_days_referrals(source, count)
    for at_, fact in enumerate(facts):
        said = {
            "uncovered": source.choice([(), (RiskCategory.MED,), (RiskCategory.ASILO, RiskCategory.VSG)]),
            "ask_by": source.choice([None, A_DAY]),
            "until": source.choice([None, A_DAY]),
        }
        event = fact.event if at_ % 3 else a_fact(source.choice(waiting.WAITING.reads)).event
        fields = type(event).model_fields
        changed = {name: value for name, value in said.items() if name in fields}
        facts[at_] = replace(fact, event=event.model_copy(update=changed))
    return facts


def a_days_tasks(source: random.Random, count: int) -> list[Recorded[Event]]:
    """Tasks of a few referrals that begin, are reminded of, done and begun anew, while their referrals live on."""
    referrals, versions, facts = [UUID(int=source.getrandbits(128)) for _ in range(3)], dict[UUID, int](), []
    closing = [kind for kind in AFTERWARDS if kind.STATE in CLOSED]
    for position in range(1, count + 1):
        referral = source.choice(referrals)
        task = uuid5(referral, source.choice(["one", "other"]))
        began = task in versions
        kind = source.choice([ObligationDue, ObligationReminded, ObligationDone]) if began else ObligationDue
        kind = source.choice([kind, kind, *(closing if position % 5 == 0 else ()), ReferralHandedOver])
        stream = referral if issubclass(kind, ReferralFact) else task
        if stream == task:
            versions[task] = versions.get(task, 0) + 1
        said: dict[str, Any] = {
            "referral": referral,
            "basis": source.choice([rule.code for rule in OBLIGATIONS.rules]),
            "owner": source.choice(list(ObligationOwner)),
            "rung": source.choice(["reminder", "last_reminder", "overdue"]),
            "shelter": source.choice(SHELTERS),
            "until": A_DAY + timedelta(hours=source.randint(1, 90)),
            "until_day": None,
        }
        event = a_fact(kind).event
        changed = {name: value for name, value in said.items() if name in kind.model_fields}
        fact = at(position, stream, position, event.model_copy(update=changed))
        facts.append(replace(fact, case=uuid5(referral, "case")))
    return facts


def a_days_stays(source: random.Random, count: int) -> list[Recorded[Event]]:
    """Referrals that are sent, moved to another desk or ended, and what desks say of themselves."""
    facts = a_days_referrals(source, count)
    for place, fact in enumerate(facts):
        if "desk" in type(fact.event).model_fields:
            desk = source.choice([None, "OIM-CHP", "OIM-TAB"])
            facts[place] = replace(fact, event=fact.event.model_copy(update={"desk": desk}))
        elif place % 4 == 0:
            facts[place] = replace(fact, event=a_fact(source.choice(stays.OF_A_DESK)).event)
    return facts


SENDINGS: Sequence[type[Event]] = (CaseOpened, SubmissionRefused, SubmissionRefused, RefusalSettled, *CHANGES)
Write = Callable[[asyncpg.Connection, Sequence[Recorded[Event]]], Any]


def stored(facts: Sequence[Recorded[Event]]) -> list[LogEntry]:
    return [replace(MAPPER.to_stored_event(fact), position=fact.position) for fact in facts]


def filled(fill: Projector) -> Write:
    async def write(connection: asyncpg.Connection, facts: Sequence[Recorded[Event]]) -> None:
        digested = await fill.follow(stored(facts))
        if digested.in_transaction is not None:
            undone = connection.transaction()
            await undone.start()
            await digested.in_transaction(connection)
            await undone.rollback()  # a neighbour in the same transaction failed: the log tries each by itself
            await digested.in_transaction(connection)

    return write


MODELS: dict[str, tuple[str, Write, Callable[[random.Random, int], list[Recorded[Event]]], tuple[str, ...]]] = {
    "referral_status": ("intake", filled(intake.REFERRALS), a_days_referrals, ("referral_status",)),
    "submission": ("intake", submissions.project_submissions, a_days_sendings, ("submission",)),
    "refusal": ("intake", refusals.project_refusals, a_days_sendings, ("refusal",)),
    "waiting_status": ("intake", filled(waiting.WAITING), a_days_waiting, ("waiting_status",)),
    "alert_status": ("intake", filled(intake.ALERTS), a_days_alerts, ("alert_status",)),
    "alerts": ("notifications", notifications.project, a_days_alerts, ("alert", "delivery", "told")),
    "continuity": ("intake", continuity.project_custody, a_days_cases, ("continuity",)),
    "assessed": ("intake", filled(slips.ASSESSMENTS), a_days_cases, ("assessed",)),
    "obligation": ("referral", ObligationProjection(OBLIGATIONS), a_days_tasks, ("obligation",)),
    "routing": ("intake", filled(routing.ROUTING), a_days_assessments, ("routing",)),
    "channels": ("notifications", project_channel_health, days_of_channels, ("channel_health", "channel_minute")),
    "trace": ("audit", filled(trace_projector("referral")), a_days_referrals, ("trace",)),
    "desk_stay": ("audit", filled(stays.STAYS), a_days_stays, ("desk_stay",)),
    "desk_fact": ("audit", filled(stays.DESK_FACTS), a_days_stays, ("desk_fact",)),
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
    "waiting_status": """insert into intake.waiting_status select gen_random_uuid(), now(), null, '{}'
        from generate_series(1, 100000)""",
    "obligation": """insert into referral.obligation (task_id, sequence, case_id, referral_id, obligation, owner,
        shelter, basis, policy, since, deadline) select gen_random_uuid(), n + 1000, gen_random_uuid(),
        gen_random_uuid(), 'tell_the_person', 'shelter', 'ALB-TAP-01', 'x', 'x', now(), now()
        from generate_series(1, 100000) as n""",
    "alerts": """with alert as (insert into notifications.alert select gen_random_uuid(), n + 1000, gen_random_uuid(),
        'OIM', 'U1', '7F3K', 'pending', now(), null from generate_series(1, 100000) as n)
        insert into notifications.delivery (alert_id, contact_id, referral_id, agency, urgency, code, channel, due_at)
        select gen_random_uuid(), 'OIM/email/1', gen_random_uuid(), 'OIM', 'U1', '7F3K', 'email', now()
        from generate_series(1, 100000)""",
}
"""Those whose statements look for rows; the others only put some in."""


@pytest.mark.parametrize(
    "model", [pytest.param(one, marks=() if one == "alerts" else pytest.mark.search) for one in MANY]
)
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


FROM_SEVERAL_LOGS = {
    ("referral", "watch"): "tests/integration/test_silence_from_two_logs.py",
    ("audit", "trace"): "below: each log has rows of its own",
    ("audit", "security_fact"): "tests/integration/security_record/test_the_list_whatever_the_batches.py",
    ("intake", "routing"): "tests/integration/test_routing_from_two_logs.py",
}
"""Between two logs there is no order: of each such table a test interleaves them in many ways."""


def test_every_table_that_two_logs_fill_is_known_and_interleaved_by_a_test() -> None:
    found = {
        (service, table)
        for service, models in SYSTEM.items()
        for model in models
        if len(model.fills) > 1
        for table in model.tables
    }
    beside = ("referral", "assessment", "timer", "caravan", "access", "policy", "obligation")
    watched = {("referral", one) for one in beside}
    assert found - watched == set(FROM_SEVERAL_LOGS), "those that are filled beside the watches hear of one log alone"


@pytest.mark.parametrize("model", ["trace"])
async def test_places_of_three_logs_are_noted_the_same_however_they_interleave(connection: Any, model: str) -> None:
    assert model in MODELS
    source = random.Random(3)
    logs = {log: a_days_referrals(random.Random(7), 20) for log in LOGS}
    outcomes = []
    for _ in range(10):
        order = [log for log in logs for _ in range(4)]
        source.shuffle(order)
        rest = {log: iter([facts[at : at + 5] for at in range(0, 20, 5)]) for log, facts in logs.items()}
        undone = connection.transaction()
        await undone.start()
        for log in order:
            await filled(trace_projector(log))(connection, next(rest[log]))
        outcomes.append(await shown(connection, ("trace",)))
        await undone.rollback()
    assert outcomes[0]["trace"]
    assert all(outcome == outcomes[0] for outcome in outcomes)
