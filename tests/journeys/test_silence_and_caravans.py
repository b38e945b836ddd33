"""A desk and a shelter fall silent and are heard again; a caravan comes, and families stay together."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from events.vocabulary import Role
from services.system import Installation
from tests.support.people.alerts import Clock
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, is_a_problem, taken
from tests.support.system.system import eventually, running

MEXICO = ZoneInfo("America/Mexico_City")
TEXT = "Hay un silencio por revisar, código "


def noon() -> datetime:
    """Wednesday after next, at noon in Mexico City."""
    today = Clock().now.astimezone(MEXICO).date()
    day = today + timedelta(days=7 + (2 - today.weekday()) % 7)
    return datetime.combine(day, time(12), MEXICO)


@pytest.fixture
def clock() -> Clock:
    return Clock(noon())


@pytest.fixture
async def programme(installation: Installation, clock: Clock) -> AsyncIterator[Programme]:
    async with running(installation, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        yield Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def silence(client: Any) -> Item:
    answer = await client.get("/api/v1/silence")
    assert answer.status_code == 200, answer.text
    found: Item = answer.json()
    return found


async def adult_flagged(programme: Programme, clock: Clock, **answers: Any) -> Item:
    document = an_adult(consent_to("ACNUR"), **answers) | {"occurred_at": clock.now.isoformat()}
    case = await programme.flag(document)
    return await programme.referral_to("ACNUR", case, state="requested")


async def sent_to(programme: Programme, referral: Item) -> str:
    entries = await programme.history(referral["case_id"])
    desk: str = next(
        one["data"]["desk"]
        for one in entries
        if one["stream"] == referral["referral_id"] and one["name"] == "referral.requested"
    )
    return desk


async def test_a_desk_that_goes_quiet_is_seen_alerted_and_heard_again(programme: Programme, clock: Clock) -> None:
    referral = await adult_flagged(programme, clock)
    assert (await silence(programme.coordinator))["desks"] == []
    clock.now += timedelta(days=5)

    async def silent() -> list[Item]:
        desks: list[Item] = (await silence(programme.coordinator))["desks"]
        return desks

    (desk,) = await eventually(silent)
    assert (desk["desk"], desk["agency"]) == ("ACNUR-CHP", "ACNUR")
    assert [one["referral_id"] for one in (await silence(programme.coordinator))["runs_out_next"]]

    async def alerted() -> list[Item]:
        items: list[Item] = (await programme.coordinator.get("/api/v1/alerts")).json()["items"]
        return [one for one in items if one["about"] == "silence"]

    alert = (await eventually(alerted))[0]
    assert alert["text"] == TEXT + alert["code"]
    assert alert["referral_id"] is None
    own, other = [await programme.desk(agency, Role.SUPERVISOR) for agency in ("ACNUR", "UNODC")]
    assert [one["desk"] for one in (await silence(own))["desks"]] == ["ACNUR-CHP"]
    assert {one["agency"] for one in (await silence(own))["runs_out_next"]} == {"ACNUR"}
    assert (await silence(own))["shelters"] == []
    assert (await silence(other))["desks"] == (await silence(other))["runs_out_next"] == []
    for client in (own, await programme.desk("ACNUR")):
        told = (await client.get("/api/v1/alerts")).json()["items"]
        assert {one["about"] for one in told} == {"referral"}, "a silence is the coordinator's to look into"
    officer = await programme.desk("ACNUR")
    now = await programme.referral_to("ACNUR", referral["case_id"])
    await taken(officer, now, "acknowledge")

    async def heard() -> bool:
        items = await alerted()
        return await silent() == [] and [one["state"] for one in items if one["agency"] == "ACNUR"] == ["answered"]

    await eventually(heard)


async def test_a_shelter_that_says_nothing_is_seen_and_its_outbox_may_say_that_it_is_there(
    programme: Programme, clock: Clock
) -> None:
    await adult_flagged(programme, clock)
    clock.now += timedelta(hours=47)
    sign = {"device": "tel-1", "waiting": 2, "oldest_seconds": 60}
    for recorded in (True, False):
        answer = await programme.shelter.post(f"/api/v1/shelters/{SHELTER}/heartbeat", json=sign)
        assert (answer.status_code, answer.json()["recorded"]) == (200, recorded)
    is_a_problem(await programme.shelter.post("/api/v1/shelters/ALB-TAP-01/heartbeat", json=sign), 404, "not_found")
    await programme.has_caught_up(str(uuid4()))
    log = programme.system.service("referral").log
    progress = (await log.progress("intake")).position
    assert progress > 0
    clock.now += timedelta(hours=40)

    async def silent() -> set[str]:
        return {one["shelter"] for one in (await silence(programme.coordinator))["shelters"]}

    assert SHELTER not in await eventually(silent)
    clock.now += timedelta(hours=9)

    async def this_one() -> bool:
        return SHELTER in await silent()

    await eventually(this_one)
    assert (await programme.shelter.post(f"/api/v1/shelters/{SHELTER}/heartbeat", json=sign)).json()["recorded"]

    async def heard() -> bool:
        return SHELTER not in await silent()

    await eventually(heard)


class TestACaravan:
    async def on(self, programme: Programme, clock: Clock, **wanted: Any) -> Any:
        body = {
            "command_id": str(uuid4()),
            "shelters": [SHELTER],
            "reason": "caravan",
            "until": (clock.now + timedelta(days=3)).isoformat(),
            **wanted,
        }
        return await programme.coordinator.post("/api/v1/caravan-modes", json=body)

    async def test_is_a_recorded_act_that_takes_effect_once(self, programme: Programme, clock: Clock) -> None:
        command = str(uuid4())
        until = (clock.now + timedelta(days=3)).isoformat()
        first = await self.on(programme, clock, command_id=command, until=until)
        assert first.status_code == 201, first.text
        assert (await self.on(programme, clock, command_id=command, until=until)).json() == first.json()
        is_a_problem(await self.on(programme, clock), 409, "caravan_is_on")
        is_a_problem(await self.on(programme, clock, states=["MX-CHP"], shelters=[]), 409, "caravan_is_on")
        other = await programme.system.signed_in(Role.PROGRAMME_COORDINATOR, "*", "otra")
        body = {"command_id": command, "shelters": ["ALB-IXT-01"], "reason": "caravan", "until": until}
        is_a_problem(await other.post("/api/v1/caravan-modes", json=body), 409, "command_id_reused")
        (mode,) = (await programme.coordinator.get("/api/v1/caravan-modes")).json()["items"]
        assert (mode["shelters"], mode["reason"], mode["ended_at"]) == ([SHELTER], "caravan", None)
        end = f"/api/v1/caravan-modes/{mode['caravan_id']}/end"
        assert (await programme.coordinator.post(end, json={"command_id": str(uuid4())})).json()["state"] == "off"
        again = await programme.coordinator.post(end, json={"command_id": str(uuid4())})
        is_a_problem(again, 409, "caravan_is_off")
        assert (await programme.coordinator.get("/api/v1/caravan-modes")).json()["items"] == []
        nowhere = f"/api/v1/caravan-modes/{uuid4()}/end"
        is_a_problem(await programme.coordinator.post(nowhere, json={"command_id": str(uuid4())}), 404, "not_found")

    @pytest.mark.parametrize(
        "wanted",
        [
            {"shelters": []},
            {"shelters": ["ALB-XXX-99"]},
            {"states": ["MX-YUC"]},
            {"until": "2013-06-12T12:00:00-05:00"},
            {"until": "2090-06-12T12:00:00-05:00"},
            {"reason": "CANARIO"},
        ],
    )
    async def test_for_nobody_or_for_ever_is_refused(
        self, programme: Programme, clock: Clock, wanted: dict[str, Any]
    ) -> None:
        is_a_problem(await self.on(programme, clock, **wanted), 422, "malformed_request")

    async def test_keeps_a_family_of_one_shelter_together_at_one_desk_at_any_hour_and_urgency(
        self, programme: Programme, clock: Clock
    ) -> None:
        before = await adult_flagged(programme, clock, family_group="f-1")
        assert await sent_to(programme, before) == "ACNUR-CHP"
        assert (await self.on(programme, clock)).status_code == 201
        desks = []
        for hour, danger in ((12, "no"), (23, "no"), (23, "yes"), (12, "yes")):
            clock.now = max(clock.now, datetime.combine(clock.now.astimezone(MEXICO).date(), time(hour), MEXICO))
            referral = await adult_flagged(programme, clock, family_group="f-1", danger_now=danger)
            desks.append(await sent_to(programme, referral))
        assert set(desks) == {"ACNUR-24H"}
        clock.now = noon() + timedelta(days=1)
        alone = await adult_flagged(programme, clock)
        assert await sent_to(programme, alone) == "ACNUR-CHP"
        (mode,) = (await programme.coordinator.get("/api/v1/caravan-modes")).json()["items"]
        body = {"command_id": str(uuid4())}
        await programme.coordinator.post(f"/api/v1/caravan-modes/{mode['caravan_id']}/end", json=body)
        after = await adult_flagged(programme, clock, family_group="f-1")
        assert await sent_to(programme, after) == "ACNUR-CHP"
