"""A threat to a shelter that one desk leaves unanswered: who is told, minute by minute of the demonstration's clock."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.cli.reading import history_lines
from services.demo.check import ALERT
from services.demo.clock import HeldClock
from services.demo.day import Day, expect, submissions, until
from services.demo.quiet import show_a_quiet_desk

SILENT, AWAKE = "OIM", "ACNUR"
"""A threat goes to both: one says nothing, the other acknowledges as soon as its next on call is told."""
LADDER = (
    (5, "on_call", ["turno.oim"]),
    (10, "supervisor", ["responsable.oim"]),
    (15, "fallback", ["coordinacion", "guardia.acnur"]),
)
"""After so many minutes, the rung, and who gets a mail (domain.md §6)."""
A_MOMENT = timedelta(seconds=1)
PUNCTUAL = timedelta(minutes=1)


async def show_silence(console: Console, day: Day, held: HeldClock, auditor: httpx2.AsyncClient) -> list[str]:
    """Flags it, lets the minutes pass, tells it from the log; what was found to be as it should be, in words.

    Raises:
        NotAsExpectedError: something was not.
    """
    held.let_go()
    case = await _flag(day)
    coordinator = await day.people.signed_in(Role.PROGRAMME_COORDINATOR)

    async def sent() -> dict[str, dict[str, Any]]:
        items = (await coordinator.get("/api/v1/referrals", params={"case": case})).json()["items"]
        return {one["agency"]: one for one in items}

    referrals = await until(sent, "a threat was not sent")
    expect(all(one["urgency"] == "U0" for one in referrals.values()), "a threat is not U0")
    begun = day.clock()
    for minutes, rung, names in LADDER:
        day.clock.advance_to(begun + timedelta(minutes=minutes) + A_MOMENT)

        async def climbed(rung: str = rung, names: list[str] = names) -> bool:
            rungs = [one["rung"] for one in (await sent())[SILENT]["escalations"]]
            code = await _code(coordinator, referrals[SILENT]["referral_id"])
            told = {mail.to.partition("@")[0] for mail in day.mailbox.mails if code in mail.text}
            return rung in rungs and told.issuperset(names)

        await until(climbed, f"after {minutes} minutes the rung {rung} was not climbed, or its people were not mailed")
        if rung == "on_call":
            await _acknowledge(day, referrals[AWAKE]["referral_id"])
    day.clock.advance_to(begun + timedelta(minutes=25))
    found = await sent()
    expect([one["rung"] for one in found[SILENT]["escalations"]] == [rung for _, rung, _ in LADDER], "another ladder")
    expect(found[SILENT]["escalations"][-1]["asked"] == AWAKE, "another agency was asked")
    expect([one["rung"] for one in found[AWAKE]["escalations"]] == ["on_call"], "an acknowledgement did not stop it")
    expect(all(ALERT.fullmatch(mail.text) for mail in day.mailbox.mails), "a mail says more than it may")
    history = await _told(console, auditor, case)
    _punctual(history, referrals[SILENT]["referral_id"])
    quiet = await show_a_quiet_desk(console, day, coordinator, referrals[SILENT]["referral_id"], history)
    return [
        *quiet,
        "una U0 sin acuse subió a los 5, 10 y 15 minutos; donde se acusó, ni un peldaño más",
        "an unanswered U0 climbed at 5, 10 and 15 minutes; where it was acknowledged, no further",
    ]


async def _flag(day: Day) -> str:
    threat = next(one for one in submissions() if one.get("kind") == "shelter_threat")
    shelter = await day.people.signed_in(Role.SHELTER_WORKER, threat["shelter"])
    document = threat | {"submission_id": str(uuid4()), "occurred_at": day.clock().isoformat()}
    answer = await shelter.post("/api/v1/submissions", json=document)
    expect(answer.status_code == 201, f"a threat was answered {answer.status_code}")
    return str(answer.json()["case_id"])


async def _code(coordinator: httpx2.AsyncClient, referral: str) -> str:
    async def alerted() -> str | None:
        after = 0
        while items := (await coordinator.get("/api/v1/alerts", params={"after": after, "limit": 500})).json()["items"]:
            if found := next((one["code"] for one in items if one["referral_id"] == referral), None):
                return str(found)
            after = items[-1]["sequence"]
        return None

    found = await until(alerted, "a threat was not alerted")
    return str(found)


async def _acknowledge(day: Day, referral: str) -> None:
    officer = await day.people.signed_in(Role.OFFICER, AWAKE)

    async def told() -> int | None:
        found = (await officer.get(f"/api/v1/referrals/{referral}")).json()
        return int(found["version"]) if found["escalations"] else None

    version = await until(told, "the other desk's next on call was not told")
    order = {"command_id": str(uuid5(UUID(referral), "acknowledge")), "expected_version": version}
    answer = await officer.post(f"/api/v1/referrals/{referral}/acknowledge", json=order)
    expect(answer.status_code == 200, "a desk could not acknowledge what had been escalated")


async def _told(console: Console, auditor: httpx2.AsyncClient, case: str) -> dict[str, Any]:
    """The case as an auditor reads it."""

    async def read() -> dict[str, Any] | None:
        history: dict[str, Any] = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()
        rungs = [one for one in history["entries"] if one["name"] == "referral.escalated"]
        return history if len(rungs) == len(LADDER) + 1 else None

    history = await until(read, "the log does not tell what was climbed")
    assert history is not None  # noqa: S101 - until() waited for it
    console.print("\n[bold]Una amenaza que nadie contesta en la OIM, contada desde los registros[/bold]")
    console.print("A threat that nobody answers at OIM, told from the logs\n", style="dim")
    for line in history_lines(history, width=console.width):
        console.print(line, markup=False)
    return history


def _punctual(history: dict[str, Any], referral: str) -> None:
    facts = [one for one in history["entries"] if one["stream"] == referral]
    at = {name: _moments(facts, name) for name in ("referral.requested", "referral.escalated")}
    (sent,) = at["referral.requested"]
    for (minutes, rung, _), climbed in zip(LADDER, at["referral.escalated"], strict=True):
        late = climbed - sent - timedelta(minutes=minutes)
        expect(timedelta(0) <= late < PUNCTUAL, f"the rung {rung} was not climbed at its moment")


def _moments(facts: list[dict[str, Any]], name: str) -> list[datetime]:
    return [datetime.fromisoformat(one["recorded_at"]) for one in facts if one["name"] == name]
