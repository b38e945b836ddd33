"""What an organisation's software is told, under which signature, and where it may be told at all."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.contract import CATALOGUE, Event
from events.referral import ReferralFact, ReferralRequested
from events.vocabulary import Agency, RiskCategory
from services.notifications.webhooks.guard import WebhookAddressError, checked, resolved
from services.notifications.webhooks.shown import FIELDS, TOLD, cloud_event, is_theirs
from services.notifications.webhooks.signing import headers, secret_of, wait
from tests.contract.golden_events import a_fact, named

FACTS = [event for event in CATALOGUE.values() if issubclass(event, ReferralFact)]
SAID = {"referral_id", "case_id", "agency", "version", "state", *FIELDS}


@pytest.mark.parametrize("kind", FACTS, ids=named)
def test_a_message_says_ids_states_and_times_and_nothing_sealed(kind: type[Event]) -> None:
    fact = a_fact(kind)
    body = cloud_event(fact)
    said: dict[str, Any] = json.loads(body)
    assert said["specversion"] == "1.0"
    assert (said["id"], said["type"], said["subject"]) == (str(fact.id), f"canaliza.{fact.topic}", str(fact.stream))
    assert datetime.fromisoformat(said["time"]) == fact.recorded_at
    assert said["data"].keys() <= SAID
    assert b"ejemplo-" not in body or b"sealed" not in body
    assert b"commitment" not in body
    for category in RiskCategory:
        assert f'"{category}"' not in body.decode() or category == said["data"]["agency"]
    assert b"decide_by_if_asked" not in body


@pytest.mark.parametrize("kind", FACTS, ids=named)
def test_an_agency_hears_of_what_was_sent_to_it_and_of_nothing_else(kind: type[Event]) -> None:
    fact: Any = a_fact(kind)
    event = fact.event
    other = next(str(agency) for agency in Agency if agency is not event.agency)
    assert is_theirs(fact, event.agency, sent=True)
    assert is_theirs(fact, event.agency, sent=False) == (kind is ReferralRequested)
    for sent in (True, False):
        assert not is_theirs(fact, other, sent=sent)
        assert is_theirs(fact, event.shelter, sent=sent) == (event.agency is not Agency.PEAS)
        assert not is_theirs(fact, "*", sent=sent)


def test_a_shelter_hears_nothing_of_what_is_reported_about_its_staff() -> None:
    fact: Any = a_fact(ReferralRequested)
    event = fact.event.model_copy(update={"agency": Agency.PEAS})
    about_staff = type(fact)(**{**fact.__dict__, "event": event})
    assert not is_theirs(about_staff, event.shelter, sent=True)
    assert is_theirs(about_staff, Agency.PEAS, sent=True)


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.binary(max_size=200), st.datetimes(timezones=st.just(UTC)))
def test_the_signature_is_that_of_the_specification(random: bytes, number: UUID, body: bytes, at: datetime) -> None:
    secret = secret_of(random)
    found = headers(secret, str(number), at, body)
    signed = f"{found['webhook-id']}.{found['webhook-timestamp']}.".encode() + body
    expected = hmac.new(base64.b64decode(secret.split("_", 1)[1]), signed, hashlib.sha256).digest()
    assert found["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


def test_the_example_that_everybody_has() -> None:
    """The test vector of the reference implementations (standard-webhooks, svix)."""
    at = datetime.fromtimestamp(1614265330, UTC)
    body = b'{"test": 2432232314}'
    found = headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.integers(1, 1000), st.floats(0, 1))
def test_a_retry_waits_longer_each_time_to_an_hour_and_is_spread(attempt: int, luck: float) -> None:
    assert timedelta(seconds=2.5) <= wait(attempt, luck) <= timedelta(hours=1)
    assert wait(attempt, luck) <= 2 * wait(attempt + 1, luck)
    assert wait(attempt, 0.0) <= wait(attempt + 1, 0.0)


REFUSED = [
    "http://example.org/", "ftp://example.org", "https://", "https://127.0.0.1/", "https://10.1.2.3/x", "https://[::1]/",
    "https://169.254.169.254/latest/meta-data", "https://192.168.0.1", "https://[fd00::1]/", "https://0.0.0.0/",
    "https://user:canario@example.org/", "https://example.org/#x", "https://[::ffff:10.0.0.1]/", "https://224.0.0.1/",
    "https://100.64.0.1/", "https://example.org:99999/", "https://exa mple.org/", "https://ejemplo.mx/\n",
    "//x", "javascript:1",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_our_own_networks_are_nobodys_webhook(url: str) -> None:
    with pytest.raises(WebhookAddressError) as refused:
        checked(url, private=False)
    assert "canario" not in str(refused.value.__dict__)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1.", "0x7f000001", "2130706433", "127.1"])
def test_a_name_that_leads_into_our_own_networks_is_refused_when_it_is_resolved(name: str) -> None:
    with pytest.raises((WebhookAddressError, OSError)):
        asyncio.run(resolved(f"https://{name}/hook", private=False))


def test_for_development_this_machine_may_be_told_by_plain_http() -> None:
    found = asyncio.run(resolved("http://127.0.0.1:8099/hook?x=1", private=True))
    assert (found.url, found.host) == ("http://127.0.0.1:8099/hook?x=1", "127.0.0.1:8099")
    with pytest.raises(WebhookAddressError):
        checked("http://example.org/", private=True)
    checked("https://example.org/hook", private=False)


def test_everything_that_can_be_subscribed_to_is_a_fact_about_a_referral() -> None:
    assert {TOLD[name] for name in TOLD} == set(FACTS)
