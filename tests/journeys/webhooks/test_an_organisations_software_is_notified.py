"""An organisation's software receives the events of its referrals, signed and in order; again by a replay."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2

from events.notifications import WebhookChanged
from events.vocabulary import Role
from tests.support.fakes.gateway import Gateway, Request, open_gateway
from tests.support.people.alerts import Clock, facts, some
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, everything_stored, is_a_problem, taken
from tests.support.system.system import eventually


async def subscribed(client: httpx2.AsyncClient, receiver: Gateway, *events: str) -> dict[str, Any]:
    order = {
        "command_id": str(uuid4()),
        "url": f"http://127.0.0.1:{receiver.port}/canaliza",
        "events": list(events) or ["*"],
    }
    answer = await client.post("/api/v1/webhooks", json=order)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    again = await client.post("/api/v1/webhooks", json=order)
    assert again.json() == {"webhook_id": made["webhook_id"], "secret": None}, "the secret is shown once"
    return made


def signed(request: Request, secret: str, clock: Clock) -> bool:
    """Verifies a signature by the specification, without the program's code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    to_sign = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = "v1," + base64.b64encode(hmac.digest(key, to_sign, hashlib.sha256)).decode()
    fresh = abs(int(request.headers["webhook-timestamp"]) - clock.now.timestamp()) < 300
    return fresh and expected in request.headers["webhook-signature"].split()


async def names(receiver: Gateway, *wanted: str) -> None:
    async def came() -> bool:
        return [one.said["type"].split(".")[2] for one in receiver.requests] == list(wanted)

    await eventually(came)


async def test_every_step_is_sent_once_in_order_and_signed_to_its_own_agency_alone(
    programme: Programme, receiver: Gateway, clock: Clock
) -> None:
    with open_gateway() as others:
        hook = await subscribed(await programme.desk("ACNUR", Role.SUPERVISOR), receiver)
        await subscribed(await programme.desk("UNICEF", Role.SUPERVISOR), others)
        case = await programme.flag(an_adult(consent_to("ACNUR")))
        referral = await programme.referral_to("ACNUR", case, state="requested")
        officer = await programme.desk("ACNUR")
        referral = await taken(officer, referral, "acknowledge")
        await taken(officer, referral, "accept")
        await names(receiver, "requested", "acknowledged", "accepted")
        assert not others.requests
    first = receiver.requests[0].said
    assert (first["data"]["referral_id"], first["data"]["state"]) == (referral["referral_id"], "requested")
    assert set(first["data"]["deadlines"]) == {"acknowledge_by", "decide_by", "serve_by"}
    for request in receiver.requests:
        assert signed(request, hook["secret"], clock)
        assert not signed(request, "whsec_" + base64.b64encode(bytes(32)).decode(), clock)
        assert request.headers["webhook-id"] == request.said["id"]
        assert request.headers["content-type"] == "application/cloudevents+json"
        assert "sealed" not in request.body.decode()
    assert len({request.said["id"] for request in receiver.requests}) == 3


async def test_a_receiver_that_fails_gets_the_same_message_later_and_the_next_after_it(
    programme: Programme, receiver: Gateway, clock: Clock
) -> None:
    supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
    await subscribed(supervisor, receiver)
    receiver.status = 500
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")

    async def shown() -> dict[str, Any] | None:
        (item,) = (await supervisor.get("/api/v1/webhooks")).json()["items"]
        return item if item["attempts"] else None

    failing = await eventually(shown)
    assert failing is not None
    assert failing["failing_since"] is not None
    assert "secret" not in failing
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")
    receiver.status = 200
    assert len(receiver.requests) == 1
    clock.now += timedelta(seconds=6)
    await names(receiver, "requested", "requested", "acknowledged")
    assert receiver.requests[0].headers["webhook-id"] == receiver.requests[1].headers["webhook-id"]

    receiver.status, receiver.location = 302, f"http://127.0.0.1:{receiver.port}/elsewhere"
    await taken(await programme.desk("ACNUR"), await programme.referral_to("ACNUR", case), "accept")
    await eventually(shown)
    assert {one.path for one in receiver.requests} == {"/canaliza"}, "a redirect leads nowhere"


async def test_a_webhook_that_failed_for_days_is_disabled_with_the_reason_and_can_be_replayed(
    programme: Programme, receiver: Gateway, clock: Clock
) -> None:
    supervisor = await programme.desk("ACNUR", Role.SUPERVISOR)
    hook = await subscribed(supervisor, receiver, "referral.requested")
    receiver.status = 500
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.referral_to("ACNUR", case, state="requested")

    async def state(wanted: str) -> dict[str, Any] | None:
        (item,) = (await supervisor.get("/api/v1/webhooks")).json()["items"]
        return item if (item["attempts"] and wanted == "failing") or item["state"] == wanted else None

    await eventually(lambda: state("failing"))
    clock.now += timedelta(days=3, hours=1)
    disabled = await eventually(lambda: state("disabled"))
    assert disabled is not None
    assert disabled["reason"] == "failing_for_days"
    receiver.status = 200
    sent = len(receiver.requests)
    path = f"/api/v1/webhooks/{hook['webhook_id']}/replay"
    order = {"command_id": str(uuid4())}
    assert (await supervisor.post(path, json=order)).status_code == 200

    async def came(number: int) -> bool:
        return len(receiver.requests) == number

    await eventually(lambda: came(sent + 1))
    position = int(receiver.requests[-1].said["sequence"])
    again = {"command_id": str(uuid4()), "after": position - 1}
    for _ in range(2):
        assert (await supervisor.post(path, json=again)).status_code == 200
    await eventually(lambda: came(sent + 2))
    assert receiver.requests[-1].said == receiver.requests[-2].said
    stranger = await programme.desk("UNICEF", Role.SUPERVISOR)
    is_a_problem(await stranger.post(path, json=order | {"command_id": str(uuid4())}), 404, "not_found")
    is_a_problem(await stranger.delete(f"/api/v1/webhooks/{hook['webhook_id']}"), 404, "not_found")
    assert (await supervisor.delete(f"/api/v1/webhooks/{hook['webhook_id']}")).status_code == 204
    changes = [one.event.change for one in await facts(programme.system, WebhookChanged)]
    assert changes == ["created", "disabled", "replayed", "replayed", "deleted"]


async def test_a_webhook_whose_receiver_is_gone_is_disabled_at_once(programme: Programme, receiver: Gateway) -> None:
    await subscribed(await programme.desk("ACNUR", Role.SUPERVISOR), receiver)
    receiver.status = 410
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.referral_to("ACNUR", case, state="requested")
    changed = await some(programme.system, WebhookChanged, at_least=2)
    assert [(one.event.change, one.event.reason) for one in changed] == [("created", None), ("disabled", "gone")]


async def test_addresses_and_secrets_are_in_no_event_and_a_shelter_receives_events_of_its_cases(
    programme: Programme, receiver: Gateway, clock: Clock
) -> None:
    software = await programme.system.signed_in(Role.INTEGRATOR, SHELTER)
    hook = await subscribed(software, receiver)
    await programme.flag(an_adult(consent_to("ACNUR")))

    async def both() -> bool:
        return {"ACNUR", "OIM"} <= {one.said["data"]["agency"] for one in receiver.requests}

    await eventually(both)
    assert all(signed(one, hook["secret"], clock) for one in receiver.requests)
    stored = b"".join((await everything_stored(programme.system)).values())
    for secret in (hook["secret"], "127.0.0.1", "/canaliza"):
        assert secret.encode() not in stored
    refused = await software.post(
        "/api/v1/webhooks", json={"command_id": str(uuid4()), "url": "http://10.0.0.1/canario"}
    )
    is_a_problem(refused, 422, "webhook_address")
    assert "canario" not in refused.text


async def test_a_message_sent_and_not_recorded_is_sent_again_with_the_same_id(
    programme: Programme, receiver: Gateway, clock: Clock
) -> None:
    """As after a kill between the receiver's answer and the new position: the lease expires, the old position stays."""
    hook = await subscribed(await programme.desk("ACNUR", Role.SUPERVISOR), receiver, "referral.requested")
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.referral_to("ACNUR", case, state="requested")
    await names(receiver, "requested")
    async with programme.system.service("notifications").context.database.reading() as connection:
        lost = "update webhook set position = $1, leased_until = $2 where webhook_id::text = $3"
        before = int(receiver.requests[0].said["sequence"]) - 1
        await connection.execute(lost, before, clock.now + timedelta(minutes=1), hook["webhook_id"])
    clock.now += timedelta(minutes=2, seconds=1)
    await names(receiver, "requested", "requested")
    assert receiver.requests[0].headers["webhook-id"] == receiver.requests[1].headers["webhook-id"]
