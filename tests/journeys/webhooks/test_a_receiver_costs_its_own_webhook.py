"""What one organisation's receiver does delays nobody else's messages, and ends with its webhook."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.notifications import WebhookChanged
from events.vocabulary import Role
from services.notifications.webhooks import receiver as receiver_module
from services.notifications.webhooks.sealed_secrets import SealedSecrets, SecretLostError
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.tls_receivers import drips_its_head, receiving, says_nothing
from tests.support.people.alerts import Clock, facts
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, taken
from tests.support.system.system import eventually


async def _subscribed(client: httpx2.AsyncClient, port: int, *events: str) -> str:
    order = {"command_id": str(uuid4()), "url": f"http://127.0.0.1:{port}/hook", "events": list(events) or ["*"]}
    answer = await client.post("/api/v1/webhooks", json=order)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["webhook_id"]
    return found


async def _row(programme: Programme, hook: str) -> Any:
    async with programme.system.service("notifications").context.database.reading() as connection:
        return await connection.fetchrow("select * from webhook where webhook_id::text = $1", hook)


@pytest.mark.parametrize("worst", [drips_its_head, says_nothing])
async def test_a_receiver_that_does_not_end_delays_nobody_and_its_connection_ends_with_its_webhook(
    programme: Programme, receiver: Gateway, monkeypatch: pytest.MonkeyPatch, worst: Any
) -> None:
    monkeypatch.setattr(receiver_module, "SECONDS", 3600.0)  # so that only what is shown here can end it
    slow = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
    quick = await programme.desk("ACNUR", Role.SUPERVISOR)
    async with receiving(None, worst) as there:
        hook = await _subscribed(slow, there.port)
        await _subscribed(quick, receiver.port)
        await programme.flag(an_adult(consent_to("ACNUR")))

        async def stuck() -> bool:
            return there.open == 1

        await eventually(stuck)
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        officer = await programme.desk("ACNUR")
        await taken(officer, await programme.referral_to("ACNUR", case, state="requested"), "acknowledge")

        async def came() -> bool:
            said = [(one.said["data"]["case_id"], one.said["type"].split(".")[2]) for one in receiver.requests]
            return (case, "requested") in said and (case, "acknowledged") in said

        await eventually(came)
        assert there.open == 1
        assert (await slow.delete(f"/api/v1/webhooks/{hook}")).status_code == 204

        async def ended() -> bool:
            return there.open == 0

        await eventually(ended)


async def test_a_webhook_that_succeeded_after_days_of_failures_begins_to_fail_anew(
    programme: Programme, receiver: Gateway, clock: Clock
) -> None:
    supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
    hook = await _subscribed(supervisor, receiver.port)
    receiver.status = 500
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")

    async def failed() -> bool:
        return bool((await _row(programme, hook))["attempts"])

    await eventually(failed)

    def first_taken_then_failing(_: object) -> None:
        receiver.status = 200 if len(receiver.requests) == 2 else 500

    receiver.on_request = first_taken_then_failing
    clock.now += timedelta(hours=73)

    async def failed_anew() -> bool:
        return len(receiver.requests) == 3 and await failed()

    await eventually(failed_anew)
    row = await _row(programme, hook)
    assert (row["state"], row["attempts"], row["failing_since"]) == ("active", 1, clock.now)
    assert row["due_at"] - clock.now <= timedelta(seconds=5)
    assert [one.event.change for one in await facts(programme.system, WebhookChanged)] == ["created"]


async def test_a_secret_is_sealed_in_its_row_and_one_that_was_in_clear_is_sealed_at_the_next_start(
    programme: Programme, receiver: Gateway
) -> None:
    supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
    order = {"command_id": str(uuid4()), "url": f"http://127.0.0.1:{receiver.port}/hook"}
    made = (await supervisor.post("/api/v1/webhooks", json=order)).json()
    hook, secret = made["webhook_id"], made["secret"]
    row = await _row(programme, hook)
    assert row["secret"] is None
    assert secret.encode() not in row["sealed_secret"]
    service = programme.system.service("notifications")
    key = service.context.secrets.link_key
    assert key is not None
    secrets = SealedSecrets(key, bytes)
    assert secrets.open(row["webhook_id"], row["sealed_secret"]) == secret
    with pytest.raises(SecretLostError):
        secrets.open(uuid4(), row["sealed_secret"])

    async with service.context.database.reading() as connection:
        await connection.execute(
            "update webhook set secret = $2, sealed_secret = null where webhook_id::text = $1", hook, secret
        )
    await service.stop()
    await service.start()

    async def sealed() -> bool:
        return (await _row(programme, hook))["secret"] is None

    await eventually(sealed)
    row = await _row(programme, hook)
    assert secrets.open(row["webhook_id"], row["sealed_secret"]) == secret
