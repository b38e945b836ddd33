"""One case of the stories after the day: flagged, amended and followed by the people it concerns."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.audit.history.lines import history_lines
from services.demo.day import Day, every_alert, expect, until
from services.demo.shelter_contacts import SHELTER

API = "/api/v1"
ADULT = {
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
    "planned_departure": "7d",
    "safe_contact": "voice",
    "needs": ["legal"],
}
"""A man who fears to return: his referral is ACNUR's."""

Item = dict[str, Any]


def consent_to(recipient: str) -> Item:
    """What the person decided about one agency, in the words of the text they heard."""
    return {
        "recipient": recipient,
        "decision": "granted",
        "purpose": "protection",
        "given_by": "self",
        "fields": ["all"],
        "how": "verbal_witnessed",
        "wording_version": "es-1",
    }


@dataclass
class OneCase:
    """A case, its shelter and its latest document."""

    day: Day
    shelter: httpx2.AsyncClient
    coordinator: httpx2.AsyncClient
    document: Item
    case: str

    @classmethod
    async def flag(cls, day: Day, *consents: Item, **answers: Any) -> "OneCase":
        """An adult at the shelter whose people get e-mail."""
        shelter = await day.people.signed_in(Role.SHELTER_WORKER, SHELTER)
        document = {
            "submission_id": str(uuid4()),
            "shelter": SHELTER,
            "worker": "w-001",
            "occurred_at": day.clock().isoformat(),
            "screening": ADULT | answers,
            "consent": list(consents),
        }
        taken = await shelter.post(f"{API}/submissions", json=document)
        expect(taken.status_code == 201, f"a submission was answered {taken.status_code}")
        coordinator = await day.people.signed_in(Role.PROGRAMME_COORDINATOR)
        return cls(day, shelter, coordinator, document, taken.json()["case_id"])

    async def amend(self, **answers: Any) -> None:
        """The shelter corrects or completes the answers."""
        self.document["screening"] |= answers
        body = {"command_id": str(uuid4()), "submission": self.document}
        answer = await self.shelter.post(f"{API}/cases/{self.case}/amendments", json=body)
        expect(answer.status_code == 200, f"an amendment was answered {answer.status_code}")

    async def consent(self, recipient: str) -> None:
        """The shelter asks the person, who says yes."""
        body = {"command_id": str(uuid4()), **consent_to(recipient)}
        answer = await self.shelter.post(f"{API}/cases/{self.case}/consents", json=body)
        expect(answer.status_code == 201, f"a consent was answered {answer.status_code}")

    async def referral(self, agency: str, otherwise: str, **wanted: Any) -> Item:
        """The agency's latest referral of the case, once it is as wanted."""

        async def look() -> Item | None:
            items = (await self.coordinator.get(f"{API}/referrals", params={"case": self.case})).json()["items"]
            found = [one for one in items if one["agency"] == agency]
            there = found and all(found[-1][name] == value for name, value in wanted.items())
            return found[-1] if there else None

        return await _found(look, otherwise)

    async def step(self, officer: httpx2.AsyncClient, referral: Item, name: str) -> Item:
        """An officer's step that must be taken."""
        command = {"command_id": str(uuid4()), "expected_version": referral["version"]}
        answer = await officer.post(f"{API}/referrals/{referral['referral_id']}/{name}", json=command)
        expect(answer.status_code == 200, f"{name} was answered {answer.status_code}")
        done: Item = answer.json()
        return referral | done

    async def mailed(self, name: str, text: str) -> None:
        """Waits until this text arrived at an address that begins so."""

        async def arrived() -> bool:
            return self.day.mailbox.count(name, text) > 0

        await until(arrived, f"{name} got no e-mail «{text}»")


async def found_alert(client: httpx2.AsyncClient, otherwise: str, **wanted: Any) -> Item:
    """An alert in somebody's list, once it is as wanted."""

    async def look() -> Item | None:
        items = await every_alert(client)
        return next((one for one in items if all(one[name] == value for name, value in wanted.items())), None)

    return await _found(look, otherwise)


async def narrate_case(
    console: Console, auditor: httpx2.AsyncClient, case: str, titles: tuple[str, str], *facts: str, only: bool = False
) -> None:
    """Prints the history of a case, once it holds these facts, or only them. No coded answer is in it."""

    async def look() -> Item | None:
        found: Item = (await auditor.get(f"{API}/audit/cases/{case}/history")).json()
        return found if {*facts} <= {entry["name"] for entry in found["entries"]} else None

    history = await _found(look, "the history lacks what happened")
    expect("do_not_contact" not in str(history), "a sealed answer appears in the history")
    if only:
        history |= {"entries": [one for one in history["entries"] if one["name"] in facts]}
    console.print(f"\n[bold]{titles[0]}[/bold]")
    console.print(f"{titles[1]}\n", style="dim")
    for line in history_lines(history, width=console.width):
        console.print(line, markup=False)


async def _found(look: Any, otherwise: str) -> Item:
    found: Item | None = await until(look, otherwise)
    assert found is not None  # noqa: S101 - until() waits for one
    return found
