"""Which desk a referral was sent to, at noon and at night, and with which directory: told by the log."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from events.vocabulary import Role
from services.directory.desks import duty_desks
from services.system import Installation
from tests.support.people.alerts import SHELTER, Clock, a_child_alone, flag
from tests.support.system.system import System, eventually, running

MEXICO = ZoneInfo("America/Mexico_City")


def at_hour(hour: int) -> datetime:
    """Tomorrow, by Mexico City's clock."""
    tomorrow = Clock().now.astimezone(MEXICO).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(hour), MEXICO)


async def told(system: System, case: str, name: str) -> dict[str, Any]:
    """What audit knows of UNICEF's referral."""
    auditor = await system.signed_in(Role.AUDITOR, "*")

    async def look() -> list[dict[str, Any]]:
        entries = (await auditor.get(f"/api/v1/audit/cases/{case}/history")).json().get("entries", [])
        return [one for one in entries if one["name"] == name and one["data"]["agency"] == "UNICEF"]

    (found,) = await eventually(look)
    return found


@pytest.mark.parametrize(("hour", "desk"), [(12, "UNICEF-OAX"), (23, "UNICEF-24H")])
async def test_a_child_alone_is_sent_to_the_desk_where_somebody_is(
    installation: Installation, hour: int, desk: str
) -> None:
    async with running(installation, Clock(at_hour(hour))) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        found = await told(system, await flag(shelter, a_child_alone()), "referral.requested")
        assert found["data"]["desk"] == desk
        assert f"mesa {desk}" in found["es"]
        assert f"desk {desk}" in found["en"]


async def test_what_becomes_more_urgent_at_night_is_passed_on_then(installation: Installation) -> None:
    clock = Clock(at_hour(12))
    async with running(installation, clock) as system:
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        document = a_child_alone()
        case = await flag(shelter, document)
        assert (await told(system, case, "referral.requested"))["data"]["desk"] == "UNICEF-OAX"
        clock.now = at_hour(23)
        worse = document | {"screening": document["screening"] | {"danger_now": "yes"}}
        body = {"command_id": str(uuid4()), "submission": worse}
        assert (await shelter.post(f"/api/v1/cases/{case}/amendments", json=body)).status_code == 200
        found = await told(system, case, "referral.reassessed")
        assert (found["data"]["urgency"], found["data"]["desk"]) == ("U0", "UNICEF-24H")
        assert "Atiende la mesa UNICEF-24H, antes UNICEF-" in found["es"]


async def test_the_rules_are_adopted_with_the_directory_they_are_used_with(system: System) -> None:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    await told(system, await flag(shelter, a_child_alone()), "referral.requested")
    entries = await system.service("referral").log.entries(after=0, limit=100)
    adopted = [entry.state.decode() for entry in entries if entry.topic.startswith("referral.rules_adopted")]
    assert adopted
    assert duty_desks().version in adopted[-1]
