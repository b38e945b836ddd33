"""What a telephone decided by its own rules arrives with the record; if the server decides otherwise, people learn."""

from typing import Any
from uuid import UUID

import httpx2

from services.chassis.moments import moment_of
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.lifecycle.device_decisions import decision_digest
from services.referral.routing.domain import assess
from services.referral.routing.policy import load_rules
from tests.support.builders.device_records import Telephone, hands_in
from tests.support.people.alerted import alert_in
from tests.support.people.people import Item, Programme

RULES = load_rules()


def decided_on(document: Item, **changed: Any) -> Item:
    """What a telephone with the rules in force says that it decided. ``changed``: with other answers."""
    found = assess(
        document | {"screening": document["screening"] | changed},
        RULES,
        day_in_mexico(moment_of(document["occurred_at"])),
    )
    return {"rule_set": RULES.version, "digest": decision_digest(UUID(document["submission_id"]), found)}


async def sent(programme: Programme, anybody: httpx2.AsyncClient, record: Item) -> list[Item]:
    """What is recorded about the rules of a case after its record was handed in."""
    assert (await hands_in(anybody, record)).status_code == 201
    again = await programme.shelter.get("/api/v1/cases", params={"limit": 200})
    (case,) = [one["case_id"] for one in again.json()["items"] if one["submission_id"] == record["id"]]
    await programme.system.referrals_of(programme.coordinator, case)
    return [one for one in await programme.history(case) if one["name"] == "referral.device_disagreed"]


async def test_a_telephone_that_decided_alike_is_believed_and_one_that_did_not_is_told_of(
    programme: Programme, anybody: httpx2.AsyncClient, telephone: Telephone
) -> None:
    alike, otherwise, of_before = telephone.document(), telephone.document(), telephone.document()
    assert await sent(programme, anybody, telephone.seals(alike, decided=decided_on(alike))) == []
    other_rules = decided_on(of_before, danger_now="yes") | {"rule_set": "2013.1-0123456789ab"}
    assert await sent(programme, anybody, telephone.seals(of_before, decided=other_rules)) == []
    wrong = decided_on(otherwise, danger_now="yes")
    (told,) = await sent(programme, anybody, telephone.seals(otherwise, decided=wrong))
    assert told["data"] == {
        "submission": otherwise["submission_id"],
        "shelter": telephone.shelter,
        "device": telephone.id,
        "rule_set": RULES.version,
    }
    await alert_in(programme.coordinator, about="rules", state="pending")
