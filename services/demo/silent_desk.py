"""A desk that leaves a threat unanswered is silent: the coordinator is alerted, and the desk's first answer ends it."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.demo.day import Day, expect, first, until
from services.demo.silence_log import silence_lines

MARK = "Hay un silencio por revisar, código "


async def show_silent_desk(
    console: Console, day: Day, coordinator: httpx2.AsyncClient, referral: str, history: dict[str, Any]
) -> list[str]:
    """Sets the clock forward until the referral's desk is silent, answers there, and prints both facts from the log.

    Raises:
        NotAsExpectedError: a check failed.
    """
    of_it = (one for one in history["entries"] if one["stream"] == referral)
    sent = first((one for one in of_it if one["name"] == "referral.requested"), "the log lacks the sending")
    desk, agency = sent["data"]["desk"], sent["data"]["agency"]

    async def silent() -> bool:
        found = (await coordinator.get("/api/v1/silence")).json()
        if any(one["desk"] == desk for one in found["desks"]):
            return True
        for one in found["falling_silent"]:
            if one["code"] == desk and (at := datetime.fromisoformat(one["at"])) > day.clock():
                await day.caught_up()
                day.clock.advance_to(at)
        return False

    await until(silent, f"the desk {desk} is not shown as silent")

    async def mailed() -> bool:
        return any(mail.text.startswith(MARK) for mail in day.mailbox.mails)

    await until(mailed, "the coordinator got no e-mail about a silence")
    texts = [mail.text for mail in day.mailbox.mails if mail.text.startswith(MARK)]
    expect(not any(desk in text or agency in text for text in texts), "a mail says which desk is silent")
    officer = await day.people.signed_in(Role.OFFICER, agency)
    version = (await officer.get(f"/api/v1/referrals/{referral}")).json()["version"]
    command = {"command_id": str(uuid5(UUID(referral), "answer after silence")), "expected_version": version}
    answer = await officer.post(f"/api/v1/referrals/{referral}/acknowledge", json=command)
    expect(answer.status_code == 200, "a silent desk could not answer")

    async def answered() -> bool:
        return all(one["desk"] != desk for one in (await coordinator.get("/api/v1/silence")).json()["desks"])

    await until(answered, f"the desk {desk} answered, and is still shown as silent")
    console.print("\n[bold]Una mesa que se queda en silencio y vuelve a responder, contada desde el registro[/bold]")
    console.print("A desk that falls silent and answers again, from the log\n", style="dim")
    lines = [line for line in await silence_lines(day.people.dsn) if f" {desk} " in line]
    for line in lines:
        console.print(f"  {line}", markup=False)
    expect(len(lines) >= 2, "the log lacks a silence or its end")
    return [
        "una mesa en silencio se supo, y su primera respuesta lo terminó",
        "a silent desk was noticed, and its first answer ended the silence",
    ]
