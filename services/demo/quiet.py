"""The desk that left the threat unanswered is called silent, the coordinator is told, and its first answer ends it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.demo.day import Day, expect, until
from services.demo.told import silences_told

MARK = "Hay un silencio por revisar, código "


async def show_a_quiet_desk(
    console: Console, day: Day, coordinator: httpx2.AsyncClient, referral: str, history: dict[str, Any]
) -> list[str]:
    """Lets time pass until the referral's desk is silent, answers there, and tells both from the log.

    Raises:
        NotAsExpectedError: something was not.
    """
    sent = next(one for one in history["entries"] if one["stream"] == referral and one["name"] == "referral.requested")
    desk, agency = sent["data"]["desk"], sent["data"]["agency"]

    async def silent() -> bool:
        found = (await coordinator.get("/api/v1/silence")).json()
        if any(one["desk"] == desk for one in found["desks"]):
            return True
        for one in found["falling_silent"]:
            if one["code"] == desk:
                day.clock.advance_to(datetime.fromisoformat(one["at"]))
        return False

    await until(silent, f"the desk {desk} was not called silent")

    async def mailed() -> bool:
        return any(mail.text.startswith(MARK) for mail in day.mailbox.mails)

    await until(mailed, "the coordinator was not mailed of a silence")
    texts = [mail.text for mail in day.mailbox.mails if mail.text.startswith(MARK)]
    expect(not any(desk in text or agency in text for text in texts), "a mail says which desk is silent")
    officer = await day.people.signed_in(Role.OFFICER, agency)
    version = (await officer.get(f"/api/v1/referrals/{referral}")).json()["version"]
    order = {"command_id": str(uuid5(UUID(referral), "heard again")), "expected_version": version}
    answer = await officer.post(f"/api/v1/referrals/{referral}/acknowledge", json=order)
    expect(answer.status_code == 200, "a silent desk could not answer")

    async def heard() -> bool:
        return all(one["desk"] != desk for one in (await coordinator.get("/api/v1/silence")).json()["desks"])

    await until(heard, f"the desk {desk} was heard, and is still called silent")
    console.print("\n[bold]Una mesa que se queda en silencio y vuelve a responder, contada desde el registro[/bold]")
    console.print("A desk that falls silent and is heard again, told from the log\n", style="dim")
    told = [line for line in await silences_told(day.people.dsn) if f" {desk} " in line]
    for line in told:
        console.print(f"  {line}", markup=False)
    expect(len(told) >= 2, "the log does not tell a silence and its end")
    return [
        "una mesa en silencio se supo, y su primera respuesta lo terminó",
        "a desk that fell silent was told of, and its first answer ended it",
    ]
