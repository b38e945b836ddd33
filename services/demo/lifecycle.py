"""A desk without capacity, whose referral is rerouted by the rules, and a consent that is withdrawn."""

from typing import Any
from uuid import UUID, uuid5

import httpx2
from rich.console import Console

from events.referral_states import CLOSED
from events.vocabulary import Role
from services.audit.history.lines import history_lines
from services.demo.day import everything, expect, first, until
from services.demo.people import People

API = "/api/v1"
PENDING = {"requested", "acknowledged"}
REROUTED = {"referral.declined", "referral.rerouted"}
WITHDRAWN = {"referral.disclosure_read", "referral.withdrawn", "referral.deletion_confirmed"}

Item = dict[str, Any]


async def show_lifecycle(console: Console, people: People, auditor: httpx2.AsyncClient) -> list[str]:
    """Plays both, prints their histories and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    referrals = await everything(await people.operator(), f"{API}/referrals")
    declined = await _declined(people, referrals)
    withdrawn = await _withdrawn(people, [one for one in referrals if one["case_id"] != declined["case_id"]])
    for title, case, facts in (
        ("Una mesa sin capacidad: las reglas la pasan a otra · A desk without capacity", declined, REROUTED),
        ("Un consentimiento retirado · A withdrawn consent", withdrawn, WITHDRAWN),
    ):
        console.print(f"\n[bold]{title}[/bold]\n")
        history = await _history(auditor, case, facts)
        expect("CANARIO" not in str(history), "sealed data appears in the history")
        for line in history_lines(history, width=console.width):
            console.print(line, markup=False)
    return [
        "lo que una mesa no aceptó pasó a otra, y el albergue lo supo · a decline was rerouted; the shelter sees it",
        "retirado el consentimiento, los datos se cerraron y se confirmó su borrado · withdrawn: closed, and deleted",
        "cada lectura de lo sellado quedó registrada · every reading of sealed data is recorded",
    ]


async def _history(auditor: httpx2.AsyncClient, referral: Item, facts: set[str]) -> Item:
    """The case's history, once it holds these facts."""

    async def look() -> Item | None:
        found: Item = (await auditor.get(f"{API}/audit/cases/{referral['case_id']}/history")).json()
        return found if facts <= {entry["name"] for entry in found["entries"]} else None

    found = await until(look, "the history lacks what happened")
    assert found is not None  # noqa: S101 - until() waits for one
    return found


async def _declined(people: People, referrals: list[Item]) -> Item:
    """A desk declines for lack of capacity; the rules send the referral to OIM, which the person's consent allows."""
    at_oim = {one["case_id"] for one in referrals if one["agency"] == "OIM" and one["state"] not in CLOSED}
    pending = (
        one
        for one in referrals
        if one["state"] in PENDING and one["agency"] not in {"OIM", "PEAS"} and one["case_id"] not in at_oim
    )
    found = first(pending, "no desk has anything left to decline")
    officer = await people.signed_in(Role.OFFICER, found["agency"])
    answer = await _step(officer, found, "decline", reason="no_capacity")
    expect(answer["state"] == "rerouted", "a decline for lack of capacity was not rerouted")
    shelter = await people.signed_in(Role.SHELTER_WORKER, found["shelter"])

    async def shown() -> bool:
        seen = {one["referral_id"]: one for one in await _seen_by(shelter, found)}
        now, instead = seen[found["referral_id"]], seen.get(answer["linked"])
        return bool(now["state"] == "rerouted" and instead and instead["agency"] == "OIM")

    await until(shown, "the shelter does not see a decline and the referral that replaced it")
    return found


async def _withdrawn(people: People, referrals: list[Item]) -> Item:
    """A person withdraws consent after a desk has read the disclosed data."""
    open_ones = (one for one in referrals if one["basis"] == "consent" and one["state"] in {*PENDING, "accepted"})
    found = first(open_ones, "no referral rests on a consent any more")
    where = f"{API}/referrals/{found['referral_id']}"
    officer = await people.signed_in(Role.OFFICER, found["agency"])
    shelter = await people.signed_in(Role.SHELTER_WORKER, found["shelter"])
    expect((await officer.get(f"{where}/disclosure")).status_code == 200, "a desk could not read the disclosed data")
    consents = (await shelter.get(f"{API}/cases/{found['case_id']}")).json()["consents"]
    granted = (
        one["receipt"]
        for one in consents
        if (one["recipient"], one["decision"], one["withdrawn_at"]) == (found["agency"], "granted", None)
    )
    receipt = first(granted, "a referral rests on no consent")
    withdrawal = await shelter.delete(f"{API}/cases/{found['case_id']}/consents/{receipt}")
    expect(withdrawal.status_code == 200, "a consent could not be withdrawn")
    closed = await officer.get(f"{where}/disclosure")
    expect(closed.status_code == 410, "the data stayed open after the consent was withdrawn")

    async def ended() -> Item | None:
        now: Item = (await officer.get(where)).json()
        return now if now["state"] == "withdrawn" else None

    now = await until(ended, "a referral outlived the consent it rested on")
    assert now is not None  # noqa: S101 - until() waits for one
    expect(now["deletion"]["confirmed_at"] is None, "a deletion is confirmed before anybody did")
    await _step(officer, now, "confirm-deletion")
    expect((await officer.get(where)).json()["deletion"]["confirmed_at"], "a confirmed deletion is not shown")

    async def shown() -> bool:
        seen = await _seen_by(shelter, found)
        return any(one["referral_id"] == found["referral_id"] and one["state"] == "withdrawn" for one in seen)

    await until(shown, "the shelter does not see a withdrawal")
    return found


async def _seen_by(shelter: httpx2.AsyncClient, referral: Item) -> list[Item]:
    seen: list[Item] = (await shelter.get(f"{API}/cases/{referral['case_id']}")).json()["referrals"]
    return seen


async def _step(client: httpx2.AsyncClient, referral: Item, name: str, **fields: Any) -> Item:
    command_id = uuid5(UUID(referral["referral_id"]), f"lifecycle {name}")
    command = {"command_id": str(command_id), "expected_version": referral["version"], **fields}
    answer = await client.post(f"{API}/referrals/{referral['referral_id']}/{name}", json=command)
    expect(answer.status_code == 200, f"{name} was answered {answer.status_code}")
    done: Item = answer.json()
    return done
