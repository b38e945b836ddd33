"""Only a shelter with a valid token submits cases, its own alone, and sees no other shelter's."""

from typing import Any

import asyncpg
import httpx2
import nats
import pytest

from events.vocabulary import Role
from services.chassis.messaging.flushing import flush
from services.chassis.names import shelter_user
from tests.support.system.submitting import SHELTER, Document, Send, as_json, cases_in_the_log, is_a_problem
from tests.support.system.system import HANG, System, eventually


async def test_a_shelter_cannot_flag_a_case_for_another(system: System, send: Send, child: Document) -> None:
    other = await system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    is_a_problem(await send(as_json(child), other.headers["Authorization"]), 403, "not_allowed")
    assert await cases_in_the_log(system, child) == 0


async def test_a_case_for_another_shelter_is_refused_also_on_ones_own_subject(
    send: Send, token: str, child: Document
) -> None:
    elsewhere = child | {"shelter": "ALB-TAP-01"}
    is_a_problem(await send(as_json(elsewhere), token), 403, "not_allowed")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR, Role.PROGRAMME_COORDINATOR])
async def test_nobody_but_a_shelter_flags_cases(system: System, send: Send, role: Role, child: Document) -> None:
    org = "UNICEF" if role in {Role.OFFICER, Role.SUPERVISOR} else "*"
    client = await system.signed_in(role, org)
    is_a_problem(await send(as_json(child), client.headers["Authorization"]), 403, "not_allowed")


@pytest.mark.parametrize(
    "token",
    [None, "Bearer", "Bearer czl_", "Bearer czl_CANARIO", "Basic czl_CANARIO", "czl_CANARIO", "Bearer x"],
)
async def test_without_a_valid_token_nothing_is_accepted(
    system: System, send: Send, token: str | None, child: Document
) -> None:
    is_a_problem(await send(as_json(child), token), 401, "not_signed_in")
    assert await cases_in_the_log(system, child) == 0


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
async def test_a_token_that_was_revoked_or_has_expired_ends_at_the_next_request(
    system: System, send: Send, ended: str, child: Document
) -> None:
    client = await system.signed_in(Role.SHELTER_WORKER, SHELTER, label="robado")
    token = client.headers["Authorization"]
    assert (await send(as_json(child), token)).status == 201
    assert system.installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        await connection.execute(f"update accounts.token set {ended} = now() where label = 'robado'")
    finally:
        await connection.close()
    is_a_problem(await send(as_json(child), token), 401, "not_signed_in")


async def test_a_shelters_software_cannot_receive_what_others_send(system: System, token: str, child: Document) -> None:
    names, secrets = system.installation.settings.names, system.installation.secrets
    denied: list[str] = []

    async def note(error: Exception) -> None:
        denied.append(str(error).lower())

    spy = await nats.connect(
        system.installation.settings.nats_url or "",
        user=names.user(shelter_user(SHELTER)),
        password=secrets.shelter_nats[SHELTER],
        inbox_prefix=names.inbox(shelter_user(SHELTER)).encode(),
        error_cb=note,
    )
    heard: list[Any] = []

    async def hear(message: Any) -> None:
        heard.append(message)

    try:
        for subject in (">", names.submit(), names.subjects("intake")):
            await spy.subscribe(subject, cb=hear)
        await flush(spy, within=int(HANG))
        async with httpx2.AsyncClient(base_url=system.url, headers={"Authorization": token}, timeout=HANG) as client:
            assert (await client.post("/api/v1/submissions", json=child)).status_code == 201

        async def copied() -> bool:
            relay = system.service("intake").relay
            return relay is not None and relay.copied == await system.service("intake").log.head()

        await eventually(copied)
        await flush(spy, within=int(HANG))
        assert len(denied) == 3
        assert not heard
    finally:
        await spy.close()
