"""Nothing turns one into the other: an authority is no agency by any spelling, and no event can hold one as such."""

import ast
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import TypeAdapter, ValidationError

from events.consent import ConsentReceipt
from events.contract import Event
from events.notifications import AlertRaised
from events.published import schemas
from events.referral import ReferralRerouted
from events.vocabulary import Agency, RestrictedRecipient
from services.notifications.contacts.agency_check import UnknownDeskError
from services.notifications.contacts.loader import load_contacts
from services.referral.lifecycle.schemas import RerouteReferral
from tests.contract.golden_events import EVENTS, named
from tests.contract.regenerate import parts
from tests.support.builders.rule_sets import RESTRICTED_NAMES

ROOT = Path(__file__).parents[3]
RESTRICTED = {one.value for one in RestrictedRecipient}

WHO_NAMES_THEM = {
    "events/authorities.py",
    "events/vocabulary/parties.py",
    "services/directory/faults.py",
    "services/directory/model.py",
    "services/intake/pages/case_authority.py",
    "services/intake/pages/register_words.py",
    "services/intake/reference/code_lists.py",
    "services/intake/restricted_contacts/schemas.py",
    "services/intake/restricted_contacts/commands.py",
    "services/intake/restricted_contacts/domain.py",
    "services/intake/restricted_contacts/wishes.py",
    "services/intake/submissions/document/document.py",
    "services/referral/consent/receipts.py",
    "services/referral/obligations/policy.py",
}
"""The only files that know the type: its definition, what a person may exclude, the wish of the person, the directory,
where authorities are listed as what no desk can be of, and the tasks, of which none is about one."""

WHERE_THEY_STAND = {
    ("intake.restricted_contact_requested", "clear_recipient"),
}
"""Event and field of every place in the published language that can say an authority's code."""


def as_anybody_reads_it(code: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", code).casefold() if one.isalnum())


def test_no_agency_is_an_authority_in_whatever_letters() -> None:
    agencies = {as_anybody_reads_it(one) for agency in Agency for one in (agency.name, agency.value)}
    authorities = {as_anybody_reads_it(one) for each in RestrictedRecipient for one in (each.name, each.value)}
    assert not agencies & authorities
    assert not issubclass(Agency, RestrictedRecipient)
    assert not issubclass(RestrictedRecipient, Agency)


@pytest.mark.parametrize("name", RESTRICTED_NAMES)
def test_an_authority_by_no_spelling_becomes_an_agency(name: str) -> None:
    for strict in (True, False):
        with pytest.raises(ValidationError):
            TypeAdapter(Agency).validate_python(name, strict=strict)
    with pytest.raises(ValueError, match="not a valid Agency"):
        Agency(name)


@pytest.mark.parametrize("authority", RestrictedRecipient)
def test_no_alert_reroute_or_receipt_takes_one_even_from_within_the_program(authority: RestrictedRecipient) -> None:
    with pytest.raises(ValidationError):
        AlertRaised.model_validate({"referral": uuid4(), "agency": authority, "urgency": "U0", "code": "7F3K"})
    with pytest.raises(ValidationError):
        ReferralRerouted.model_validate({"agency": "OIM", "shelter": "ALB-TAP-01", "to": authority, "linked": uuid4()})
    with pytest.raises(ValidationError):
        RerouteReferral.model_validate({"command_id": uuid4(), "expected_version": 1, "to": authority})
    with pytest.raises(ValidationError):
        ConsentReceipt.model_validate(
            {
                "receipt": uuid4(),
                "recipient": authority,
                "decision": "granted",
                "purpose": "legal",
                "given_by": "self",
                "expires_at": datetime(2014, 1, 1, tzinfo=UTC),
            }
        )


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_no_event_can_say_an_authoritys_code_but_where_it_was_decided(event: type[Event]) -> None:
    schema = schemas()[event.topic()]
    found = {
        (event.NAME, path)
        for path, part in parts(schema, schema)
        if RESTRICTED & set(part.get("enum", [part.get("const")]))
    }
    assert found == {place for place in WHERE_THEY_STAND if place[0] == event.NAME}


def test_only_these_files_name_the_type() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("events", "services")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if "RestrictedRecipient" in {getattr(node, "id", None), getattr(node, "attr", None)}
        or (isinstance(node, ast.ClassDef) and node.name == "RestrictedRecipient")
    }
    assert found == WHO_NAMES_THEM


@pytest.mark.parametrize("name", RESTRICTED_NAMES)
def test_an_authority_has_no_duty_desk_that_could_be_alerted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "contacts.yaml"
    lines = [
        "# the installation's own",
        "OIM: {email: [guardia@canaliza.invalid]}",
        "%s: {email: [x@canaliza.invalid]}",
    ]
    quoted = f'"{name.encode("unicode_escape").decode()}"' if name.isascii() else f'"{name}"'
    path.write_text("\n".join(lines) % quoted, encoding="utf-8")
    with pytest.raises(UnknownDeskError, match=r"contacts\.yaml:3: "):
        load_contacts(path)


def test_a_desk_of_an_agency_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "contacts.yaml"
    path.write_text("OIM: {email: [guardia@canaliza.invalid]}\n", encoding="utf-8")
    found = load_contacts(path)
    assert [(one.agency, one.ways) for one in found] == [("OIM", (("email", "guardia@canaliza.invalid"),))]
