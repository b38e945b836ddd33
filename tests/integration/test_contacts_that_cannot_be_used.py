"""Contacts that cannot be used are refused with their place, whatever characters are in them; nothing is repeated."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from events.vocabulary import Role
from tests.support.system.system import System

SAMPLES = Path(__file__).parents[1] / "samples" / "contacts"
NUL, HALF, CANARY = "\x00", "\ud800", "canario-7q1w"
PLACES = ["contacts.ACNUR.email.0", "contacts.OIM.email.0"]
WHERE = ["owner", "channel", "person", "address", "to", "duty", "timezone", "quiet", "language"]


async def refused(system: System, body: bytes) -> list[str]:
    """The places of the faults in an import that changes nothing."""
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    answer = await administrator.put("/api/v1/contacts", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert CANARY not in answer.text
    assert "canaliza.invalid" not in answer.text
    return [fault["field"] for fault in answer.json().get("faults", [])]


@pytest.mark.parametrize(
    ("name", "places"),
    [("contacts-apostrophe", PLACES), ("contacts-nul", ["body.contacts"]), ("contacts-surrogate", ["body.contacts"])],
)
async def test_an_address_that_would_not_be_sent_to_as_written_is_refused_with_its_place(
    system: System, name: str, places: list[str]
) -> None:
    assert await refused(system, (SAMPLES / f"{name}.json").read_bytes()) == places


@pytest.mark.parametrize("strange", [NUL, HALF, f"{CANARY}{NUL}", f"{CANARY}{HALF}"])
@pytest.mark.parametrize(
    "where", ["owner", "channel", "person", "address", "to", "duty", "timezone", "quiet", "language"]
)
async def test_no_character_anywhere_in_contacts_is_the_services_fault(
    system: System, where: str, strange: str
) -> None:
    def put(name: str, usual: str) -> str:
        return strange if name == where else usual

    contact = {
        "ways": [{"email": put("address", "guardia@canaliza.invalid")}],
        "timezone": put("timezone", "America/Mexico_City"),
        "quiet": put("quiet", "22:00-07:00"),
        "language": put("language", "es"),
    }
    listed = {"to": put("to", "guardia@canaliza.invalid"), "duty": put("duty", "supervisor")}
    contacts = {
        put("owner", "ACNUR"): {put("channel", "email"): [listed]},
        "people": {put("person", "p-013"): contact},
    }
    body = json.dumps({"command_id": str(uuid4()), "contacts": contacts}).encode()
    assert await refused(system, body)


async def test_a_person_that_nobody_is_and_a_shelter_that_is_nowhere_are_refused_by_their_codes(
    system: System,
) -> None:
    way = {"ways": [{"email": "guardia@canaliza.invalid"}]}
    contacts = {"people": {"p-999": way}, "ALB-XXX-99": {"email": ["turno@canaliza.invalid"]}}
    body = json.dumps({"command_id": str(uuid4()), "contacts": contacts}).encode()
    assert await refused(system, body) == ["contacts.people.p-999", "contacts.ALB-XXX-99"]
