"""An organisation may have few active webhooks and few messages on their way, so that it uses up nobody else's."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.notifications.webhooks import receiver as receiver_module
from services.notifications.webhooks.policy import webhook_policy
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.tls_receivers import receiving, says_nothing
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, is_a_problem
from tests.support.system.system import eventually

MOST, AT_ONCE = webhook_policy().most_active, webhook_policy().at_once.one_organisation


def _order(port: int) -> dict[str, Any]:
    return {"command_id": str(uuid4()), "url": f"http://127.0.0.1:{port}/hook"}


async def _subscribed(client: httpx2.AsyncClient, port: int) -> str:
    answer = await client.post("/api/v1/webhooks", json=_order(port))
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["webhook_id"]
    return found


async def test_of_many_orders_at_once_ten_become_webhooks_and_one_that_is_deleted_leaves_its_place(
    programme: Programme, receiver: Gateway
) -> None:
    acnur = await programme.desk("ACNUR", Role.SUPERVISOR)
    orders = [_order(receiver.port) for _ in range(3 * MOST)]
    answers = await asyncio.gather(*(acnur.post("/api/v1/webhooks", json=order) for order in orders))
    made = [number for number, answer in enumerate(answers) if answer.status_code == 201]
    assert len(made) == MOST
    for number, answer in enumerate(answers):
        if number not in made:
            is_a_problem(answer, 409, "too_many_webhooks")
    listed = (await acnur.get("/api/v1/webhooks")).json()["items"]
    assert len(listed) == MOST
    again = await acnur.post("/api/v1/webhooks", json=orders[made[0]])
    assert (again.status_code, again.json()["secret"]) == (201, None), "a repeated command has its first answer"
    await _subscribed(await programme.desk("UNICEF", Role.SUPERVISOR), receiver.port)  # others have their own

    assert (await acnur.delete(f"/api/v1/webhooks/{listed[0]['webhook_id']}")).status_code == 204
    await _subscribed(acnur, receiver.port)
    is_a_problem(await acnur.post("/api/v1/webhooks", json=_order(receiver.port)), 409, "too_many_webhooks")


async def test_a_disabled_webhook_is_not_enabled_beside_ten_others(programme: Programme, receiver: Gateway) -> None:
    acnur = await programme.desk("ACNUR", Role.SUPERVISOR)
    hooks = [await _subscribed(acnur, receiver.port) for _ in range(MOST)]
    async with programme.system.service("notifications").context.database.reading() as connection:
        await connection.execute(
            "update webhook set state = 'disabled', reason = 'gone' where webhook_id::text = $1", hooks[0]
        )
    await _subscribed(acnur, receiver.port)
    path = "/api/v1/webhooks/{}/replay"
    again = await acnur.post(path.format(hooks[0]), json={"command_id": str(uuid4())})
    is_a_problem(again, 409, "too_many_webhooks")
    async with programme.system.service("notifications").context.database.reading() as connection:
        await connection.execute("update webhook set state = 'active'")  # as many as were made before the limit
    active = await acnur.post(path.format(hooks[1]), json={"command_id": str(uuid4())})
    assert active.status_code == 200, "one that is active is none more"


async def test_disabled_webhooks_are_counted_too(programme: Programme, receiver: Gateway) -> None:
    unodc = await programme.desk("UNODC", Role.SUPERVISOR)
    hook = await _subscribed(unodc, receiver.port)
    async with programme.system.service("notifications").context.database.reading() as connection:
        await connection.execute("update webhook set state = 'disabled', reason = 'gone' where org = 'UNODC'")
        await connection.execute(
            """insert into webhook
              (webhook_id, org, url, sealed_secret, events, position, due_at, created_at, state, reason)
            select gen_random_uuid(), org, url, sealed_secret, events, position, due_at, created_at, state, reason
            from webhook, generate_series(2, $2) where webhook_id::text = $1""",
            hook, webhook_policy().most,
        )  # fmt: skip
    is_a_problem(await unodc.post("/api/v1/webhooks", json=_order(receiver.port)), 409, "too_many_webhooks")
    back = await unodc.post(f"/api/v1/webhooks/{hook}/replay", json={"command_id": str(uuid4())})
    assert back.status_code == 200, "one that is there is none more"
    for item in (await unodc.get("/api/v1/webhooks")).json()["items"]:
        assert (await unodc.delete(f"/api/v1/webhooks/{item['webhook_id']}")).status_code == 204
        break
    await _subscribed(unodc, receiver.port)


async def test_few_messages_of_an_organisation_are_on_their_way_while_others_receive_theirs(
    programme: Programme, receiver: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver_module, "SECONDS", 3600.0)  # the silent ones keep their places
    acnur = await programme.desk("ACNUR", Role.SUPERVISOR)
    shelter = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
    async with receiving(None, says_nothing) as silent:
        hooks = [await _subscribed(acnur, silent.port) for _ in range(MOST)]
        await _subscribed(shelter, receiver.port)
        await programme.flag(an_adult(consent_to("ACNUR")))

        async def stuck() -> bool:
            return silent.open >= AT_ONCE

        await eventually(stuck)

        async def all_are_leased() -> bool:
            async with programme.system.service("notifications").context.database.reading() as connection:
                count = "select count(*) from webhook where leased_until is not null and url like '%' || $1 || '%'"
                return bool(await connection.fetchval(count, str(silent.port)) == MOST)

        await eventually(all_are_leased)
        case = await programme.flag(an_adult(consent_to("ACNUR")))

        async def came() -> bool:
            return case in {one.said["data"]["case_id"] for one in receiver.requests}

        await eventually(came)
        assert silent.open == AT_ONCE
        for hook in hooks:
            assert (await acnur.delete(f"/api/v1/webhooks/{hook}")).status_code == 204

        async def ended() -> bool:
            return silent.open == 0

        await eventually(ended)
