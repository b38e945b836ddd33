"""What the day leads to: a desk without room, whose referral goes on by itself, and a consent that is taken back."""

from typing import Any
from uuid import UUID, uuid5

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.cli.reading import history_lines
from services.demo.day import everything, expect, until
from services.demo.people import People

API = "/api/v1"
PENDING = {"requested", "acknowledged"}
ENDED = {"loop_closed", "rerouted", "cancelled", "withdrawn", "no_contact", "failed", "entered_in_error"}
REROUTED = {"referral.declined", "referral.rerouted"}
TAKEN_BACK = {"referral.disclosure_read", "referral.withdrawn", "referral.deletion_confirmed"}

Item = dict[str, Any]


async def play_on(console: Console, people: People, auditor: httpx2.AsyncClient) -> list[str]:
    """Plays both, tells each from the logs, and says in words what was found to be as it should be.

    Raises:
        NotAsExpectedError: something was not.
    """
    referrals = await everything(await people.operator(), f"{API}/referrals")
    declined = await _declined(people, referrals)
    withdrawn = await _withdrawn(people, [one for one in referrals if one["case_id"] != declined["case_id"]])
    for title, case, facts in (
        ("Una mesa sin capacidad: las reglas la pasan a otra · A desk without room", declined, REROUTED),
        ("Un consentimiento retirado · A consent taken back", withdrawn, TAKEN_BACK),
    ):
        console.print(f"\n[bold]{title}[/bold]\n")
        history = await _history(auditor, case, facts)
        expect("CANARIO" not in str(history), "what was sealed stands in the history")
        for line in history_lines(history, width=console.width):
            console.print(line, markup=False)
    return [
        "lo que una mesa no aceptó pasó a otra, y el albergue lo supo · a decline was rerouted, and the sender told",
        "retirado el consentimiento, los datos se cerraron y se confirmó su borrado · withdrawn: closed, and deleted",
        "cada lectura de lo sellado quedó registrada · every reading of sealed data is recorded",
    ]


async def _history(auditor: httpx2.AsyncClient, referral: Item, facts: set[str]) -> Item:
    """The case's history once it tells what just happened."""

    async def look() -> Item | None:
        found: Item = (await auditor.get(f"{API}/audit/cases/{referral['case_id']}/history")).json()
        return found if facts <= {entry["name"] for entry in found["entries"]} else None

    found = await until(look, "the history does not tell what happened")
    assert found is not None  # noqa: S101 - until() waits for one
    return found


async def _declined(people: People, referrals: list[Item]) -> Item:
    """A desk declines for want of room; in the same moment OIM is asked, if the person lets it be told."""
    held = {(one["case_id"], one["agency"]) for one in referrals if one["state"] not in ENDED}
    found = next(
        one
        for one in referrals
        if one["state"] in PENDING and one["agency"] not in {"OIM", "PEAS"} and (one["case_id"], "OIM") not in held
    )
    officer = await people.signed_in(Role.OFFICER, found["agency"])
    answer = await _step(officer, found, "decline", reason="no_capacity")
    expect(answer["state"] == "rerouted", "a decline for want of room was not rerouted")
    shelter = await people.signed_in(Role.SHELTER_WORKER, found["shelter"])

    async def told() -> bool:
        seen = {one["referral_id"]: one for one in await _seen_by(shelter, found)}
        now, instead = seen[found["referral_id"]], seen.get(answer["linked"])
        return bool(now["state"] == "rerouted" and instead and instead["agency"] == "OIM")

    await until(told, "the sender was not told of a decline and of what took its place")
    return found


async def _withdrawn(people: People, referrals: list[Item]) -> Item:
    """Somebody takes their consent back after a desk has read what it was told."""
    found = next(one for one in referrals if one["basis"] == "consent" and one["state"] in {*PENDING, "accepted"})
    where = f"{API}/referrals/{found['referral_id']}"
    officer = await people.signed_in(Role.OFFICER, found["agency"])
    shelter = await people.signed_in(Role.SHELTER_WORKER, found["shelter"])
    expect((await officer.get(f"{where}/disclosure")).status_code == 200, "a desk could not read what it was told")
    consents = (await shelter.get(f"{API}/cases/{found['case_id']}")).json()["consents"]
    receipt = next(
        one["receipt"]
        for one in consents
        if (one["recipient"], one["decision"], one["withdrawn_at"]) == (found["agency"], "granted", None)
    )
    taken_back = await shelter.delete(f"{API}/cases/{found['case_id']}/consents/{receipt}")
    expect(taken_back.status_code == 200, "a consent could not be taken back")
    closed = await officer.get(f"{where}/disclosure")
    expect(closed.status_code == 410, "what was told stayed open after the consent was taken back")

    async def ended() -> Item | None:
        now: Item = (await officer.get(where)).json()
        return now if now["state"] == "withdrawn" else None

    now = await until(ended, "a referral outlived the consent it rested on")
    assert now is not None  # noqa: S101 - until() waits for one
    expect(now["deletion"]["confirmed_at"] is None, "a deletion was confirmed by nobody")
    await _step(officer, now, "confirm-deletion")
    expect((await officer.get(where)).json()["deletion"]["confirmed_at"], "a confirmed deletion is not shown")

    async def told() -> bool:
        seen = await _seen_by(shelter, found)
        return any(one["referral_id"] == found["referral_id"] and one["state"] == "withdrawn" for one in seen)

    await until(told, "the sender was not told of a withdrawal")
    return found


async def _seen_by(shelter: httpx2.AsyncClient, referral: Item) -> list[Item]:
    seen: list[Item] = (await shelter.get(f"{API}/cases/{referral['case_id']}")).json()["referrals"]
    return seen


async def _step(client: httpx2.AsyncClient, referral: Item, name: str, **says: Any) -> Item:
    command = uuid5(UUID(referral["referral_id"]), f"afterwards {name}")
    order = {"command_id": str(command), "expected_version": referral["version"], **says}
    answer = await client.post(f"{API}/referrals/{referral['referral_id']}/{name}", json=order)
    expect(answer.status_code == 200, f"{name} was answered {answer.status_code}")
    done: Item = answer.json()
    return done
