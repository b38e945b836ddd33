"""One child's case of the day, as an auditor reads it: in Spanish, from the logs."""

import httpx2
from rich.console import Console

from services.audit.history.lines import history_lines
from services.demo.day import Day
from services.demo.live_view import LiveView
from services.demo.people import NotAsExpectedError


async def narrate(console: Console, day: Day, view: LiveView, auditor: httpx2.AsyncClient) -> None:
    """Prints the history of an unaccompanied child's case that UNICEF accepted.

    Raises:
        NotAsExpectedError: there is none.
    """
    accepted = [
        one
        for one in view.referrals
        if one["agency"] == "UNICEF" and "NNA_NA" in one["categories"] and one["state"] == "accepted"
    ]
    if not accepted:
        raise NotAsExpectedError("no child travelling alone was accepted by UNICEF")
    case = accepted[0]["case_id"]
    console.print("\n[bold]Una niña o un niño que viaja solo, contado desde los registros[/bold]")
    console.print("A child travelling alone, from the logs\n", style="dim")
    history = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json()
    for line in history_lines(history, width=console.width):
        console.print(line, markup=False)
    if day.cases and "CANARIO" in str(history):
        raise NotAsExpectedError("sealed data appears in the history")
