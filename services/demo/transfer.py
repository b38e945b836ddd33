"""A person moves to another shelter: slip and word transfer the case, and the earlier shelter loses access."""

from typing import Any
from uuid import UUID, uuid5

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.audit.history.lines import history_lines
from services.demo.day import everything, expect, first, submissions, until
from services.demo.people import People

API = "/api/v1"
WORD = "colibrí"
ADULT = {"18-24", "25-59", "60+"}
NOT_OFFERED = {"TRATA", "VSG", "SECUESTRO", "PELIGRO"}
CONSENT = {"given_by": "self", "fields": ["age_band", "language"], "how": "signed", "wording_version": "entrega-es-1"}
EXPECTED_FACTS = {"intake.slip_issued", "intake.handed_over", "referral.handed_over", "referral.loop_closed"}

Item = dict[str, Any]


async def show_transfer(console: Console, people: People, auditor: httpx2.AsyncClient) -> list[str]:
    """Plays it, prints its history and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    referral = await _accepted_adult(people)
    case, here = referral["case_id"], referral["shelter"]
    second = first((one["shelter"] for one in submissions() if one["shelter"] != here), "there is only one shelter")
    earlier = await people.signed_in(Role.SHELTER_WORKER, here)
    later = await people.signed_in(Role.SHELTER_WORKER, second)
    slip = await _slip(earlier, case)

    arrival = {"slip": slip, "word": "otra palabra", "consent": CONSENT}
    refused = await later.post(f"{API}/handovers", json={"command_id": _id(case, "wrong"), **arrival})
    expect(refused.status_code == 403, "a case was transferred without the person's word")
    right = arrival | {"word": WORD, "command_id": _id(case, "handover")}
    taken = await later.post(f"{API}/handovers", json=right)
    expect(taken.status_code == 201, f"a handover was answered {taken.status_code}")
    card = (await earlier.get(f"{API}/cases/{case}")).json()
    expect(card["handed_over"] and not card["referrals"] and second not in str(card), "the earlier shelter saw more")
    answers = (await later.get(f"{API}/cases/{case}/answers")).json()["answers"]
    expect(set(answers) <= set(CONSENT["fields"]), "the next shelter read more than the person agreed to")
    await _served(people, later, referral)

    console.print(
        "\n[bold]De un albergue al siguiente, con una hoja y una palabra · From one shelter to the next[/bold]\n"
    )

    async def recorded() -> Item | None:
        found: Item = (await auditor.get(f"{API}/audit/cases/{case}/history")).json()
        return found if {one["name"] for one in found["entries"]} >= EXPECTED_FACTS else None

    history = await until(recorded, "the history lacks the transfer")
    assert history is not None  # noqa: S101 - until() waited for it
    expect(not any(secret in str(history) for secret in (slip, WORD, "CANARIO")), "a secret appears in the history")
    for line in history_lines(history, width=console.width):
        console.print(line, markup=False)
    return [
        "con hoja y palabra el caso siguió a la persona; el albergue anterior no sabe a dónde",
        "by slip and word a case followed its person; the earlier shelter does not know where to",
    ]


async def _accepted_adult(people: People) -> Item:
    """An adult's accepted referral in a case for which a slip is offered: carrying one is no danger."""
    adults = {one["submission_id"] for one in submissions() if one["screening"].get("age_band") in ADULT}
    referrals = await everything(await people.operator(), f"{API}/referrals")
    without_slip = {one["case_id"] for one in referrals if NOT_OFFERED & set(one["categories"])}
    accepted = (
        one
        for one in referrals
        if one["state"] == "accepted"
        and one["agency"] != "PEAS"
        and one["submission_id"] in adults
        and one["case_id"] not in without_slip
    )
    return first(accepted, "no adult was accepted by an agency")


async def _slip(shelter: httpx2.AsyncClient, case: str) -> str:
    issued = await shelter.post(f"{API}/cases/{case}/slip", json={"command_id": _id(case, "slip"), "word": WORD})
    expect(issued.status_code == 201, f"a slip was answered {issued.status_code}")
    return str(issued.json()["code"])


async def _served(people: People, shelter: httpx2.AsyncClient, referral: Item) -> None:
    """The agency delivers the service; the person's present shelter sees it and confirms it."""
    where = f"{API}/referrals/{referral['referral_id']}"
    officer = await people.signed_in(Role.OFFICER, referral["agency"])

    async def followed() -> Item | None:
        found = await shelter.get(where)
        return found.json() if found.status_code == 200 else None

    now = await until(followed, "a referral did not follow the person")
    assert now is not None  # noqa: S101 - until() waited for it
    for client, name, fields in (
        (officer, "deliver", {"outcome": "service_delivered"}),
        (shelter, "confirm", {"confirmation": "yes"}),
    ):
        command = {"command_id": _id(referral["referral_id"], name), "expected_version": now["version"], **fields}
        answer = await client.post(f"{where}/{name}", json=command)
        expect(answer.status_code == 200, f"{name} after a handover was answered {answer.status_code}")
        now = answer.json()

    async def seen() -> bool:
        shown = (await shelter.get(f"{API}/cases/{referral['case_id']}")).json()["referrals"]
        states = {one["referral_id"]: one["state"] for one in shown}
        return states.get(referral["referral_id"]) == "loop_closed"

    await until(seen, "the next shelter does not see what became of the referral")


def _id(of: str, name: str) -> str:
    return str(uuid5(UUID(of), f"transfer {name}"))
