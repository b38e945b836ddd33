"""A duty of the shelter: a child's referral was sent in its best interests, so the Procuraduría is to be notified."""

from uuid import uuid4

import httpx2
from rich.console import Console

from events.vocabulary import Role
from services.demo.day import Day, everything, expect, first, until
from services.demo.one_case import API, Item, found_alert, narrate_case

DUTY = "notice_to_procuraduria"


async def show_duty(console: Console, day: Day, auditor: httpx2.AsyncClient) -> list[str]:
    """Does it, prints when it began and ended and returns what was checked, in words.

    Raises:
        NotAsExpectedError: a check failed.
    """
    referrals = await everything(await day.people.operator(), f"{API}/referrals")
    sent = (one for one in referrals if one["basis"] == "best_interests" and one["agency"] == "UNICEF")
    referral = first(sent, "nothing was sent in a child's best interests")
    shelter = await day.people.signed_in(Role.SHELTER_WORKER, referral["shelter"])
    case = referral["case_id"]

    async def owed() -> Item | None:
        items = (await shelter.get(f"{API}/obligations", params={"case": case})).json()["items"]
        return next((one for one in items if one["obligation"] == DUTY), None)

    task = await until(owed, "a child's shelter was not given the task to notify the Procuraduría")
    assert task is not None  # noqa: S101 - until() waits for one
    expect(task["owner"] == "shelter" and task["until"], "a task has no owner or no time")
    alert = await found_alert(shelter, "a shelter was not alerted of its task", obligation_id=task["task_id"])
    expect(alert["state"] == "pending" and alert["about"] == "obligation", "another alert than that of a task")
    done = {"command_id": str(uuid4()), "result": "done"}
    answer = await shelter.post(f"{API}/obligations/{task['task_id']}/done", json=done)
    expect(answer.status_code == 200, f"the end of a task was answered {answer.status_code}")
    mine = {"obligation_id": task["task_id"], "state": "answered"}
    await found_alert(shelter, "the alert of a task that was done did not end", **mine)

    async def ended() -> bool:
        listed = (await shelter.get(f"{API}/obligations", params={"case": case, "ended": True})).json()["items"]
        return any(one["task_id"] == task["task_id"] and one["result"] == "done" for one in listed)

    await until(ended, "a task that was done is still owed")
    titles = (
        "Un deber con plazo: dar aviso a la Procuraduría, y quién lo hizo",
        "A duty with a clock: the notice to the Procuraduría, and who gave it",
    )
    facts = ("intake.case_opened", "referral.duty_due", "referral.duty_done")
    await narrate_case(console, auditor, case, titles, *facts, only=True)
    return ["un deber con plazo nació por regla, se avisó y se cumplió · a duty with a clock began, was told, and done"]
