"""An alert reaches its desk by mail: once for who reads it, however often it had to be tried."""

import asyncio
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import structlog

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertNotDelivered, AlertRaised
from events.vocabulary import Agency, Role, Urgency
from services.chassis import web
from services.chassis.clock import system_clock
from services.chassis.entry import recorded_from
from services.chassis.log import Append
from services.chassis.logging import configure
from services.chassis.names import SERVICES
from services.chassis.serving import listen, served, url_of
from services.chassis.workspace import Workspace
from services.notifications.domain import SUBJECT, next_attempt
from services.system import Ground
from tests.harness.logs import signed_in
from tests.harness.mailbox import Mail, Mailbox, mailed, open_mailbox
from tests.harness.system import System, eventually, running, sample_day

E = TypeVar("E", bound=Event)

SHELTER = "ALB-IXT-01"
UNICEF, OIM, ACNUR = (f"guardia.{desk}@canaliza.invalid" for desk in ("unicef", "oim", "acnur"))
ROOT = Path(__file__).parents[2]


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = field(default_factory=system_clock)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def system(ground: Ground, mailbox: Mailbox, clock: Clock) -> AsyncIterator[System]:
    async with running(mailed(ground, mailbox), clock) as everything:
        yield everything


@pytest.fixture
async def shelter(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.SHELTER_WORKER, SHELTER)


@pytest.fixture
async def officer(system: System) -> httpx2.AsyncClient:
    return await system.signed_in(Role.OFFICER, "UNICEF")


def a_child_alone() -> dict[str, Any]:
    """Sent to UNICEF, in the child's best interests; to nobody else without a consent."""
    return sample_day()[5] | {"submission_id": str(uuid4()), "consent": []}


def a_threat() -> dict[str, Any]:
    """Sent to OIM and to ACNUR: it is about no person."""
    return sample_day()[1] | {"submission_id": str(uuid4()), "shelter": SHELTER}


async def flag(shelter: httpx2.AsyncClient, document: dict[str, Any]) -> str:
    taken = await shelter.post("/api/v1/submissions", json=document)
    assert taken.status_code == 201
    case: str = taken.json()["case_id"]
    return case


async def only_alert(officer: httpx2.AsyncClient) -> dict[str, Any]:
    async def look() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await officer.get("/api/v1/alerts")).json()["items"]
        return items

    (alert,) = await eventually(look)
    return alert


async def facts(system: System, kind: type[E], alert: str | None = None) -> list[Recorded[E]]:
    """What the notification service has recorded of a kind, about one alert or all."""
    entries = await system.service("notifications").log.entries(after=0, most=10_000)
    recorded: list[Any] = [recorded_from(entry) for entry in entries]
    return [one for one in recorded if isinstance(one.event, kind) and alert in {None, str(one.stream)}]


async def some(system: System, kind: type[E], alert: str | None = None, at_least: int = 1) -> list[Recorded[E]]:
    async def look() -> list[Recorded[E]]:
        found = await facts(system, kind, alert)
        return found if len(found) >= at_least else []

    return await eventually(look)


async def two_rounds_pass(system: System, shelter: httpx2.AsyncClient, mailbox: Mailbox) -> None:
    """Threats are alerted, mailed and recorded twice over: whatever else was due has been tried by then."""
    for _ in range(2):
        before = len(await facts(system, AlertDelivered))
        await flag(shelter, a_threat())
        await some(system, AlertDelivered, at_least=before + 2)
    assert len(mailbox.to(OIM)) == len(mailbox.to(ACNUR))


def says_what_the_alert_says(mail: Mail, alert: dict[str, Any]) -> None:
    assert mail.text == alert["text"] == f"Tiene una canalización {alert['urgency']} pendiente, código {alert['code']}"
    assert mail.message["Subject"] == SUBJECT


async def test_a_desk_gets_one_mail_with_the_words_of_its_alert(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    (delivered,) = await some(system, AlertDelivered, alert["alert_id"])
    assert (delivered.event.contact, delivered.event.attempt) == ("UNICEF/email/1", 1)
    await two_rounds_pass(system, shelter, mailbox)
    (mail,) = mailbox.to(UNICEF)
    assert mail.to == (UNICEF,)
    assert mail.message["To"] == UNICEF
    says_what_the_alert_says(mail, alert)
    assert not await facts(system, AlertNotDelivered)


async def test_two_desks_alerted_of_one_case_are_each_written_to_apart(
    system: System, shelter: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    case = await flag(shelter, a_threat())
    await some(system, AlertDelivered, at_least=2)
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    referrals = {item["agency"]: item["referral_id"] for item in await system.referrals_of(coordinator, case)}
    alerts = (await coordinator.get("/api/v1/alerts")).json()["items"]
    for agency, address in (("OIM", OIM), ("ACNUR", ACNUR)):
        (mail,) = mailbox.to(address)
        (alert,) = [one for one in alerts if one["referral_id"] == referrals[agency]]
        assert (mail.to, str(mail.message["To"])) == ((address,), address)
        says_what_the_alert_says(mail, alert)
    assert len({mail.message_id for mail in mailbox.mails}) == len(mailbox.mails) == 2


async def test_while_the_mail_server_is_away_every_attempt_is_recorded_and_the_alert_arrives_afterwards(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.stop()
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    urgency = Urgency(alert["urgency"])
    await some(system, AlertNotDelivered, alert["alert_id"])

    async def tried_again_and_again() -> list[Recorded[AlertNotDelivered]]:
        clock.now += timedelta(seconds=0.4)
        tried = await facts(system, AlertNotDelivered, alert["alert_id"])
        return tried if len(tried) >= 4 else []

    tried = await eventually(tried_again_and_again, within=30)
    assert [one.event.attempt for one in tried] == [1, 2, 3, 4]
    for one in tried:
        assert one.event.failure == "ConnectionRefusedError"
        assert one.event.retry_at == one.recorded_at + next_attempt(urgency, one.event.attempt)
    for one, again in pairwise(tried):
        assert one.event.retry_at is not None
        assert again.recorded_at >= one.event.retry_at

    mailbox.start()
    await two_rounds_pass(system, shelter, mailbox)
    assert not mailbox.to(UNICEF), "its next attempt is not due yet"
    assert tried[3].event.retry_at is not None
    clock.now = tried[3].event.retry_at
    (delivered,) = await some(system, AlertDelivered, alert["alert_id"])
    assert delivered.event.attempt == 5
    (mail,) = mailbox.to(UNICEF)
    says_what_the_alert_says(mail, alert)
    assert len(await facts(system, AlertRaised, alert["alert_id"])) == 1


async def test_a_refused_alert_is_tried_again_and_looks_like_the_same_message(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.refusing = 451
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    (refused,) = await some(system, AlertNotDelivered, alert["alert_id"])
    assert refused.event.failure == "refused"
    assert not mailbox.mails
    mailbox.refusing, mailbox.answer = None, "451 try again later"
    for attempts in (2, 3):
        clock.now += timedelta(minutes=1)
        await some(system, AlertNotDelivered, alert["alert_id"], at_least=attempts)
    mailbox.answer = "250 OK"
    clock.now += timedelta(minutes=1)
    await some(system, AlertDelivered, alert["alert_id"])
    mails = mailbox.to(UNICEF)
    assert len(mails) == 3
    assert len({mail.message_id for mail in mails}) == 1
    for mail in mails:
        says_what_the_alert_says(mail, alert)


async def test_nothing_is_mailed_any_more_once_somebody_has_acknowledged(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.stop()
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    await some(system, AlertNotDelivered, alert["alert_id"])
    (referral,) = (await officer.get("/api/v1/referrals")).json()["items"]
    order = {"command_id": str(uuid4()), "expected_version": referral["version"]}
    path = f"/api/v1/referrals/{referral['referral_id']}/acknowledge"
    assert (await officer.post(path, json=order)).status_code == 200
    await some(system, AlertAnswered, alert["alert_id"])
    mailbox.start()
    clock.now += timedelta(hours=1)
    await two_rounds_pass(system, shelter, mailbox)
    assert not mailbox.to(UNICEF)
    assert len(await facts(system, AlertNotDelivered, alert["alert_id"])) == 1


async def raise_to_u0(system: System, alert: str) -> None:
    """Records, as the reaction to a reassessment does, that the alert became more urgent."""
    log = system.service("notifications").log
    workspace = Workspace(log, system.service("notifications").foundation.clock)
    await workspace.load([UUID(alert)])
    first: Any = workspace.history(UUID(alert))[0]
    urgent = first.event.model_copy(update={"urgency": Urgency.U0})
    workspace.record(UUID(alert), urgent, case=first.case, actor="notifications", cause=uuid4())
    await log.append(Append(entries=workspace.entries))


async def test_a_desk_is_written_to_again_when_its_referral_becomes_more_urgent(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)
    assert alert["urgency"] != "U0"
    await some(system, AlertDelivered, alert["alert_id"])
    await raise_to_u0(system, alert["alert_id"])
    await some(system, AlertDelivered, alert["alert_id"], at_least=2)
    first, second = mailbox.to(UNICEF)
    says_what_the_alert_says(first, alert)
    says_what_the_alert_says(second, await only_alert(officer))
    assert "U0" in second.text
    assert first.message_id != second.message_id, "a reader's mail program would hide the second as a copy"


async def test_an_alert_that_becomes_more_urgent_while_it_is_being_sent_is_sent_again(
    system: System, shelter: httpx2.AsyncClient, officer: httpx2.AsyncClient, mailbox: Mailbox
) -> None:
    loop = asyncio.get_running_loop()

    def meanwhile(mail: Mail) -> None:
        mailbox.on_mail = None
        alert = next(iter(asyncio.run_coroutine_threadsafe(facts(system, AlertRaised), loop).result(10)))
        asyncio.run_coroutine_threadsafe(raise_to_u0(system, str(alert.stream)), loop).result(10)
        assert mail.to == (UNICEF,)

    mailbox.on_mail = meanwhile
    await flag(shelter, a_child_alone())
    alert = await only_alert(officer)

    async def both() -> bool:
        return [mail.text.split()[3] for mail in mailbox.to(UNICEF)] == [alert["urgency"], "U0"]

    alert = (await some(system, AlertRaised))[0].event.model_dump()
    await eventually(both)
    await some(system, AlertDelivered, at_least=2)


async def test_an_address_that_is_none_is_a_failed_attempt_and_not_a_delivered_alert(
    ground: Ground, mailbox: Mailbox, tmp_path: Path, clock: Clock
) -> None:
    contacts = tmp_path / "contacts.yaml"
    contacts.write_text("UNICEF: {email: ['guardia unicef en casa']}\n", encoding="utf-8")
    here = mailed(ground, mailbox)
    here = Ground(here.settings.model_copy(update={"contacts": contacts}), here.secrets, here.first_start)
    async with running(here, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        await flag(shelter, a_child_alone())
        (failed,) = await some(system, AlertNotDelivered)
        assert failed.event.retry_at is not None
        assert not await facts(system, AlertDelivered)
        assert not mailbox.mails


@asynccontextmanager
async def notifying(ground: Ground, folder: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The notification service in a process of its own."""
    settings = ground.settings
    assert settings.postgres_dsn is not None
    assert settings.mail_url is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANALIZA_")} | {
        "CANALIZA_DATA": str(settings.data),
        "CANALIZA_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
        "CANALIZA_NATS_URL": settings.nats_url or "",
        "CANALIZA_NAMESPACE": settings.namespace,
        "CANALIZA_MAIL_URL": settings.mail_url.get_secret_value(),
        "CANALIZA_PORT": "0",
    }
    with (folder / f"{uuid4()}.log").open("wb") as said:
        process = subprocess.Popen(  # noqa: ASYNC220 - only its start blocks, for a moment
            [sys.executable, "-c", "from services.cli import main; main()", "serve", "notifications"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


@pytest.mark.slow
async def test_killed_between_sending_and_recording_it_sends_the_same_message_again_and_records_one_alert(
    ground: Ground, mailbox: Mailbox, tmp_path: Path
) -> None:
    here = mailed(ground, mailbox)
    listener = listen("127.0.0.1", 0)
    app = web.application([here.service(name) for name in SERVICES if name != "notifications"])
    async with served(app, listener):
        system = System(here, url_of(listener), list(app.state.services))
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        async with notifying(here, tmp_path) as victim:
            mailbox.on_mail = lambda _: os.kill(victim.pid, signal.SIGKILL)
            await flag(shelter, a_child_alone())
            assert await asyncio.to_thread(victim.wait, 30) == -signal.SIGKILL
        mailbox.on_mail = None
        assert here.settings.postgres_dsn is not None
        admin = await asyncpg.connect(here.settings.postgres_dsn.get_secret_value())
        try:
            topics = "select topic from notifications.event order by position"
            assert [row["topic"] for row in await admin.fetch(topics)] == ["notifications.alert_raised.v1"]
            minute = "update notifications.delivery set leased_until = leased_until - interval '1 minute'"
            await admin.execute(minute)  # as if it had passed

            async def recorded() -> bool:
                return len(await admin.fetch(topics)) >= 2

            async with notifying(here, tmp_path):
                await eventually(recorded, within=30)
            assert [row["topic"] for row in await admin.fetch(topics)] == [
                "notifications.alert_raised.v1",
                "notifications.alert_delivered.v1",
            ]
        finally:
            await admin.close()
            await system.close()
    first, again = mailbox.to(UNICEF)
    assert (first.message_id, first.text) == (again.message_id, again.text)


@pytest.fixture(params=["INFO", "DEBUG"])
def logged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that the process logs; at DEBUG of every library too."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure(request.param)
    if request.param == "DEBUG":
        for name in levels:
            logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.handlers = before
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    structlog.reset_defaults()


async def stored(system: System, name: str) -> dict[str, bytes]:
    """A service's log, and the stream it is copied to."""
    entries = await system.service(name).log.entries(after=0, most=10_000)
    seen = {f"log {name} {entry.position}": entry.topic.encode() + entry.state for entry in entries}

    async def copied() -> bool:
        relay = system.service(name).relay
        return relay is not None and relay.copied >= len(entries)

    await eventually(copied)
    settings = system.ground.settings
    async with signed_in(settings.nats_url or "", system.ground.secrets, settings.names, "admin") as client:
        for entry in entries:
            message = await client.jetstream().get_msg(settings.names.stream(name), entry.position)
            head = f"{message.subject} {message.headers}".encode()
            seen[f"stream {name} {entry.position}"] = head + (message.data or b"")
    return seen


async def test_no_address_of_the_staff_is_in_an_event_a_stream_or_a_log(
    ground: Ground, mailbox: Mailbox, tmp_path: Path, clock: Clock, logged: io.StringIO
) -> None:
    secret = "canario-mesa-7q1w"  # noqa: S105 - an address, not a password
    contacts = tmp_path / "contacts.yaml"
    desks = "\n".join(f"{agency}: {{email: [{secret}.{agency.lower()}@example.org]}}" for agency in Agency)
    contacts.write_text(f"{desks}\nPNUD: {{email: ['{secret} sin arroba']}}\n", encoding="utf-8")
    here = mailed(ground, mailbox)
    here = Ground(here.settings.model_copy(update={"contacts": contacts}), here.secrets, here.first_start)
    seen: dict[str, bytes] = {}
    async with running(here, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        mailbox.stop()
        await flag(shelter, a_threat())
        await some(system, AlertNotDelivered, at_least=2)
        mailbox.start()
        mailbox.refusing = 550
        clock.now += timedelta(minutes=1)
        await some(system, AlertNotDelivered, at_least=4)
        mailbox.refusing = None
        clock.now += timedelta(minutes=1)
        await some(system, AlertDelivered, at_least=2)
        incident = sample_day()[1] | {
            "submission_id": str(uuid4()),
            "shelter": SHELTER,
            "kind": "community_incident",
        }
        await flag(shelter, incident)
        await some(system, AlertNotDelivered, at_least=5)
        for name in SERVICES:
            seen |= await stored(system, name)
        for role, org in ((Role.OFFICER, "OIM"), (Role.PROGRAMME_COORDINATOR, "*")):
            client = await system.signed_in(role, org)
            seen[f"alerts of {role}"] = (await client.get("/api/v1/alerts")).content
    seen["log"] = logged.getvalue().encode()
    assert all(secret in str(mail.message["To"]) for mail in mailbox.mails)
    assert mailbox.mails
    for place in ("log notifications", "stream notifications"):
        assert any(b"OIM/email/1" in content for name, content in seen.items() if name.startswith(place))
    assert [place for place, content in seen.items() if secret.encode() in content] == []
    assert b"loop_failed" not in seen["log"]
