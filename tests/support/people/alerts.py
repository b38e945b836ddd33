"""Alerts that leave by mail, and what a test does about them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import httpx2

from events.contract import Event, Recorded
from events.notifications import AlertDelivered
from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.eventlog.log_entry import decode
from services.notifications.alerts.texts import mail_subject
from tests.support.fakes.mailbox import Mail
from tests.support.system.system import System, eventually, sample_day

E = TypeVar("E", bound=Event)


SHELTER = "ALB-IXT-01"


UNICEF, OIM, ACNUR = (f"guardia.{desk}@canaliza.invalid" for desk in ("unicef", "oim", "acnur"))


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = field(default_factory=system_clock)

    def __call__(self) -> datetime:
        return self.now


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
    entries = await system.service("notifications").log.entries(after=0, limit=10_000)
    recorded: list[Any] = [decode(entry) for entry in entries]
    return [one for one in recorded if isinstance(one.event, kind) and alert in {None, str(one.stream)}]


async def stored_before_it_was_looked_at(system: System, contact: str, address: str) -> None:
    """A contact's address is in the database as an earlier version took it."""
    assert system.installation.settings.postgres_dsn is not None
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    assert (await administrator.get("/api/v1/contacts")).status_code == 200  # stores those of the file
    statement = "update notifications.contact_way set target = $2 where contact_id = $1"
    admin = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        assert await admin.execute(statement, contact, address) == "UPDATE 1"
    finally:
        await admin.close()


async def some(system: System, kind: type[E], alert: str | None = None, at_least: int = 1) -> list[Recorded[E]]:
    async def look() -> list[Recorded[E]]:
        found = await facts(system, kind, alert)
        return found if len(found) >= at_least else []

    return await eventually(look)


async def delivered_to(system: System, case: str, *contacts: str) -> None:
    """Until each of these contacts has got an alert about a case, whoever else is told of something meanwhile."""

    async def look() -> bool:
        delivered = await facts(system, AlertDelivered)
        return {one.event.contact for one in delivered if str(one.case) == case} >= set(contacts)

    await eventually(look)


async def two_rounds_pass(system: System, shelter: httpx2.AsyncClient) -> None:
    """Threats are alerted, mailed and recorded twice over: whatever else was due has been tried by then."""
    for _ in range(2):
        case = await flag(shelter, a_threat())
        await delivered_to(system, case, "OIM/email/1", "ACNUR/email/1")


def says_what_the_alert_says(mail: Mail, alert: dict[str, Any]) -> None:
    assert mail.text == alert["text"] == f"Tiene una canalización {alert['urgency']} pendiente, código {alert['code']}"
    assert mail.message["Subject"] == mail_subject()
