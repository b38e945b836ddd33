"""What an organisation's software receives, with which signature, and at which addresses."""

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
from events.referral import ReferralEscalated, ReferralFact, ReferralFollowed, ReferralRequested
from events.vocabulary import Agency, ReferralClock, RiskCategory
from services.notifications.webhooks.domain import PAYLOAD_FIELDS, SUBSCRIBABLE, is_visible_to, payload
from services.notifications.webhooks.signing import headers, retry_after, secret_of
from tests.contract.golden_events import a_fact, named

FACTS = [event for event in CATALOGUE.values() if issubclass(event, ReferralFact)]
SAID = {"referral_id", "case_id", "agency", "version", "state", *PAYLOAD_FIELDS}


@pytest.mark.parametrize("kind", FACTS, ids=named)
def test_a_message_has_ids_states_and_times_and_nothing_sealed(kind: type[Event]) -> None:
    fact = a_fact(kind)
    body = payload(fact, 47)
    said: dict[str, Any] = json.loads(body)
    assert said["specversion"] == "1.0"
    assert (said["id"], said["type"], said["subject"]) == (str(fact.id), f"canaliza.{fact.topic}", str(fact.stream))
    assert said["sequence"] == "47"  # the subscription's own number, not the log's
    assert datetime.fromisoformat(said["time"]) == fact.recorded_at
    assert said["data"].keys() <= SAID
    assert b"ejemplo-" not in body or b"sealed" not in body
    assert b"commitment" not in body
    for category in RiskCategory:
        assert f'"{category}"' not in body.decode() or category == said["data"]["agency"]
    assert b"decide_by_if_asked" not in body


@pytest.mark.parametrize("kind", FACTS, ids=named)
def test_an_agency_receives_events_of_referrals_sent_to_it_and_no_others(kind: type[Event]) -> None:
    fact: Any = a_fact(kind)
    event = fact.event
    other = next(str(agency) for agency in Agency if agency is not event.agency)
    assert is_visible_to(fact, event.agency, sent=True) == (kind is not ReferralFollowed)
    assert is_visible_to(fact, event.agency, sent=False) == (kind is ReferralRequested)
    for sent in (True, False):
        assert not is_visible_to(fact, other, sent=sent)
        assert is_visible_to(fact, event.shelter, sent=sent) == (event.agency is not Agency.PEAS)
        assert not is_visible_to(fact, "*", sent=sent)


def test_an_agency_receives_no_step_of_a_decision_that_is_waited_for() -> None:
    fact: Any = a_fact(ReferralEscalated)
    event = fact.event.model_copy(update={"clock": ReferralClock.WAITING})
    waits = type(fact)(**{**fact.__dict__, "event": event})
    assert not is_visible_to(waits, event.agency, sent=True)
    assert is_visible_to(waits, event.shelter, sent=True)


def test_a_shelter_receives_nothing_about_reports_on_its_staff() -> None:
    fact: Any = a_fact(ReferralRequested)
    event = fact.event.model_copy(update={"agency": Agency.PEAS})
    about_staff = type(fact)(**{**fact.__dict__, "event": event})
    assert not is_visible_to(about_staff, event.shelter, sent=True)
    assert is_visible_to(about_staff, Agency.PEAS, sent=True)


@given(
    st.binary(min_size=32, max_size=32),
    st.uuids(),
    st.text(max_size=200).map(str.encode),
    st.datetimes(datetime(1970, 1, 2), timezones=st.timezones()),  # noqa: DTZ001 - zoned
)
def test_the_signature_is_that_of_the_specification(random: bytes, number: UUID, body: bytes, at: datetime) -> None:
    secret = secret_of(random)
    found = headers(secret, str(number), at, body)
    signed = f"{found['webhook-id']}.{found['webhook-timestamp']}.".encode() + body
    expected = hmac.new(base64.b64decode(secret.split("_", 1)[1]), signed, hashlib.sha256).digest()
    assert found["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


def test_the_specifications_example_is_signed_as_there() -> None:
    """The test vector of the reference implementations (standard-webhooks, svix)."""
    at = datetime.fromtimestamp(1614265330, UTC)
    body = b'{"test": 2432232314}'
    found = headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.integers(1, 1000), st.floats(0, 1))
def test_a_retry_waits_longer_each_time_to_an_hour_and_is_spread(attempt: int, jitter: float) -> None:
    assert timedelta(seconds=2.5) <= retry_after(attempt, jitter) <= timedelta(hours=1)
    assert retry_after(attempt, jitter) <= 2 * retry_after(attempt + 1, jitter)
    assert retry_after(attempt, 0.0) <= retry_after(attempt + 1, 0.0)


def test_everything_that_can_be_subscribed_to_is_a_fact_about_a_referral() -> None:
    assert {SUBSCRIBABLE[name] for name in SUBSCRIBABLE} == set(FACTS)
