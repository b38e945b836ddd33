"""Everybody who has to do with one case, and what they say and ask for."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2

from events.vocabulary import BoxClass, Role
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.vault.sealing import Place, open_box
from tests.support.system.lists import all_alerts
from tests.support.system.system import System, eventually

SHELTER = "ALB-HUI-01"


Item = dict[str, Any]


WHAT_A_GRANT_SAYS = {"fields": ["all"], "how": "signed", "wording_version": "es-1"}


def consent_to(recipient: str, decision: str = "granted", **more: Any) -> Item:
    grant = WHAT_A_GRANT_SAYS if decision == "granted" else {}
    return {"recipient": recipient, "decision": decision, "purpose": "protection", "given_by": "self", **grant, **more}


def an_adult(*asked: Item, **answers: Any) -> Item:
    """A man who fears to return (ACNUR), was robbed (OIM), and leaves in a week."""
    screening = {
        "danger_now": "no",
        "medical_now": "no",
        "private": "yes",
        "age_band": "25-59",
        "age_certainty": "stated",
        "travelling": "alone",
        "sex": "M",
        "language": "es",
        "interpreter_needed": False,
        "fear_of_return": "yes",
        "harm_events": [{"kind": "robbery", "when": "72h"}],
        "planned_departure": "7d",
        "safe_contact": "none",
        "needs": ["legal"],
    }
    return {
        "submission_id": str(uuid4()),
        "shelter": SHELTER,
        "worker": "w-035",
        "occurred_at": "2013-06-12T08:34:00-05:00",
        "screening": screening | answers,
        "consent": list(asked),
    }


def a_child_alone(*asked: Item, **answers: Any) -> Item:
    """A child who was heard: UNICEF may be told in its best interests."""
    child = an_adult(*asked, **{"age_band": "12-14", "accompaniment": "alone", **answers})
    del child["screening"]["travelling"]
    return child | {"best_interests": {"assent": "yes", "basis": "assessment_started"}}


@dataclass
class Programme:
    """Everybody who has to do with one case."""

    system: System
    shelter: httpx2.AsyncClient
    coordinator: httpx2.AsyncClient

    async def desk(self, agency: str, role: Role = Role.OFFICER) -> httpx2.AsyncClient:
        return await self.system.signed_in(role, agency)

    async def flag(self, document: Item) -> str:
        answer = await self.shelter.post("/api/v1/submissions", json=document)
        assert answer.status_code == 201, answer.text
        case: str = answer.json()["case_id"]
        await self.system.referrals_of(self.coordinator, case)
        return case

    async def referral_to(self, agency: str, case: str, **wanted: Any) -> Item:
        """The agency's last referral of the case, as the coordinator sees it, once it is as wanted."""

        async def look() -> Item | None:
            items = await self.system.referrals_of(self.coordinator, case)
            found = [item for item in items if item["agency"] == agency]
            there = found and all(found[-1][name] == value for name, value in wanted.items())
            return found[-1] if there else None

        found = await eventually(look)
        assert found is not None
        return found

    async def told(self, case: str, referral: Item, state: str) -> Item:
        """What the shelter reads of a referral, once it has come to this state."""

        async def look() -> Item | None:
            status = (await self.shelter.get(f"/api/v1/cases/{case}")).json()
            found: list[Item] = [
                one
                for one in status["referrals"]
                if one["referral_id"] == referral["referral_id"] and one["state"] == state
            ]
            return found[0] if found else None

        found = await eventually(look)
        assert found is not None
        return found

    async def consent(self, case: str, given: Item, **changes: Any) -> httpx2.Response:
        body = {"command_id": str(uuid4()), **given, **changes}
        return await self.shelter.post(f"/api/v1/cases/{case}/consents", json=body)

    async def withdraw(self, case: str, receipt: str) -> httpx2.Response:
        return await self.shelter.delete(f"/api/v1/cases/{case}/consents/{receipt}")

    async def amend(self, case: str, document: Item, **changes: Any) -> httpx2.Response:
        body = {"command_id": str(uuid4()), "submission": document, **changes}
        return await self.shelter.post(f"/api/v1/cases/{case}/amendments", json=body)

    async def history(self, case: str) -> list[Item]:
        auditor = await self.system.signed_in(Role.AUDITOR, "*")
        await self.system.audited()
        entries: list[Item] = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()["entries"]
        return entries

    async def facts_of(self, referral: Item) -> list[str]:
        entries = await self.history(referral["case_id"])
        return [entry["name"].partition(".")[2] for entry in entries if entry["stream"] == referral["referral_id"]]

    async def alerts(self, referral: Item) -> list[Item]:
        return [item for item in await all_alerts(self.coordinator) if item["referral_id"] == referral["referral_id"]]

    async def has_caught_up(self, case: str) -> None:
        """Waits until every reaction to all that came before has been carried out.

        A later fact of the same log is reacted to later: when its effect has been seen, so has theirs.
        """
        marker = an_adult(consent_to("ACNUR"))
        other = await self.flag(marker)
        referral = await self.referral_to("ACNUR", other, state="requested")
        await eventually(lambda: self.alerts(referral))
        await self.told(other, referral, "requested")
        assert other != case


async def step(client: httpx2.AsyncClient, referral: Item, name: str, **changes: Any) -> httpx2.Response:
    order = {"command_id": str(uuid4()), "expected_version": referral["version"]} | changes
    return await client.post(f"/api/v1/referrals/{referral['referral_id']}/{name}", json=order)


async def taken(client: httpx2.AsyncClient, referral: Item, name: str, **changes: Any) -> Item:
    """Takes a step that is allowed; the referral after it."""
    answer = await step(client, referral, name, **changes)
    assert answer.status_code == 200, answer.text
    return {**referral, **answer.json()}


def is_a_problem(answer: httpx2.Response, status: int, code: str) -> Item:
    problem: Item = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), answer.text
    return problem


async def everything_stored(system: System) -> dict[str, bytes]:
    """The states of all logs, by place."""
    assert system.installation.settings.postgres_dsn is not None
    connection = await asyncpg.connect(system.installation.settings.postgres_dsn.get_secret_value())
    try:
        return {
            f"{log} {row['position']}": bytes(row["state"])
            for log in ("intake", "referral", "notifications")
            for row in await connection.fetch(f"select position, state from {log}.event")
        }
    finally:
        await connection.close()


async def in_the_box(system: System, referral: Item, name: str, field: str) -> Item:
    """Opens, with the key that only the referral service has, what an event keeps sealed."""
    context = next(service.context for service in system.services if service.name == "referral")
    assert isinstance(context, ServiceContext)
    log = system.service("referral").log
    assert log is not None
    streams = await log.streams([UUID(referral["referral_id"])])
    (fact,) = [one for one in streams[UUID(referral["referral_id"])] if name == one.event.NAME]
    box = getattr(fact.event, field)
    keys = await context.keyring(BoxClass.SCREENING).load([box.key])
    content = open_box(box, Place(fact.stream, fact.version, name, field), keys)
    assert content is not None
    return content
