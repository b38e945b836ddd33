"""A threat to a shelter that one desk leaves unanswered: who is alerted after how many minutes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.audit.history.lines import history_lines
from services.demo.check import ALERT
from services.demo.clock import PausedClock
from services.demo.day import Day, expect, first, submissions, until
from services.demo.silent_desk import show_silent_desk

SILENT_AGENCY, ANSWERING_AGENCY = "OIM", "ACNUR"
"""A threat goes to both: the first does not answer, the second acknowledges after its next on call is alerted."""
ESCALATION = (
    (5, "on_call", ["turno.oim"]),
    (10, "supervisor", ["responsable.oim"]),
    (15, "fallback", ["coordinacion", "guardia.acnur"]),
)
"""Minutes since the sending, the escalation step, and who gets an e-mail (domain.md §6)."""
MARGIN = timedelta(seconds=1)
TOLERANCE = timedelta(minutes=1)


async def show_silence(console: Console, day: Day, paused: PausedClock, auditor: httpx2.AsyncClient) -> list[str]:
    """Flags it, sets the clock forward, prints its history and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    paused.resume()
    await day.caught_up()
    case = await _flag(day)
    coordinator = await day.people.signed_in(Role.PROGRAMME_COORDINATOR)

    async def sent() -> dict[str, dict[str, Any]]:
        items = (await coordinator.get("/api/v1/referrals", params={"case": case})).json()["items"]
        return {one["agency"]: one for one in items}

    referrals = await until(sent, "a threat was not sent")
    expect(all(one["urgency"] == "U0" for one in referrals.values()), "a threat is not U0")
    begun = datetime.fromisoformat(referrals[SILENT_AGENCY]["changed_at"])  # its sending is its last change
    for minutes, rung, names in ESCALATION:
        await day.caught_up()
        day.clock.advance_to(begun + timedelta(minutes=minutes) + MARGIN)

        async def escalated(rung: str = rung, names: list[str] = names) -> bool:
            rungs = [one["rung"] for one in (await sent())[SILENT_AGENCY]["escalations"]]
            code = await _code(coordinator, referrals[SILENT_AGENCY]["referral_id"])
            mailed = {mail.to.partition("@")[0] for mail in day.mailbox.mails if code in mail.text}
            return rung in rungs and mailed.issuperset(names)

        await until(escalated, f"after {minutes} minutes the step {rung} did not fire, or its people got no e-mail")
        if rung == "on_call":
            await _acknowledge(day, referrals[ANSWERING_AGENCY]["referral_id"])
    await day.caught_up()
    day.clock.advance_to(begun + timedelta(minutes=25))
    await day.caught_up()
    found = await sent()
    expect(
        [one["rung"] for one in found[SILENT_AGENCY]["escalations"]] == [rung for _, rung, _ in ESCALATION],
        "other escalation steps",
    )
    expect(found[SILENT_AGENCY]["escalations"][-1]["asked"] == ANSWERING_AGENCY, "another agency was asked")
    expect(
        [one["rung"] for one in found[ANSWERING_AGENCY]["escalations"]] == ["on_call"],
        "an acknowledgement did not stop it",
    )
    expect(all(ALERT.fullmatch(mail.text) for mail in day.mailbox.mails), "a mail says more than it may")
    history = await _narrated(console, auditor, case)
    _check_times(history, referrals[SILENT_AGENCY]["referral_id"])
    quiet = await show_silent_desk(console, day, coordinator, referrals[SILENT_AGENCY]["referral_id"], history)
    return [
        *quiet,
        "una U0 sin acuse subió a los 5, 10 y 15 minutos; donde se acusó, ni un peldaño más",
        "an unanswered U0 escalated at 5, 10 and 15 minutes; an acknowledged one no further",
    ]


async def _flag(day: Day) -> str:
    threat = first((one for one in submissions() if one.get("kind") == "shelter_threat"), "no threat in the day")
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
    officer = await day.people.signed_in(Role.OFFICER, ANSWERING_AGENCY)

    async def escalated() -> int | None:
        found = (await officer.get(f"/api/v1/referrals/{referral}")).json()
        return int(found["version"]) if found["escalations"] else None

    version = await until(escalated, "the other desk's next on call was not alerted")
    command = {"command_id": str(uuid5(UUID(referral), "acknowledge")), "expected_version": version}
    answer = await officer.post(f"/api/v1/referrals/{referral}/acknowledge", json=command)
    expect(answer.status_code == 200, "a desk could not acknowledge what had been escalated")


async def _narrated(console: Console, auditor: httpx2.AsyncClient, case: str) -> dict[str, Any]:
    """Prints the case's history and returns it, once every escalation is in it."""

    async def read() -> dict[str, Any] | None:
        history: dict[str, Any] = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()
        rungs = [one for one in history["entries"] if one["name"] == "referral.escalated"]
        return history if len(rungs) == len(ESCALATION) + 1 else None

    history = await until(read, "the log lacks an escalation")
    assert history is not None  # noqa: S101 - until() waited for it
    console.print("\n[bold]Una amenaza que nadie contesta en la OIM, contada desde los registros[/bold]")
    console.print("A threat that nobody answers at OIM, from the logs\n", style="dim")
    for line in history_lines(history, width=console.width):
        console.print(line, markup=False)
    return history


def _check_times(history: dict[str, Any], referral: str) -> None:
    facts = [one for one in history["entries"] if one["stream"] == referral]
    at = {name: _moments(facts, name) for name in ("referral.requested", "referral.escalated")}
    (sent,) = at["referral.requested"]
    for (minutes, rung, _), escalated in zip(ESCALATION, at["referral.escalated"], strict=True):
        late = escalated - sent - timedelta(minutes=minutes)
        expect(timedelta(0) <= late < TOLERANCE, f"the step {rung} did not fire in time")


def _moments(facts: list[dict[str, Any]], name: str) -> list[datetime]:
    return [datetime.fromisoformat(one["recorded_at"]) for one in facts if one["name"] == name]
