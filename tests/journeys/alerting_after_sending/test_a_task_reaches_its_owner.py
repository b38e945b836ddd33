"""A task with a clock: its owner is alerted of it, and nobody else; the coordinator if nobody could do it."""

from uuid import uuid4

import httpx2
import pytest

from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerted import COORDINATOR, SHIFT, alert_in, nothing_is_revealed
from tests.support.people.alerts import UNICEF
from tests.support.people.people import Item, Programme
from tests.support.people.tasks import a_child, says_done, tasks_of
from tests.support.system.lists import all_alerts
from tests.support.system.system import eventually


async def is_mailed(mailbox: Mailbox, address: str, alert: Item) -> None:
    async def look() -> bool:
        return any(alert["text"] in mail.text for mail in mailbox.to(address))

    await eventually(look)


async def about_tasks(client: httpx2.AsyncClient) -> list[Item]:
    return [one for one in await all_alerts(client) if one["about"] == "obligation"]


async def besides(client: httpx2.AsyncClient, own: Item, state: str) -> Item:
    """The one alert in the coordinator's list that is not the desk's own, once it is in this state."""

    async def look() -> Item | None:
        found = [one for one in await about_tasks(client) if one["alert_id"] != own["alert_id"]]
        assert len(found) <= 1, found
        return next((one for one in found if one["state"] == state), None)

    found = await eventually(look)
    assert found is not None
    return found


async def test_a_shelter_is_alerted_of_its_task_until_it_is_done(programme: Programme, mailbox: Mailbox) -> None:
    case = await programme.flag(a_child())
    (task,) = await tasks_of(programme.shelter, case)
    alert = await alert_in(programme.shelter, obligation_id=task["task_id"], state="pending")
    assert (alert["about"], alert["urgency"]) == ("obligation", "U1")
    await is_mailed(mailbox, SHIFT, alert)
    unicef = await programme.desk("UNICEF")
    assert (await says_done(programme.shelter, task)).status_code == 200
    await alert_in(programme.shelter, obligation_id=task["task_id"], state="answered")
    for other in (unicef, programme.coordinator):
        assert await about_tasks(other) == []
    nothing_is_revealed(mailbox)


@pytest.mark.parametrize("result", ["refused", "not_possible"])
async def test_the_coordinator_is_told_of_a_task_that_a_desk_could_not_do_until_it_was_read(
    programme: Programme, mailbox: Mailbox, result: str
) -> None:
    case = await programme.flag(a_child(danger_now="yes"))
    await programme.referral_to("UNICEF", case, urgency="U0")
    unicef = await programme.desk("UNICEF")
    (task,) = await tasks_of(unicef, case)
    own = await alert_in(unicef, obligation_id=task["task_id"], state="pending")
    assert own["urgency"] == "U0"
    await is_mailed(mailbox, UNICEF, own)
    seen_by_coordinator = [one["alert_id"] for one in await about_tasks(programme.coordinator)]
    assert seen_by_coordinator == [own["alert_id"]], "who sees every desk's, and has none of their own"
    assert (await says_done(unicef, task, result)).status_code == 200
    await alert_in(unicef, obligation_id=task["task_id"], state="answered")
    told = await besides(programme.coordinator, own, "pending")
    assert (told["obligation_id"], told["urgency"], told["case_id"]) == (task["task_id"], "U0", case)
    assert [one["alert_id"] for one in await about_tasks(unicef)] == [own["alert_id"]]
    await is_mailed(mailbox, COORDINATOR, told)
    command = {"command_id": str(uuid4())}
    seen = await programme.coordinator.post(f"/api/v1/alerts/{told['alert_id']}/seen", json=command)
    assert seen.status_code == 200, seen.text
    await besides(programme.coordinator, own, "answered")
    assert task["task_id"] not in {one["obligation_id"] for one in await about_tasks(programme.shelter)}
    nothing_is_revealed(mailbox)


async def test_a_coordinator_who_says_that_a_task_was_not_possible_is_not_told_so(
    programme: Programme, mailbox: Mailbox
) -> None:
    case = await programme.flag(a_child())
    (task,) = await tasks_of(programme.shelter, case)
    await alert_in(programme.shelter, obligation_id=task["task_id"], state="pending")
    assert (await says_done(programme.coordinator, task, "not_possible")).status_code == 200
    await alert_in(programme.shelter, obligation_id=task["task_id"], state="answered")
    assert await about_tasks(programme.coordinator) == []
    nothing_is_revealed(mailbox)
