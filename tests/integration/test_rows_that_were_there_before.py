"""A migration that adds to the rows of a read model fills in what the logs say of those that were there before."""

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import asyncpg

from events.contract import read
from events.vocabulary import Role
from services.chassis.operations.migrate import OWNER
from tests.support.builders.slips import NEXT_SHELTER
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken
from tests.support.people.shelter_work import goes_on, somebody, spoilt
from tests.support.system.logs import A_DAY, append, as_admin, entry
from tests.support.system.system import System

BEGIN = "-- Rows that were there before"
ADDED = {
    "submission": ("kind", "worker", "receipt", "change", "changed_at", "held_since", "partly_known"),
}


def updates(migration: str) -> list[str]:
    """What a migration of intake's fills in."""
    lines = (files("services.intake") / "migrations" / migration).read_text().splitlines()
    statements = "\n".join(line for line in lines if not line.startswith("--")).split(";")
    found = [statement.strip() for statement in statements if statement.strip().startswith("update ")]
    assert found
    return found


async def shown(admin: asyncpg.Connection) -> dict[str, list[Any]]:
    order = {"submission": "id", "refusal": "refusal_id"}
    return {name: await admin.fetch(f"select * from intake.{name} order by {key}") for name, key in order.items()}


async def test_the_list_of_cases_and_what_was_refused_are_filled_in_from_the_logs(own_system: System) -> None:
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-HUI-01")
    programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    next_one = await system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER)
    document = somebody(consent_to("ACNUR"))
    amended, gone, plain = [await programme.flag(each) for each in (document, an_adult(), an_adult())]
    changed = {**document, "worker": "w-036", "screening": {**document["screening"], "sex": "F"}}
    assert (await programme.amend(amended, changed)).status_code == 200
    assert (await programme.consent(plain, consent_to("OIM"))).status_code == 201
    assert (await shelter.post("/api/v1/submissions", json=spoilt(an_adult()))).status_code == 422
    await goes_on(programme, next_one, gone, fields=["language"])
    assert system.installation.settings.postgres_dsn is not None
    async with as_admin(system.installation.settings.postgres_dsn.get_secret_value()) as admin:
        await programme.has_caught_up(plain)
        before = await shown(admin)
        text = (files("services.intake") / "migrations" / "0005_work_of_a_shelter.sql").read_text()
        assert text.count(BEGIN) == 1
        undone = admin.transaction()
        await undone.start()
        await admin.execute(f"set local role {OWNER}; set local search_path = intake")
        await admin.execute("set local canaliza.role = 'system'")
        for table, columns in ADDED.items():
            nothing = ", ".join(f"{name} = {'false' if name == 'partly_known' else 'null'}" for name in columns)
            await admin.execute(f"update {table} set {nothing}")
        await admin.execute("delete from refusal")
        assert await shown(admin) != before
        await admin.execute("update submission set sealed_with = subject, answered_with = subject")
        await admin.execute(text[text.index(BEGIN) :])
        for statement in updates("0012_erasures.sql"):
            await admin.execute(statement)
        after = await shown(admin)
        await undone.rollback()
    assert after == before


async def test_what_was_reported_in_clear_before_is_shown_as_it_was_said(own_system: System) -> None:
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-HUI-01")
    programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    acnur = await programme.desk("ACNUR")
    referral = await taken(acnur, referral, "accept")
    await says_as_before(system, referral, "referral.service_scheduled.v1", {"appointment_at": "2031-06-13T15:00:00Z"})
    shown = (await acnur.get(f"/api/v1/referrals/{referral['referral_id']}")).json()
    assert datetime.fromisoformat(shown["appointment_at"]) == datetime(2031, 6, 13, 15, tzinfo=UTC)
    await says_as_before(system, referral, "referral.failed.v1", {"outcome": "no_show"})
    assert (await acnur.get(f"/api/v1/referrals/{referral['referral_id']}")).json()["outcome"] == "no_show"
    told = {one["name"]: one["es"] for one in await programme.history(case)}
    assert "13/06/2031" in told["referral.service_scheduled"]
    assert "no se presentó" in told["referral.failed"]
    assert system.installation.settings.postgres_dsn is not None
    async with as_admin(system.installation.settings.postgres_dsn.get_secret_value()) as admin:
        text = (files("services.referral") / "migrations" / "0016_what_is_reported_is_sealed.sql").read_text()
        assert text.count(BEGIN) == 1
        undone = admin.transaction()
        await undone.start()
        await admin.execute(f"set local role {OWNER}; set local search_path = referral")
        await admin.execute("set local canaliza.role = 'system'")
        before = await admin.fetchval("update referral set outcome = 'no_show', reported = '{}' returning outcome")
        await admin.execute(text[text.index(BEGIN) :])
        rows = await admin.fetch("select outcome, reported from referral where reported <> '{}'")
        await undone.rollback()
    assert before == "no_show"
    (found,) = [row for row in rows if "clear_appointment_at" in row["reported"]]
    assert found["outcome"] is None
    assert json.loads(found["reported"]) == {
        "clear_outcome": "no_show",
        "clear_appointment_at": "2031-06-13T15:00:00Z",
    }


async def says_as_before(system: System, referral: Item, topic: str, says: Item) -> None:
    """A fact as the program of before stored it."""
    log = system.service("referral").log
    assert log is not None
    stream = UUID(referral["referral_id"])
    last = (await log.streams([stream]))[stream][-1]
    state = {
        "case": str(last.case),
        "occurred_at": A_DAY.isoformat(),
        "recorded_at": A_DAY.isoformat(),
        "actor": "officer:ACNUR:mesa",
        "cause": None,
        "data": {"agency": "ACNUR", "shelter": "ALB-HUI-01", **says},
    }
    stored = entry(stream, last.version + 1, topic=topic, state=json.dumps(state).encode(), case=last.case)
    read_again = read(id=stored.id, stream=stream, version=last.version + 1, topic=topic, state=stored.state)
    await append(log, replace(stored, typed=read_again))


async def test_digests_from_before_become_those_of_the_shelter_that_recorded_the_answers(own_system: System) -> None:
    system = own_system
    shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-HUI-01")
    programme = Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
    whose = {"name": "Rosa Prueba", "birth_date": "1988-05-06", "document": "A-1", "phone": "55881304"}
    assert (await shelter.post("/api/v1/submissions", json={**an_adult(), "person": whose})).status_code == 201
    assert programme.shelter is shelter
    context = next(service.context for service in system.services if service.name == "intake")
    key = context.key("index_key")
    before = {
        "name": keyed(key, "name", "rosa prueba", "1988-05-06"),
        "document": keyed(key, "document", "a1"),
        "phone": keyed(key, "phone", "55881304"),
    }
    assert system.installation.settings.postgres_dsn is not None
    text = (files("services.intake") / "migrations" / "0011_digests_of_one_shelter.sql").read_text()
    async with as_admin(system.installation.settings.postgres_dsn.get_secret_value()) as admin:
        now = await admin.fetchrow("select name, document, phone from vault.person_index")
        assert not {*before.values()} & {*now}
        undone = admin.transaction()
        await undone.start()
        await admin.execute("update vault.person_index set name = $1, document = $2, phone = $3", *before.values())
        await admin.execute(f"set local role {OWNER}")
        await admin.execute(text)
        await admin.execute("reset role")
        after = await admin.fetchrow("select name, document, phone from vault.person_index")
        forced = await admin.fetchval(
            "select relforcerowsecurity from pg_class where oid = 'vault.person_index'::regclass"
        )
        await undone.rollback()
    assert after == now
    assert forced is True


def keyed(key: bytes, kind: str, *values: str) -> bytes:
    """A digest as the program of before stored it."""
    return hmac.digest(key, "\x00".join((kind, *values)).encode(), "sha256")[:16]
