"""An address of the staff is in no event, no stream and no log."""

import io
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from events.notifications import AlertDelivered, AlertNotDelivered
from events.vocabulary import Agency, Role
from services.chassis.names import SERVICES
from services.chassis.runtime.logging import configure
from services.system import Installation
from tests.support.fakes.mailbox import Mailbox, mailed
from tests.support.people.alerts import (
    SHELTER,
    Clock,
    a_threat,
    flag,
    some,
    stored_before_it_was_looked_at,
)
from tests.support.system.logs import signed_in
from tests.support.system.system import System, eventually, running, sample_day


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
    entries = await system.service(name).log.entries(after=0, limit=10_000)
    seen = {f"log {name} {entry.position}": entry.topic.encode() + entry.state for entry in entries}

    async def copied() -> bool:
        relay = system.service(name).relay
        return relay is not None and relay.copied >= len(entries)

    await eventually(copied)
    settings = system.installation.settings
    async with signed_in(settings.nats_url or "", system.installation.secrets, settings.names, "admin") as client:
        for entry in entries:
            message = await client.jetstream().get_msg(settings.names.stream(name), entry.position)
            head = f"{message.subject} {message.headers}".encode()
            seen[f"stream {name} {entry.position}"] = head + (message.data or b"")
    return seen


async def test_no_address_of_the_staff_is_in_an_event_a_stream_or_a_log(
    installation: Installation, mailbox: Mailbox, tmp_path: Path, clock: Clock, logged: io.StringIO
) -> None:
    secret = "canario-mesa-7q1w"  # noqa: S105 - an address, not a password
    contacts = tmp_path / "contacts.yaml"
    with_an_address = [agency for agency in Agency if agency is not Agency.PNUD]
    desks = "\n".join(f"{agency}: {{email: [{secret}.{agency.lower()}@example.org]}}" for agency in with_an_address)
    contacts.write_text(f"{desks}\nPNUD: {{email: [pnud@example.org]}}\n", encoding="utf-8")
    here = mailed(installation, mailbox)
    here = Installation(here.settings.model_copy(update={"contacts": contacts}), here.secrets, here.first_start)
    seen: dict[str, bytes] = {}
    async with running(here, clock) as system:
        await stored_before_it_was_looked_at(system, "PNUD/email/1", f"{secret} sin arroba")
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
