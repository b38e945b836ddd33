"""Whoever changes an account, a session or a token leaves a fact with who, from where and by which request."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity import administration
from services.chassis.names import SERVICES
from services.chassis.security.current import HEADER
from services.system import Installation
from tests.support.people.accounts import account, as_administrator, browser, enrols, enters, enters_first
from tests.support.system.answers import is_a_problem
from tests.support.system.database_roles import As, not_refused
from tests.support.system.logs import as_admin
from tests.support.system.system import System, eventually

Item = dict[str, Any]


async def facts_about(system: System, who: str, *, least: int = 1) -> list[Item]:
    """The facts of security about an account or a token, in their order, once there are so many."""
    auditor = await system.signed_in(Role.AUDITOR, "*")

    async def found() -> list[Item]:
        answer = await auditor.get("/api/v1/audit/security", params={"who": who, "limit": 500})
        assert answer.status_code == 200, answer.text
        items: list[Item] = sorted(answer.json()["items"], key=lambda item: item["position"])
        return items if len(items) >= least else []

    return await eventually(found)


def names(items: list[Item]) -> list[str]:
    return [item["name"].removeprefix("audit.") for item in items]


async def person(installation: Installation, role: Role = Role.OFFICER) -> tuple[str, str]:
    """A fresh account and its first-time code."""
    code = f"p-{100_000 + uuid4().int % 900_000}"
    return code, await account(installation, code, role, "ACNUR")


async def test_from_the_first_sign_in_to_the_last_sign_out(system: System) -> None:
    who, code = await person(system.installation)
    asked = str(uuid4())
    async with browser(system) as client:
        first = await client.post(
            "/api/v1/session/first",
            json={"account": who, "code": code, "password": "canario azul en la ventana"},
            headers={HEADER: asked},
        )
        assert first.headers[HEADER] == asked
        phone, codes = await enrols(client)
        assert (await client.delete("/api/v1/session")).status_code == 204
        assert (await enters(client, who)).status_code == 201
        assert (await client.post("/api/v1/session/second-step", json={"code": codes[0]})).status_code == 201
    facts = await facts_about(system, who, least=9)
    told = names(facts)
    assert told[:3] == ["account_created", "account_invited", "password_set"]
    assert told[-2:] == ["recovery_code_used", "signed_in"]
    assert {"second_factor_set", "recovery_codes_made", "session_ended"} <= set(told)
    assert phone.secret not in str(facts)
    chosen = facts[2]
    assert chosen["actor"] == f"officer:ACNUR:{who}"
    assert chosen["data"]["request"] == asked
    assert len(chosen["data"]["place"]) == 32
    assert "127.0.0.1" not in str(facts)
    assert f"Entró {who}: oficial, ACNUR." in [fact["es"] for fact in facts]
    assert facts[0]["actor"] == "administrator:*:database"


async def test_an_administrator_who_closes_opens_and_resets_an_account_is_recorded(system: System) -> None:
    who, _ = await person(system.installation)
    async with as_administrator(system.installation) as connection:
        await connection.execute("select set_config('canaliza.actor', 'administrator:*:p-001', false)")
        await administration.disable_person(connection, who, system_clock())
        await administration.enable_person(connection, who)
        await administration.reset_person(connection, who, system_clock())
        await administration.link_identity(connection, who, "https://idp.example", uuid4().hex, system_clock())
        await connection.execute("update accounts.person set role = 'supervisor' where person = $1", who)
    facts = await facts_about(system, who, least=7)
    assert names(facts)[2:] == [
        "account_disabled",
        "account_enabled",
        "account_invited",
        "account_linked",
        "account_changed",
    ]
    assert {fact["actor"] for fact in facts[2:]} == {"administrator:*:p-001"}
    assert "idp.example" not in str(facts)


async def test_a_token_is_recorded_when_it_is_made_and_when_it_is_revoked(system: System) -> None:
    await system.nobody_in_particular(Role.OFFICER, "ACNUR", label := f"l-{uuid4().hex[:8]}")
    async with as_administrator(system.installation) as connection:
        token: UUID = await connection.fetchval("select id from accounts.token where label = $1", label)
        assert await administration.revoke_token(connection, token, system_clock())
    facts = await facts_about(system, str(token), least=2)
    assert names(facts) == ["token_created", "token_revoked"]
    assert facts[0]["es"] == f"Se creó la credencial {token}: oficial, ACNUR."


async def test_a_change_by_sql_leaves_an_act_that_nobody_can_change(
    installation: Installation,
) -> None:
    async with as_administrator(installation) as connection:
        await connection.execute(
            "insert into accounts.token (hash, role, org, label, created_at) values ($1, 'auditor', '*', 'x', now())",
            uuid4().bytes * 2,
        )
        assert await connection.fetchval("select count(*) from audit.act where data ->> 'role' = 'auditor'") == 1
        for statement in ("delete from audit.act", "update audit.act set actor = 'x'", "truncate audit.act cascade"):
            with pytest.raises(Exception, match="append-only"):
                await connection.execute(statement)


async def test_only_those_who_answer_for_security_read_it(system: System) -> None:
    for role, org in ((Role.OFFICER, "ACNUR"), (Role.SHELTER_COORDINATOR, "ALB-TAP-01"), (Role.SUPERVISOR, "OIM")):
        client = await system.signed_in(role, org)
        assert (await client.get("/api/v1/audit/security")).status_code == 403
    auditor = await system.signed_in(Role.AUDITOR, "*")
    refused = await auditor.get("/api/v1/audit/security", params={"cursor": "x"})
    assert is_a_problem(refused)["code"] == "malformed_request"
    page = (await auditor.get("/api/v1/audit/security", params={"limit": 1})).json()
    assert page["next_cursor"]
    again = await auditor.get("/api/v1/audit/security", params={"limit": 1, "cursor": page["next_cursor"]})
    assert again.json()["items"][0]["position"] < page["items"][0]["position"]


async def test_a_password_of_nobody_is_nowhere(system: System) -> None:
    who, code = await person(system.installation)
    async with browser(system) as client:
        await enters_first(client, who, code)
    facts = await facts_about(system, who, least=3)
    assert "canario" not in str(facts)
    assert code not in str(facts)


async def test_a_service_cannot_name_another_as_who_did_it_nor_write_an_act(database: str, signed_in: As) -> None:
    async with as_admin(database) as admin:
        await administration.create_person(
            admin, "p-101", label="x", role=Role.OFFICER, org="ACNUR", language="es", time_zone="UTC", at=system_clock()
        )
    async with signed_in("intake") as intake:
        await intake.execute("select set_config('canaliza.actor', 'administrator:*:p-001', false)")
        begun = await intake.fetchval(
            "select accounts.begin_session($1, $2, 'p-101', 'full', now(), now() + interval '1 hour', 5)",
            uuid4(),
            b"x" * 32,
        )
        assert begun
    async with as_admin(database) as admin:
        [actor] = await admin.fetch("select actor from audit.act where kind = 'signed_in'")
    assert actor["actor"] == "officer:ACNUR:p-101"
    forging = [
        "insert into audit.act (at, kind, actor, data) values (now(), 'signed_in', 'x', '{}')",
        "select audit.note('signed_in', now(), '{}')",
        "delete from audit.act",
        "update audit.act set actor = 'x'",
    ]
    for service in SERVICES:
        async with signed_in(service) as connection:
            assert await not_refused(connection, forging) == []
